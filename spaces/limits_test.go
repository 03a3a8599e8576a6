package spaces_test

import (
	"math"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/spaces"
)

// Sizes that cannot be are errors that say what they would need: no overflow, no panic, no endless loop.
func TestLimits(t *testing.T) {
	for _, test := range []struct {
		name  string
		input spaces.Shape
		layer func(b *spaces.Builder) int
		words string
	}{
		{"input", spaces.Shape{C: 1 << 21, H: 1 << 21, W: 1 << 22}, func(b *spaces.Builder) int { return 0 }, "needs 68719476736 GiB"},
		{"channels", image, func(b *spaces.Builder) int {
			return b.Conv(0, "c", spaces.ConvOpts{Out: math.MaxInt, Kernel: 1})
		}, "c (conv): input 3×8×6"},
		{"kernel", image, func(b *spaces.Builder) int {
			return b.Conv(0, "c", spaces.ConvOpts{Out: 1, Kernel: math.MaxInt, Dilation: math.MaxInt})
		}, "the most is 1048576"},
		{"padding", image, func(b *spaces.Builder) int {
			return b.Conv(0, "c", spaces.ConvOpts{Out: 1, Kernel: 1, Pad: math.MinInt})
		}, "the most is 1048576"},
		{"transposed", image, func(b *spaces.Builder) int { return b.ConvTranspose(0, "c", 1, 3, math.MaxInt) }, "the most is 1048576"},
		{"pool", image, func(b *spaces.Builder) int { return b.MaxPool(0, math.MaxInt, 1, math.MaxInt) }, "the most is 1048576"},
		{"slice", image, func(b *spaces.Builder) int { return b.Slice(0, 1, math.MaxInt) }, "of a map of 3"},
		{"weights", image, func(b *spaces.Builder) int { return b.Linear(0, "l", 1<<34) }, "needs 9280 GiB of weights"},
		{"arithmetic", spaces.Shape{C: 1, H: 1 << 20, W: 1 << 20}, func(b *spaces.Builder) int {
			x := b.Conv(0, "c", spaces.ConvOpts{Out: 1, Kernel: 2047, Pad: 1023})
			return b.Conv(x, "d", spaces.ConvOpts{Out: 1, Kernel: 2047, Pad: 1023})
		}, "multiply-adds"},
		{"layers", image, func(b *spaces.Builder) (x int) {
			for range 1 << 18 {
				x = b.ReLU(x)
			}
			return x
		}, "more than 131072 layers"},
	} {
		b := spaces.NewBuilder(test.input)
		if _, err := b.Build(test.layer(b)); err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.words)
		}
	}
}

// Options of spaces are as often mistyped as sizes of layers. Where they come by name the space is not made, else its
// networks are not.
func TestSpaceLimits(t *testing.T) {
	for _, test := range []struct {
		space   spaces.Space
		name    string
		options map[string]any
		words   string
		byName  string // the error of New; "" for none
	}{
		{spaces.TSS(spaces.WithChannels(100_000_000)), "nats-tss", map[string]any{"channels": 100_000_000}, "GiB of weights", ""},
		{spaces.TSS(spaces.WithChannels(math.MaxInt)), "nats-tss", map[string]any{"channels": math.MaxInt}, "channels, want 1 to", "want 1 to"},
		{spaces.TSS(spaces.WithCellsPerStage(100_000_000)), "nats-tss", map[string]any{"cells_per_stage": 100_000_000},
			"100000000 cells per stage, want 0 to 1000", "option cells_per_stage is 100000000, want 0 to 1000"},
		{spaces.DARTS(spaces.WithChannels(100_000_000)), "darts", map[string]any{"channels": 100_000_000}, "GiB of weights", ""},
		{spaces.DARTS(spaces.WithChannels(math.MaxInt)), "darts", map[string]any{"channels": math.MaxInt}, "channels, want 1 to", "want 1 to"},
		{spaces.DARTS(spaces.WithLayers(100_000_000)), "darts", map[string]any{"layers": 100_000_000}, "100000000 layers, want 1 to 1000", "want 1 to 1000"},
	} {
		archs, err := test.space.Sample(1, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := test.space.Network(archs[0], cifar10); err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s: error %v, want one with %q", spaces.FullName(test.space), err, test.words)
		}
		if _, err := spaces.New(test.name, test.options); (err == nil) != (test.byName == "") || err != nil && !strings.Contains(err.Error(), test.byName) {
			t.Errorf("New(%s, %v): error %v, want %q", test.name, test.options, err, test.byName)
		}
	}
	// Deep and wide networks that only need much memory are counted all the same.
	s := spaces.TSS(spaces.WithChannels(1024))
	if g := mustNetwork(t, s, mustParse(t, s, "0"), cifar10); g.ParamCount() < 5e8 {
		t.Errorf("%d parameters", g.ParamCount())
	}
}
