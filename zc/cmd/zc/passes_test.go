package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zcnas/zcnas/zc"
)

// Every part is printed, in the order of execution, under the names of the signals that share a sweep.
func TestPrintPasses(t *testing.T) {
	for _, c := range []struct {
		name  string
		parts []zc.Part
		want  string
	}{
		{"all", []zc.Part{{Kind: zc.PartBuild, Seconds: 0.125}, {Kind: zc.PartInitialise, Seconds: 0.125},
			{Kind: zc.PartForward, Signals: []string{"loss gradient", "second order", "output gradient", "ReLU codes"}, Seconds: 0.5},
			{Kind: zc.PartCodes, Seconds: 0.25},
			{Kind: zc.PartBackward, Signals: []string{"loss gradient", "second order", "output gradient"}, Seconds: 1},
			{Kind: zc.PartOwn, Proxy: "synflow", Seconds: 1.5}, {Kind: zc.PartOwn, Proxy: "mine", Seconds: 0.25},
			{Kind: zc.PartReduce, Seconds: 0.25}}, `
signals that share a sweep: forward with tangents: loss gradient, second order, output gradient, ReLU codes; backward: loss gradient, second order, output gradient
pass                   seconds per architecture   share
build                                    0.1250    3.1%
initialise                               0.1250    3.1%
forward with tangents                    0.5000   12.5%
ReLU codes                               0.2500    6.2%
backward                                 1.0000   25.0%
synflow                                  1.5000   37.5%
mine                                     0.2500    6.2%
reduce                                   0.2500    6.2%
all                                      4.0000  100.0%
`},
		{"one signal", []zc.Part{{Kind: zc.PartForward, Signals: []string{"loss gradient"}, Seconds: 1},
			{Kind: zc.PartBackward, Signals: []string{"loss gradient"}, Seconds: 3}}, `
pass                     seconds per architecture   share
forward                                    1.0000   25.0%
backward: loss gradient                    3.0000   75.0%
all                                        4.0000  100.0%
`},
		{"forward alone is shared", []zc.Part{{Kind: zc.PartForward, Signals: []string{"output gradient", "ReLU codes"}, Seconds: 1},
			{Kind: zc.PartCodes, Seconds: 1}, {Kind: zc.PartBackward, Signals: []string{"output gradient"}, Seconds: 2}}, `
signals that share a sweep: forward: output gradient, ReLU codes
pass                       seconds per architecture   share
forward                                      1.0000   25.0%
ReLU codes                                   1.0000   25.0%
backward: output gradient                    2.0000   50.0%
all                                          4.0000  100.0%
`},
		{"graph alone", []zc.Part{{Kind: zc.PartBuild, Seconds: 4}}, `
pass   seconds per architecture   share
build                    4.0000  100.0%
all                      4.0000  100.0%
`},
	} {
		var out strings.Builder
		b := &benchmark{PerArch: 4, Kernels: "avx2", Rows: make([]timing, 2)}
		for range b.Rows {
			b.addParts(c.parts)
		}
		if err := b.printPasses(&out); err != nil {
			t.Error(err)
		}
		if d := cmp.Diff(c.want[1:], out.String()); d != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, d)
		}
	}
}
