package engine_test

import (
	"fmt"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/native"
)

// The neural tangent kernel of three samples: one pass forward, and one back for each sample.
func ExampleTape_Backward() {
	b := spaces.NewBuilder(spaces.Shape{C: 2, H: 1, W: 1})
	g, err := b.Build(b.Linear(0, "linear", 1))
	if err != nil {
		panic(err)
	}
	p, err := engine.NewPlan(g)
	if err != nil {
		panic(err)
	}
	n, err := engine.Load(native.New(), p, engine.Host([][]float32{{1, 1}, {0}}), 3, engine.Mode{})
	if err != nil {
		panic(err)
	}
	t, err := n.Forward(engine.Feed{Inputs: []float32{1, 0, 1, 1, 0, 2}})
	if err != nil {
		panic(err)
	}
	var passes []engine.Pass
	for i := range 3 {
		row := make([]float32, 3)
		row[i] = 1
		passes = append(passes, engine.Pass{Seeds: []engine.Seed{{Cotangent: row}}, Sinks: p.EachScored(engine.Gram{})})
	}
	results, err := t.Finish(passes...)
	if err != nil {
		panic(err)
	}
	kernel, err := n.Fetch(results[2].Params[0].Numbers...)
	if err != nil {
		panic(err)
	}
	for i := range 3 {
		fmt.Println(kernel[0][3*i : 3*i+3])
	}
	// Output:
	// [1 1 0]
	// [1 2 2]
	// [0 2 4]
}
