//go:build xla

package main

import _ "github.com/zcnas/zcnas/zc/engine/gomlx/xla" // needs cgo
