package records_test

import (
	"fmt"

	"github.com/zcnas/zcnas/datasets/truth"
	"github.com/zcnas/zcnas/datasets/truth/records"
	"github.com/zcnas/zcnas/spaces"
)

func ExampleWhole() {
	truth, err := records.Whole("nasbench201")
	if err != nil {
		panic(err)
	}
	table, err := truth.Table("cifar10")
	if err != nil {
		panic(err)
	}
	best, at := 0.0, 0
	for i, v := range table.Accuracies() {
		if v > best {
			best, at = v, i
		}
	}
	fmt.Printf("%s: %.2f of %d, %s\n", table.Archs()[at], best, len(table.Archs()), table.Metric)
	// Output:
	// (2, 3, 0, 2, 3, 2): 91.57 of 15625, test accuracy in percent (seed 888)
}

func Example() {
	known, err := truth.Get(spaces.TSS(), "cifar10")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(known.Metric)
	for _, arch := range known.Sample(2, 0) {
		accuracy, _ := known.Value(arch)
		fmt.Printf("%s %.2f\n", arch, accuracy)
	}
	// Output:
	// test accuracy in percent (seed 888)
	// |none~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|avg_pool_3x3~0|nor_conv_3x3~1|avg_pool_3x3~2| 82.93
	// |avg_pool_3x3~0|+|skip_connect~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_1x1~1|none~2| 87.93
}
