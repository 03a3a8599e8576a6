package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/zc/engine/native/kernels"
)

func TestKernels(t *testing.T) {
	before := kernels.Name()
	t.Cleanup(func() {
		if err := kernels.Select(before); err != nil {
			t.Error(err)
		}
	})
	cases := write(t, "c.jsonl", smallCase(`"params": 44610`))
	for _, name := range kernels.Available() {
		t.Run(name, func(t *testing.T) {
			if out := mustRun(t, "verify", "-kernels", name, cases); !strings.Contains(out, "on native with the kernels "+name) {
				t.Errorf("verify does not say which kernels:\n%s", out)
			}
			var got benchmark
			if err := json.Unmarshal([]byte(mustRun(t, small("bench", "-sample", "1", "-proxies", "snip", "-format", "json", "-kernels", name)...)), &got); err != nil {
				t.Fatal(err)
			}
			if got.Kernels != name || kernels.Name() != name {
				t.Errorf("bench reports the kernels %q, and %q are in use; want %q", got.Kernels, kernels.Name(), name)
			}
		})
	}
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown set", []string{"verify", "-kernels", "avx", cases}, `no set named "avx"; it runs ` + strings.Join(kernels.Available(), ", ")},
		{"other backend", []string{"bench", "-kernels", "portable", "-backend", "gomlx:go"}, "they are for -backend native"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if code, _, errs := zcRun(tt.args...); code != exitUsage || !strings.Contains(errs, tt.want) {
				t.Errorf("exit code %d, %q; want a usage error with %q", code, errs, tt.want)
			}
		})
	}
}
