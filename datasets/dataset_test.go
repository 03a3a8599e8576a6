package datasets

import (
	"fmt"
	"slices"
	"strings"
	"testing"

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
	for _, name := range []string{"cifar10", "cifar100", "reference", "synthetic-cifar10", "teacher"} {
		if !slices.Contains(Names(), name) {
			t.Errorf("there is no %s among %v", name, Names())
		}
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
}

func TestOptions(t *testing.T) {
	tests := []struct {
		name string
		opts []Option
		want string // of the error; "" for none
	}{
		{"cifar10", []Option{WithSplit(Valid), WithValid(10), WithOffline()}, ""},
		{"cifar10", []Option{WithSplit("vlaid")}, `option split is vlaid, want one of train, valid, test (did you mean "valid"?)`},
		{"cifar10", []Option{WithShape(3, 8, 8)}, `cifar10 has no option "shape"; there are split, valid`},
		{"cifar100", []Option{With("coarse", "yes")}, "want true or false"},
		{"cifar100", []Option{With("coarse", "true"), With("valid", "12")}, ""},
		{"synthetic-cifar10", []Option{With("generator_seed", -1)}, "not negative"},
		{"synthetic-cifar10", []Option{WithValid(3)}, "there are split, generator_seed"},
		{"reference", []Option{With("shape", "3,8")}, "want 3 numbers of 1 to 65536, as in 3,32,32"},
		{"reference", []Option{With("shape", "3,x,8")}, "want 3 numbers of 1 to 65536"},
		{"reference", []Option{With("classes", 2.5)}, "want a whole number"},
		{"teacher", []Option{WithSamples(10, 5), WithTeacherSeed(2)}, ""},
	}
	for _, tt := range tests {
		_, err := Get(tt.name, tt.opts...)
		if got := fmt.Sprint(err); (err == nil) != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
	options, err := OptionsOf("cifar100")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, o := range options {
		names = append(names, o.Name+"="+o.Default)
	}
	if got := strings.Join(names, " "); got != "split=train valid=0 coarse=false" {
		t.Errorf("cifar100 has the options %s", got)
	}
}
