package engine

import (
	"strings"
	"testing"

	"github.com/zcnas/zcnas/spaces"
)

// The gradient of the summed outputs vanishes exactly where everything that is averaged comes out of batch norms.
func TestConstantSum(t *testing.T) {
	tests := []struct {
		name string
		end  func(b *spaces.Builder, conv, norm int) int
		want bool
	}{
		{"norm", func(b *spaces.Builder, _, norm int) int { return norm }, true},
		{"convolution", func(b *spaces.Builder, conv, _ int) int { return conv }, false},
		{"sum with a convolution", func(b *spaces.Builder, conv, norm int) int { return b.Add(conv, norm) }, false},
		{"sum of norms", func(b *spaces.Builder, _, norm int) int { return b.Add(norm, norm) }, true},
		{"joined norms", func(b *spaces.Builder, _, norm int) int { return b.Concat(norm, norm) }, true},
		{"ReLU", func(b *spaces.Builder, _, norm int) int { return b.ReLU(norm) }, false},
		{"pooled", func(b *spaces.Builder, _, norm int) int { return b.AvgPool(norm, 3, 1, 1) }, false},
		{"1×1 convolution", func(b *spaces.Builder, _, norm int) int {
			return b.Conv(norm, "last", spaces.ConvOpts{Out: 4, Kernel: 1})
		}, true},
	}
	for _, tt := range tests {
		b := spaces.NewBuilder(spaces.Shape{C: 3, H: 6, W: 6})
		conv := b.Conv(0, "conv", spaces.ConvOpts{Out: 4, Kernel: 3, Pad: 1})
		end := tt.end(b, conv, b.BatchNorm(conv, "bn"))
		g, err := b.Build(b.Linear(b.GlobalAvgPool(end), "classifier", 2))
		if err != nil {
			t.Fatal(err)
		}
		p, err := NewPlan(g)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.ConstantSum(); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestMACs(t *testing.T) {
	b := spaces.NewBuilder(spaces.Shape{C: 3, H: 4, W: 4})
	x := b.Conv(0, "first", spaces.ConvOpts{Out: 8, Kernel: 3, Pad: 1}) // 3·9·8·16 = 3456
	x = b.Conv(b.ReLU(x), "second", spaces.ConvOpts{Out: 8, Kernel: 1}) // 8·8·16 = 1024
	b.Conv(x, "dead", spaces.ConvOpts{Out: 64, Kernel: 3, Pad: 1})
	g, err := b.Build(b.Linear(b.GlobalAvgPool(x), "classifier", 5)) // 40
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPlan(g)
	if err != nil {
		t.Fatal(err)
	}
	for want, macs := range map[Want]int{
		{}:                                3456 + 1024 + 40,
		{LossGrad: true}:                  2*3456 + 3*(1024+40),
		{OutputGrad: true}:                2 * (3456 + 1024 + 40),
		{LossGrad: true, Hessian: true}:   3*3456 + 7*(1024+40),
		{Hessian: true, OutputGrad: true}: 4*3456 + 8*(1024+40),
	} {
		if got := p.MACs(want); got != macs {
			t.Errorf("%+v: %d, want %d", want, got, macs)
		}
	}
}

// Maps that no device can hold are an error before anything is stored.
func TestRunTooLarge(t *testing.T) {
	b := spaces.NewBuilder(spaces.Shape{C: 1, H: 1, W: 1})
	g, err := b.Build(b.GlobalAvgPool(b.Zero(spaces.Shape{C: 1, H: 1 << 20, W: 1 << 16})))
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPlan(g)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Run(nil, p, nil, &Batch{N: 2, Inputs: make([]float32, 2), Loss: Loss{Kind: SumOutputs}}, Want{LossGrad: true})
	if err == nil || !strings.Contains(err.Error(), "a batch of 2 needs 512 GiB of memory, more than the 256 GiB") {
		t.Errorf("run: %v", err)
	}
	n := &Network{Plan: p, Batch: 2}
	_, err = n.Forward(Feed{Inputs: make([]float32, 2), Only: []int{}})
	if err == nil || !strings.Contains(err.Error(), "a batch of 2 needs 512 GiB of memory, more than the 256 GiB") {
		t.Errorf("forward only: %v", err)
	}
}
