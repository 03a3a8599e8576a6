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
	question, _, _ := strings.Cut(err.Error(), ";") // the known names follow
	fmt.Println(question)
	// Output: datasets: unknown data set "CIFAR-10" (did you mean "cifar10"?)
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

func ExampleLoader() {
	data, err := datasets.Get("teacher", datasets.WithSamples(100, 20))
	if err != nil {
		fmt.Println(err)
		return
	}
	loader := datasets.Loader{Data: data, Batch: 32, Augment: datasets.Augment{Crop: 2, Flip: 0.5}}
	for batch, err := range loader.Epoch(context.Background(), 0) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(batch.N, batch.Labels[:4])
	}
	// Output:
	// 32 [3 3 6 6]
	// 32 [8 3 8 1]
	// 32 [8 3 9 6]
	// 4 [3 6 6 6]
}

func ExampleSyntheticRooms() {
	data, err := datasets.SyntheticRooms(datasets.WithTask("normal"), datasets.WithSide(64))
	if err != nil {
		fmt.Println(err)
		return
	}
	batch, err := data.Minibatch(context.Background(), 2, 0, datasets.Random)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(data.Info().FullName(), data.Info().Loss, batch.H, batch.W, batch.TargetShape)
	// Output: synthetic-rooms side=64 task=normal l1 64 64 [3 64 64]
}
