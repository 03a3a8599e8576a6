package study

import (
	"testing"

	"github.com/zcnas/zcnas/spaces"
)

func TestAccuracies(t *testing.T) {
	all := Accuracies(spaces.TSS())
	if len(all) != 3 || all[0].Task != "cifar10" || len(all[0].Accuracy) != spaces.TSSSize {
		t.Fatalf("%d tasks; want three of all architectures", len(all))
	}
	if b := all[0].Below(91.57); b < 0.9999 || b >= 1 {
		t.Errorf("the best is better than %v of the space", b)
	}
	if b := all[0].Below(0); b != 0 {
		t.Errorf("no accuracy is better than %v of the space", b)
	}
	if n := len(Accuracies(spaces.TransNASMacro())); n != 7 {
		t.Errorf("%d tasks of TransNAS macro; want 7", n)
	}
	if Accuracies(spaces.TSS(spaces.WithChannels(8))) != nil || Accuracies(spaces.DARTS()) != nil {
		t.Error("accuracies of networks that were not trained")
	}
}
