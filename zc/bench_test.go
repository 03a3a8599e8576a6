package zc_test

import (
	"context"
	"testing"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
)

// BenchmarkScore times one architecture from its notation to the post's eight scores on the native backend, with
// buffers that the networks before have left, as in a sweep: s/arch.
//
//	go test -run '^$' -bench Score -cpu 1,2 ./zc
func BenchmarkScore(b *testing.B) {
	for _, bm := range []struct {
		name  string
		space spaces.Space
		arch  spaces.Arch
		size  int // of the input images
		batch int
	}{
		{"TSS/heaviest", spaces.TSS(), "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|", 32, 64},
		// One 3×3 and one 1×1 convolution make the median of the space by multiply-adds.
		{"TSS/typical", spaces.TSS(), "|nor_conv_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|avg_pool_3x3~0|none~1|skip_connect~2|", 32, 64},
		{"DARTS", spaces.DARTS(), "[[(0, 3), (1, 3), (0, 3), (1, 3), (1, 3), (0, 2), (0, 2), (2, 5)], [(0, 0), (1, 0), (2, 2), (1, 0), (0, 0), (2, 2), (2, 2), (1, 0)]]", 32, 64},
		{"TransNAS-micro", spaces.TransNASMicro(), "64-41414-1_02_333", 64, 16},
	} {
		b.Run(bm.name, func(b *testing.B) {
			data, err := datasets.Reference(3, bm.size, bm.size, 10)
			if err != nil {
				b.Fatal(err)
			}
			batch, err := data.Minibatch(context.Background(), bm.batch, 0, datasets.Random)
			if err != nil {
				b.Fatal(err)
			}
			scorer, err := zc.NewScorer()
			if err != nil {
				b.Fatal(err)
			}
			score := func() {
				arch, err := bm.space.Parse(string(bm.arch))
				if err != nil {
					b.Fatal(err)
				}
				g, err := bm.space.Network(arch, spaces.Task{Input: spaces.Shape{C: batch.C, H: batch.H, W: batch.W}, Outputs: batch.Outputs})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := scorer.Network(g, batch, data.Info().Loss); err != nil {
					b.Fatal(err)
				}
			}
			score() // leaves the buffers
			for b.Loop() {
				score()
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/arch")
		})
	}
}
