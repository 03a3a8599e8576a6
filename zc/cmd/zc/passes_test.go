package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every part is printed, in the order of execution, under the names of the signals that share a sweep.
func TestPrintPasses(t *testing.T) {
	for _, c := range []struct {
		name   string
		passes map[string]float64
		want   string
	}{
		{"all", map[string]float64{
			"zen": 0.25, "reduce": 0.0625, "forward with tangents": 0.5, "backward: loss gradient, second order, output gradient": 1,
			"synflow_bn": 0.125, "synflow": 0.0625, "ReLU codes": 0.25, "initialise": 0.125, "build": 0.125,
			"forwarding": 0.5, "b new": 1, // which this command does not know
		}, `
signals that share a sweep: forward with tangents: loss gradient, second order, output gradient, ReLU codes; backward: loss gradient, second order, output gradient
pass                   seconds per architecture   share
build                                    0.1250    3.1%
initialise                               0.1250    3.1%
forward with tangents                    0.5000   12.5%
ReLU codes                               0.2500    6.2%
backward                                 1.0000   25.0%
synflow                                  0.0625    1.6%
synflow_bn                               0.1250    3.1%
zen                                      0.2500    6.2%
reduce                                   0.0625    1.6%
b new                                    1.0000   25.0%
forwarding                               0.5000   12.5%
all                                      4.0000  100.0%
`},
		{"one signal", map[string]float64{"forward": 1, "backward: loss gradient": 3}, `
pass                     seconds per architecture   share
forward                                    1.0000   25.0%
backward: loss gradient                    3.0000   75.0%
all                                        4.0000  100.0%
`},
		{"forward alone is shared", map[string]float64{"forward": 1, "ReLU codes": 1, "backward: output gradient": 2}, `
signals that share a sweep: forward: output gradient, ReLU codes
pass                       seconds per architecture   share
forward                                      1.0000   25.0%
ReLU codes                                   1.0000   25.0%
backward: output gradient                    2.0000   50.0%
all                                          4.0000  100.0%
`},
		{"graph alone", map[string]float64{"build": 4}, `
pass   seconds per architecture   share
build                    4.0000  100.0%
all                      4.0000  100.0%
`},
	} {
		var out strings.Builder
		b := &benchmark{Passes: c.passes, PerArch: 4, Kernels: "avx2"}
		if err := b.printPasses(&out); err != nil {
			t.Error(err)
		}
		if d := cmp.Diff(c.want[1:], out.String()); d != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, d)
		}
	}
}
