package zc

import (
	"github.com/zcnas/zcnas/datasets/truth"
	_ "github.com/zcnas/zcnas/datasets/truth/records" // the published numbers
	"github.com/zcnas/zcnas/spaces"
)

// Truth returns what trained architectures of a space reached on a task, "cifar10", by the records that are in the
// program: see [truth.Get].
func Truth(space spaces.Space, task string, opts ...truth.Option) (*truth.Truth, error) {
	return truth.Get(space, task, opts...)
}
