package spaces_test

import (
	"testing"

	"github.com/zcnas/zcnas/spaces"
)

func TestFullName(t *testing.T) {
	tests := []struct {
		space spaces.Space
		want  string
	}{
		{spaces.TSS(), "nats-tss"},
		{spaces.TSS(spaces.WithChannels(16), spaces.WithCellsPerStage(5)), "nats-tss"},
		{spaces.TSS(spaces.WithChannels(8), spaces.WithCellsPerStage(1)), "nats-tss cells_per_stage=1 channels=8"},
		{spaces.SSS(), "nats-sss"},
		{spaces.DARTS(), "darts"},
		{spaces.DARTS(spaces.WithVariant(spaces.ArchaiVariant), spaces.WithChannels(36), spaces.WithLayers(20), spaces.WithHead(spaces.DenseHead)),
			"darts channels=36 head=dense layers=20 variant=archai"},
		{custom{spaces.TSS(), "own"}, "own"},
	}
	for _, test := range tests {
		if got := spaces.FullName(test.space); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}
