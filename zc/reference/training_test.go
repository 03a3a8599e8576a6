package reference

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/zcnas/zcnas/internal/outside"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/engine/native"
)

// Trainings give the losses, norms, accuracies and scores that PyTorch's have.
func TestTrainingCases(t *testing.T) {
	t.Setenv("ZC_DATA", filepath.Dir(outside.File(t, "data/cifar-10-batches-bin")))
	f, err := os.Open(outside.File(t, "reference/train.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cases, err := ReadTrainingCases(f)
	if err != nil {
		t.Fatal(err)
	}
	all, close := 0, 0
	for i, c := range cases {
		if len(c.Options) == 0 {
			continue // full size: for zc verify
		}
		got, err := c.Verify(context.Background(), zc.WithDevice(native.New()))
		if err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		for _, v := range got {
			all++
			if v.Close {
				close++
			}
			if !v.Within {
				t.Errorf("case %d, %s: %v, want %v: %.1f tolerances off", i, v.What, v.Computed, *v.Expected, v.Off)
			}
		}
	}
	t.Logf("%d of %d numbers within their tolerance", close, all)
	if float64(close) < CloseShare*float64(all) {
		t.Errorf("%d of %d numbers are within their tolerance, want %.0f%%", close, all, 100*CloseShare)
	}
}
