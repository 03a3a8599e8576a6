package spaces_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zcnas/zcnas/spaces"
)

var image = spaces.Shape{C: 3, H: 8, W: 6}

// Output shapes as PyTorch gives them.
func TestShapes(t *testing.T) {
	tests := []struct {
		name  string
		layer func(b *spaces.Builder) int
		want  spaces.Shape
	}{
		{"same conv", func(b *spaces.Builder) int { return b.Conv(0, "c", spaces.ConvOpts{Out: 4, Kernel: 3, Pad: 1}) }, spaces.Shape{C: 4, H: 8, W: 6}},
		{"strided conv", func(b *spaces.Builder) int {
			return b.Conv(0, "c", spaces.ConvOpts{Out: 4, Kernel: 3, Stride: 2, Pad: 1})
		}, spaces.Shape{C: 4, H: 4, W: 3}},
		{"dilated depthwise conv", func(b *spaces.Builder) int {
			return b.Conv(0, "c", spaces.ConvOpts{Out: 3, Kernel: 3, Pad: 1, Dilation: 2, Groups: 3})
		}, spaces.Shape{C: 3, H: 6, W: 4}},
		{"shifted conv", func(b *spaces.Builder) int {
			return b.Conv(0, "c", spaces.ConvOpts{Out: 2, Kernel: 1, Stride: 2, Pad: -1, PadEnd: 1})
		}, spaces.Shape{C: 2, H: 4, W: 3}},
		{"transposed conv", func(b *spaces.Builder) int { return b.ConvTranspose(0, "c", 5, 3, 2) }, spaces.Shape{C: 5, H: 16, W: 12}},
		{"pool", func(b *spaces.Builder) int { return b.MaxPool(0, 3, 2, 1) }, spaces.Shape{C: 3, H: 4, W: 3}},
		{"linear", func(b *spaces.Builder) int { return b.Linear(0, "l", 7) }, spaces.Shape{C: 7, H: 1, W: 1}},
		{"concat", func(b *spaces.Builder) int { return b.Concat(0, b.Zero(spaces.Shape{C: 2, H: 8, W: 6}), 0) }, spaces.Shape{C: 8, H: 8, W: 6}},
		{"slice", func(b *spaces.Builder) int { return b.Slice(0, 1, 2) }, spaces.Shape{C: 2, H: 8, W: 6}},
		{"sum of one", func(b *spaces.Builder) int { return b.Add(b.ReLU(0)) }, image},
	}
	for _, test := range tests {
		b := spaces.NewBuilder(image)
		g, err := b.Build(test.layer(b))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := g.Layers[g.Output].Out; got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// An impossible layer fails Build with its name and never panics.
func TestBuildErrors(t *testing.T) {
	tests := []struct {
		layer func(b *spaces.Builder) int
		words string
	}{
		{func(b *spaces.Builder) int { return b.Conv(0, "c", spaces.ConvOpts{Out: 4, Kernel: 9}) }, "c (conv): input 3×8×6"},
		{func(b *spaces.Builder) int { return b.Conv(0, "c", spaces.ConvOpts{Kernel: 1}) }, "output channels 0"},
		{func(b *spaces.Builder) int { return b.Conv(0, "c", spaces.ConvOpts{Out: 3, Kernel: 1, Groups: 2}) }, "2 groups"},
		{func(b *spaces.Builder) int { return b.Conv(0, "c", spaces.ConvOpts{Out: 3, Kernel: 1, Stride: -2}) }, "c (conv): stride -2, dilation 0 and groups 0"},
		{func(b *spaces.Builder) int { return b.Conv(0, "c", spaces.ConvOpts{Out: 3, Kernel: 1, Groups: -1}) }, "groups -1"},
		{func(b *spaces.Builder) int { return b.Conv(0, "c", spaces.ConvOpts{Out: 3, Kernel: 1, Dilation: -5}) }, "dilation -5"},
		{func(b *spaces.Builder) int { return b.MaxPool(b.GlobalAvgPool(0), 3, 2, 1) }, "stride 2 on the input 3×1×1"},
		{func(b *spaces.Builder) int {
			row := b.Conv(0, "row", spaces.ConvOpts{Out: 3, Kernel: 8, Pad: 0, PadEnd: 2})
			return b.Conv(row, "c", spaces.ConvOpts{Out: 3, Kernel: 1, Stride: 2})
		}, "c (conv): stride 2 on the input 3×3×1"},
		{func(b *spaces.Builder) int { return b.Conv(9, "c", spaces.ConvOpts{Out: 3, Kernel: 1}) }, "layer 9"},
		{func(b *spaces.Builder) int { return b.Conv(-1, "c", spaces.ConvOpts{Out: 3, Kernel: 1}) }, "layer -1"},
		{func(b *spaces.Builder) int { return b.Conv(0, "", spaces.ConvOpts{Out: 3, Kernel: 1}) }, "needs a name"},
		{func(b *spaces.Builder) int { return b.Linear(b.Linear(0, "l", 3), "l", 4) }, "is shared"},
		{func(b *spaces.Builder) int { return b.ConvTranspose(0, "up", 3, 4, 2) }, "up (conv_transpose): kernel 4"},
		{func(b *spaces.Builder) int { return b.AvgPool(0, 3, 0, 1) }, "stride 0"},
		{func(b *spaces.Builder) int { return b.MaxPool(0, 2, 1, 2) }, "padding 2"},
		{func(b *spaces.Builder) int { return b.BatchNormOpts(0, "bn", true, -1) }, "eps -1"},
		{func(b *spaces.Builder) int { return b.Slice(0, 2, 2) }, "channels 2…3"},
		{func(b *spaces.Builder) int { return b.Slice(0, 1, 0) }, "impossible output"},
		{func(b *spaces.Builder) int { return b.Add() }, "no maps"},
		{func(b *spaces.Builder) int { return b.Concat() }, "no maps"},
		{func(b *spaces.Builder) int { b.Within("cell 7"); return b.Add(0, b.MaxPool(0, 2, 2, 0)) }, "cell 7, layer 2 (add)"},
		{func(b *spaces.Builder) int { return b.Concat(0, b.MaxPool(0, 2, 2, 0)) }, "cannot concatenate"},
		{func(b *spaces.Builder) int { return b.Linear(0, "l", 0) }, "impossible output"},
		{func(b *spaces.Builder) int { return 5 }, "not a layer"},
	}
	for i, test := range tests {
		b := spaces.NewBuilder(image)
		_, err := b.Build(test.layer(b))
		if err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("test %d: error %v, want one with %q", i, err, test.words)
		}
	}
	if _, err := spaces.NewBuilder(spaces.Shape{C: 3}).Build(0); err == nil {
		t.Error("an empty input was accepted")
	}
	b := spaces.NewBuilder(image)
	if _, err := b.Build(0); err != nil {
		t.Error(err)
	}
	if _, err := b.Build(0); err == nil {
		t.Error("a builder was used twice")
	}
}

// Counts by hand, on a graph with every kind of layer that counts.
func TestCounts(t *testing.T) {
	b := spaces.NewBuilder(spaces.Shape{C: 2, H: 4, W: 4})
	x := b.Conv(0, "a", spaces.ConvOpts{Out: 4, Kernel: 3, Pad: 1, Groups: 2, Bias: true}) // 64·9 macs, 64 bias
	x = b.BatchNorm(x, "bn")                                                               // 128
	x = b.BatchNormOpts(x, "", false, 1e-5)                                                // 64
	x = b.Conv(b.ReLU(x), "b", spaces.ConvOpts{Out: 4, Kernel: 1})                         // 64 + 256
	x = b.Conv(b.ReLU(x), "b", spaces.ConvOpts{Out: 4, Kernel: 1})                         // shared: macs only
	x = b.MaxPool(x, 3, 2, 1)                                                              // 9·16
	x = b.ConvTranspose(x, "up", 2, 3, 2)                                                  // 16·2·9 macs only
	x = b.Tanh(x)
	x = b.Linear(b.GlobalAvgPool(x), "fc", 3) // 2·25, 6, and 3 for the bias
	g, err := b.Build(x)
	if err != nil {
		t.Fatal(err)
	}
	macs := 64*9 + 256 + 256 + 16*2*9 + 6
	got := map[string]int{"params": g.ParamCount(), "macs": g.MACs(), "nats": spaces.NATSFlops(g), "naslib": spaces.NASLibFlops(g)}
	want := map[string]int{"params": 4*9 + 4 + 8 + 16 + 4*2*9 + 2 + 2*3 + 3, "macs": macs, "nats": macs + 3,
		"naslib": 64*9 + 64 + 128 + 64 + 64 + 256 + 9*16 + 2*25 + 6}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestLive(t *testing.T) {
	b := spaces.NewBuilder(image)
	dead := b.Conv(0, "dead", spaces.ConvOpts{Out: 1, Kernel: 1})
	out := b.Conv(0, "live", spaces.ConvOpts{Out: 1, Kernel: 1})
	g, err := b.Build(out)
	if err != nil {
		t.Fatal(err)
	}
	if live := g.Live(); live[dead] || !live[out] || !live[0] {
		t.Errorf("live layers %v", live)
	}
}

func ExampleBuilder() {
	b := spaces.NewBuilder(spaces.Shape{C: 3, H: 32, W: 32})
	x := b.Conv(0, "conv", spaces.ConvOpts{Out: 16, Kernel: 3, Pad: 1})
	x = b.ReLU(b.BatchNorm(x, "bn"))
	g, err := b.Build(b.Linear(b.GlobalAvgPool(x), "classifier", 10))
	if err != nil {
		panic(err)
	}
	fmt.Println(len(g.Layers), "layers,", g.ParamCount(), "parameters,", g.MACs(), "multiply-adds")
	// Output: 6 layers, 634 parameters, 442528 multiply-adds
}

// Layers without a name know what they are a part of.
func TestWithin(t *testing.T) {
	b := spaces.NewBuilder(image)
	x := b.ReLU(0)
	b.Within("cells.3, node 2")
	x = b.ReLU(b.Conv(x, "cells.3.conv", spaces.ConvOpts{Out: 4, Kernel: 1}))
	g, err := b.Build(x)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "", "", "cells.3, node 2"} {
		if got := g.Layers[i].Part; got != want {
			t.Errorf("layer %d is a part of %q, want %q", i, got, want)
		}
	}
}
