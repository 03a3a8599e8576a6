package report_test

import (
	"fmt"

	"github.com/zcnas/zcnas/plotting/report"
)

// The figures and tables of the post, one by one; report.Write writes all of them.
func ExampleStudy_Items() {
	study, err := report.Published()
	if err != nil {
		panic(err)
	}
	items, err := study.Items()
	if err != nil {
		panic(err)
	}
	for _, it := range items[:3] {
		fmt.Println(it.Name)
	}
	// Output:
	// spearman-nats-bench-tss
	// spearman-darts
	// spearman-transnas-bench-101
}
