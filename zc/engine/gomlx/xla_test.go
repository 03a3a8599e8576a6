//go:build xla

package gomlx_test

import _ "github.com/zcnas/zcnas/zc/engine/gomlx/xla" // for ZC_TEST_GOMLX
