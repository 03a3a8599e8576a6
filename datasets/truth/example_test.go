package truth_test

import (
	"fmt"
	"strings"

	"github.com/zcnas/zcnas/datasets/truth"
)

func ExampleReadSuiteZero() {
	file := `{"cifar10": {"(0, 2, 3, 2, 3, 1)": {"val_accuracy": 86.06,
		"synflow": {"score": 41.9, "time": 0.5}, "jacov": {"score": -100000000.0, "time": 1.5}}}}`
	records, err := truth.ReadSuiteZero(strings.NewReader(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, arch := range records.Archs("cifar10") {
		accuracy, _ := records.Accuracy("cifar10", arch)
		jacov, _ := records.Score("cifar10", arch, "jacov")
		fmt.Println(arch, accuracy, jacov, records.Proxies())
	}
	// Output: (0, 2, 3, 2, 3, 1) 86.06 NaN [jacov synflow]
}

func ExampleNATSBench() {
	bench, err := truth.NATSBench("NATS-tss-v1_0-3ffb9-simple")
	if err != nil {
		fmt.Println("not on this machine")
		return
	}
	record, err := bench.Load(11)
	if err != nil {
		fmt.Println(err)
		return
	}
	accuracy, seeds := record.Accuracy("200", "cifar10", "ori-test", -1)
	fmt.Printf("%s: %.2f%% over %d seeds\n", record.Arch, accuracy, seeds)
}
