package datasets_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/zcnas/zcnas/datasets"
)

func ExampleGet() {
	data, err := datasets.Get("synthetic-cifar10")
	if err != nil {
		fmt.Println(err)
		return
	}
	batch, err := data.Minibatch(context.Background(), 64, 0, datasets.Grasp)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(data.Info().Title, batch.N, batch.C, batch.H, batch.W, batch.Outputs)
	fmt.Println(batch.Labels[:8])
	// Output:
	// Synthetic CIFAR-10 64 3 32 32 10
	// [0 0 0 0 0 0 1 1]
}

func ExampleGet_unknown() {
	_, err := datasets.Get("CIFAR-10")
	fmt.Println(err)
	// Output: datasets: unknown data set "CIFAR-10": did you mean "cifar10"? Known: cifar10, cifar100, synthetic-cifar10, reference
}

func ExampleReference() {
	data, err := datasets.Reference(3, 64, 64, 17, datasets.WithTask("segmentsemantic"))
	if err != nil {
		fmt.Println(err)
		return
	}
	batch, err := data.Minibatch(context.Background(), 8, 1, datasets.Random)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(data.Info().Loss, len(batch.Inputs), len(batch.Labels), batch.TargetShape)
	// Output: cross_entropy 98304 32768 [64 64]
}

func ExampleReadSuiteZero() {
	file := `{"cifar10": {"(0, 2, 3, 2, 3, 1)": {"val_accuracy": 86.06,
		"synflow": {"score": 41.9, "time": 0.5}, "jacov": {"score": -100000000.0, "time": 1.5}}}}`
	truth, err := datasets.ReadSuiteZero(strings.NewReader(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, arch := range truth.Archs("cifar10") {
		accuracy, _ := truth.Accuracy("cifar10", arch)
		jacov, _ := truth.Score("cifar10", arch, "jacov")
		fmt.Println(arch, accuracy, jacov, truth.Proxies())
	}
	// Output: (0, 2, 3, 2, 3, 1) 86.06 NaN [jacov synflow]
}

func ExampleNATSBench() {
	bench, err := datasets.NATSBench("NATS-tss-v1_0-3ffb9-simple")
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
