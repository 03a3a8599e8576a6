package native_test

import (
	"context"
	"testing"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
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
