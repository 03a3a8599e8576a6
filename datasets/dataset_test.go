package datasets

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zcnas/zcnas/datasets/internal/datatest"
)

func TestGet(t *testing.T) {
	t.Setenv("ZC_DATA", t.TempDir())
	datatest.EmptyCache(t)
	for _, name := range Names() {
		d, err := Get(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := d.Info().Name; got != name {
			t.Errorf("Get(%q) is named %q", name, got)
		}
	}
	want := []string{"cifar10", "cifar100", "synthetic-cifar10", "reference"}
	if diff := cmp.Diff(want, Names()); diff != "" {
		t.Errorf("Names mismatch (-want +got):\n%s", diff)
	}
}

func TestGetUnknown(t *testing.T) {
	tests := []struct{ name, want string }{
		{"CIFAR-10", `did you mean "cifar10"`},
		{"cifar-100", `did you mean "cifar100"`},
		{"cifar1O0", `did you mean "cifar10`},
		{"synthetic_cifar10", `did you mean "synthetic-cifar10"`},
		{"refrence", `did you mean "reference"`},
		{"", `unknown data set ""; there are cifar10, `},
		{"zzzzzzzz", `unknown data set "zzzzzzzz"; there are cifar10, `},
		{strings.Repeat("x", 1000), `there are cifar10, `},
	}
	for _, tt := range tests {
		if _, err := Get(tt.name); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Get(%.20q): error %v, want one with %q", tt.name, err, tt.want)
		}
	}
	if _, err := Get("cifar10", WithSplit("valid")); err == nil {
		t.Error("an unknown split is accepted")
	}
}
