package zc

import (
	"context"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/table"
)

// Score computes proxies of architectures of a search space, each with freshly initialised weights, on one
// minibatch that all share. The table holds one row per architecture and proxy, in the order of archs.
//
//	archs, _ := spaces.TSS().Sample(100, 0)
//	table, err := zc.Score(ctx, spaces.TSS(), archs, zc.WithDataName("cifar10"), zc.WithBatch(64))
//
// Defaults: the post's eight proxies, Synthetic CIFAR-10, batch 64, PyTorch's initialisation, seed 0, the native
// backend with all threads. A proxy that is undefined for an architecture gives NaN with a reason. An
// architecture that fails, also by a panic of its space, a proxy or a kernel, is named in the error, and the others go
// on, until ten have failed; when ctx ends, or the store or the data fail, all ends. The rows that are finished come back
// with the error. The rows come in the order
// of archs also where a backend works on several networks at once, see [WithWorkers].
//
// The data set's task, where it has one ([datasets.WithTask]), chooses the networks' head.
//
// Whatever changes scores is part of the rows' keys: options of the space ([spaces.FullName]) and of the data set,
// its task among them ([datasets.Info]), and an initialisation, a sampling or unscored layers that are not the
// default, behind the data's name.
func Score(ctx context.Context, space spaces.Space, archs []spaces.Arch, opts ...Option) (*table.Table, error) {
	s, err := openSweep(ctx, space, archs, opts)
	if err != nil {
		return table.New(), err
	}
	defer s.close()
	return s.out, s.collect()
}
