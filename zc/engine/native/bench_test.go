package native_test

import (
	"context"
	"testing"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/native"
	"github.com/zcnas/zcnas/zc/engine/native/kernels"
)

// BenchmarkRandomTSS scores twenty random TSS architectures at batch 64, for the profile in the package comment.
func BenchmarkRandomTSS(b *testing.B) {
	benchmarkScore(b, 20, 64)
}

// BenchmarkKernelSets compares the kernel sets on one TSS architecture.
func BenchmarkKernelSets(b *testing.B) {
	before := kernels.Name()
	for _, name := range kernels.Available() {
		b.Run(name, func(b *testing.B) {
			if err := kernels.Select(name); err != nil {
				b.Fatal(err)
			}
			benchmarkScore(b, 1, 16)
		})
	}
	if err := kernels.Select(before); err != nil {
		b.Fatal(err)
	}
}

func benchmarkScore(b *testing.B, archs, batch int) {
	space := spaces.TSS()
	list, err := space.Sample(archs, 0)
	if err != nil {
		b.Fatal(err)
	}
	data, err := datasets.Reference(3, 32, 32, 10)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := zc.Score(context.Background(), space, list, zc.WithBatch(batch), zc.WithData(data)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTrainStep is one step of training: forward, backward and update of the heaviest TSS cell.
func BenchmarkTrainStep(b *testing.B) {
	const batch, heaviest = 64, "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|"
	arch, err := spaces.TSS().Parse(heaviest)
	if err != nil {
		b.Fatal(err)
	}
	g, err := spaces.TSS().Network(arch, spaces.Task{Input: spaces.Shape{C: 3, H: 32, W: 32}, Outputs: 10})
	if err != nil {
		b.Fatal(err)
	}
	params, in, err := trainable(g, batch)
	if err != nil {
		b.Fatal(err)
	}
	p, err := engine.NewPlan(g)
	if err != nil {
		b.Fatal(err)
	}
	d := native.New()
	state, err := engine.Store(d, p, &engine.Weights{Params: params})
	if err != nil {
		b.Fatal(err)
	}
	update := engine.Update{Rate: 1e-3, Momentum: 0.9, Decay: 5e-4, Nesterov: true}
	for b.Loop() {
		if err := trainStep(d, p, state, in, update); err != nil {
			b.Fatal(err)
		}
	}
}
