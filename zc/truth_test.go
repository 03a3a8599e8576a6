package zc_test

import (
	"context"
	"fmt"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
)

// From the published accuracies to a correlation, on networks that are small enough to be scored at once.
func ExampleTruth() {
	space := spaces.TSS(spaces.WithChannels(4), spaces.WithCellsPerStage(1))
	known, err := zc.Truth(space, "CIFAR-10")
	if err != nil {
		fmt.Println(err)
		return
	}
	scores, err := zc.Score(context.Background(), space, known.Sample(30, 0), zc.WithProxies("params", "l2_norm"), zc.WithBatch(2))
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := zc.Correlate(scores, known.Values())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(known.Archs()), "architectures,", known.Metric)
	for _, row := range found.Rows {
		fmt.Printf("%s: ρ = %.2f on %d architectures\n", row.Proxy, row.Spearman.Rho, found.Joined)
	}
	// Output:
	// 15625 architectures, test accuracy in percent (seed 888)
	// params: ρ = 0.69 on 30 architectures
	// l2_norm: ρ = 0.55 on 30 architectures
}
