package records

import (
	"math"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets/truth"
	"github.com/zcnas/zcnas/spaces"
)

// Every table answers truth.Get with its own numbers, in the notation of the space.
func TestGet(t *testing.T) {
	for _, bench := range truth.Benches() {
		space, err := spaces.Get(bench.Space)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range tables(bench.Name) {
			got, err := truth.Get(space, table.Task, truth.WithEpoch(table.About.Epoch))
			if err != nil {
				t.Errorf("%s: %v", table.Task, err)
				continue
			}
			if _, ok := truth.TaskOf(table.Task); !ok {
				t.Errorf("%s has no title", table.Task)
			}
			archs, values, err := table.Read()
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Archs()) < len(archs) || got.Epoch != table.About.Epoch || got.Metric == "" || got.Source == "" {
				t.Fatalf("%v of %d architectures; want at least %d", got, len(got.Archs()), len(archs))
			}
			for i := range archs {
				arch, err := space.Parse(archs[i])
				if err != nil {
					t.Fatal(err)
				}
				if v, ok := got.Value(arch); !ok || math.Abs(v-values[i]) > 1e-9 {
					t.Fatalf("%s: %s reached %v, %v; want %v", table.Task, arch, v, ok, values[i])
				}
			}
		}
	}
}

func TestGetChooses(t *testing.T) {
	for _, tt := range []struct {
		space spaces.Space
		task  string
		opts  []truth.Option
		want  int // architectures
		err   string
	}{
		{spaces.TSS(), "cifar10", nil, 15625, ""},
		{spaces.TSS(spaces.WithChannels(8)), "CIFAR-10", nil, 15625, ""},
		{spaces.TSS(), "NinaPro", nil, 199, ""},
		{spaces.TransNASMicro(), "jigsaw", nil, 4096, ""},
		{spaces.TransNASMicro(), "Surface Normal", []truth.Option{truth.WithEpoch("best")}, 711, ""},
		{spaces.TSS(), "cifar11", nil, 0, `did you mean "cifar10"`},
		{spaces.DARTS(), "jigsaw", nil, 0, "there are cifar10, ninapro, scifar100, svhn"},
		{spaces.SSS(), "cifar10", nil, 0, "no source has ground truth of nats-sss"},
		{spaces.TSS(), "cifar10", []truth.Option{truth.WithEpoch("best")}, 0, "nothing after the best epoch"},
		{spaces.TSS(), "cifar10", []truth.Option{truth.WithEpoch("lst")}, 0, `did you mean "last"`},
	} {
		got, err := truth.Get(tt.space, tt.task, tt.opts...)
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s on %s: error %v, want %q", tt.space.Name(), tt.task, err, tt.err)
		}
		if err == nil && len(got.Archs()) != tt.want {
			t.Errorf("%s on %s: %v, want %d", tt.space.Name(), tt.task, got, tt.want)
		}
	}
}
