//go:build cgo

// Package xla links XLA into a program, for the backends "gomlx:xla:cuda", "gomlx:xla:cpu" and "gomlx:/path/to/plugin.so".
// It is imported for that effect alone and needs cgo:
//
//	import _ "github.com/zcnas/zcnas/zc/engine/gomlx/xla"
package xla

import (
	_ "github.com/gomlx/go-xla/compute/xla" // registers the backend with GoMLX
	"github.com/gomlx/go-xla/pjrt"

	_ "github.com/zcnas/zcnas/zc/engine/gomlx"
	"github.com/zcnas/zcnas/zc/engine/gomlx/internal/link"
)

func init() { link.Plugins = pjrt.AvailablePlugins }
