package nb

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/table"
)

func TestKeep(t *testing.T) {
	t.Setenv("GONB_TMP_DIR", t.TempDir())
	want := []table.Entry{
		{Key: table.Key{Space: "nats-tss", Arch: "a", Data: "cifar10", Batch: 32, Proxy: "snip"}, Value: 1.5, Seconds: 0.25},
		{Key: table.Key{Space: "nats-tss", Arch: "b", Data: "cifar10", Batch: 32, Proxy: "snip"}, Value: math.NaN(), Reason: "cut off"},
	}
	Keep("some", table.New(want...))
	if diff := cmp.Diff(want, Kept("some").Entries(), cmp.Comparer(func(a, b float64) bool { return a == b || a != a && b != b })); diff != "" {
		t.Errorf("mismatch (-want +got):\n%s", diff)
	}
	defer func() {
		if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), "run the cell") {
			t.Errorf("what was never kept: %v", err)
		}
	}()
	Kept("other")
}

func TestProgressText(t *testing.T) {
	for _, c := range []struct {
		p    zc.Progress
		want string
	}{
		{zc.Progress{Done: 10, Total: 100, Rate: 2.5, Left: 36 * time.Second}, "Scoring: 10 of 100 architectures, 2.5 per second, 36s left"},
		{zc.Progress{Done: 1, Total: 3, Rate: 0.25, Left: 8 * time.Second}, "Scoring: 1 of 3 architectures, 4.0 s each, 8s left"},
		{zc.Progress{Done: 100, Total: 100, Rate: 2.5, Elapsed: 40 * time.Second}, "Scoring: 100 architectures in 40s (2.5 per second)"},
	} {
		if got := progressText("Scoring", c.p); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestAccuraciesAndArchs(t *testing.T) {
	known := Truth("nasbench201")
	space := spaces.TSS()
	accuracies := Accuracies(space, known, "cifar10")
	arch := string(Must(space.Parse("(0, 2, 3, 2, 3, 1)")))
	if want, _ := known.Accuracy("cifar10", "(0, 2, 3, 2, 3, 1)"); accuracies[arch] != want || len(accuracies) != 725 {
		t.Errorf("%s: %v of %d", arch, accuracies[arch], len(accuracies))
	}
	archs := Archs(space, known, "cifar10", 2, 1)
	if len(archs) != 2 || archs[0] == archs[1] {
		t.Errorf("two of many: %v", archs)
	}
	for _, a := range append(archs, Archs(space, known, "cifar10", 1000, 0)...) {
		if _, ok := accuracies[string(a)]; !ok {
			t.Errorf("%s has no accuracy", a)
		}
	}
	if diff := cmp.Diff(archs, Archs(space, known, "cifar10", 2, 1)); diff != "" {
		t.Errorf("the same seed draws others:\n%s", diff)
	}
	if Accuracies(space, nil, "cifar10") != nil || len(Archs(space, nil, "", 7, 0)) != 7 {
		t.Error("without records")
	}
}

func TestTask(t *testing.T) {
	if Task("class_object") != "Object Classification" || Task("mine") != "mine" {
		t.Error("names of tasks")
	}
}

// Without files and without a network there is ground truth all the same, and generated data.
func TestTruthOffline(t *testing.T) {
	t.Setenv("ZC_DATA", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	if got := Truth("nasbench201").Tasks(); len(got) != 3 {
		t.Errorf("tasks %v", got)
	}
	if got := Suite("nasbench301", "DARTS"); len(got) == 0 || got[0].Task != "CIFAR-10" {
		t.Errorf("%v", got)
	}
	if got := Data("cifar100", "synthetic-cifar10"); got != "synthetic-cifar10" {
		t.Errorf("data: %s", got)
	}
}
