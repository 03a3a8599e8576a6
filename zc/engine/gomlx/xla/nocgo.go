//go:build !cgo

package xla

import (
	_ "github.com/zcnas/zcnas/zc/engine/gomlx"
	"github.com/zcnas/zcnas/zc/engine/gomlx/internal/link"
)

func init() { link.NoCgo = true }
