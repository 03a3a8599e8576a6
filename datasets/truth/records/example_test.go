package records_test

import (
	"fmt"

	"github.com/zcnas/zcnas/datasets/truth/records"
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
