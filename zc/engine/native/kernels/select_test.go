package kernels

import (
	"strings"
	"testing"
)

func TestStart(t *testing.T) {
	fastest := levels[0].name
	for _, tt := range []struct{ env, want, err string }{
		{"", fastest, ""},
		{"portable", "portable", ""},
		{fastest, fastest, ""},
		{"avx1024", fastest, `no set named "avx1024"; it runs ` + strings.Join(Available(), ", ") + ": change or unset ZC_KERNELS"},
	} {
		t.Run(tt.env, func(t *testing.T) {
			l, err := start(tt.env)
			if l.name != tt.want {
				t.Errorf("starts with %s, want %s", l.name, tt.want)
			}
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}
