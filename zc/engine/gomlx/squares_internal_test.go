package gomlx

import (
	"fmt"
	"testing"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/enginetest"
)

// The squares of large gradients are added up as PyTorch does it, whatever the backend's order.
func TestSquaresOfLargeGradients(t *testing.T) {
	b := spaces.NewBuilder(spaces.Shape{C: 300, H: 1, W: 1})
	g, err := b.Build(b.Linear(0, "large", 300))
	if err != nil {
		t.Fatal(err)
	}
	p, err := enginetest.NewProblem(g, 4, engine.MSE)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := engine.NewPlan(g)
	if err != nil {
		t.Fatal(err)
	}
	for _, inOrder := range []bool{true, false} {
		for _, atOnce := range []bool{true, false} {
			t.Run(fmt.Sprintf("in order %v, at once %v", inOrder, atOnce), func(t *testing.T) {
				backend, err := start("go")
				if err != nil {
					t.Fatal(err)
				}
				d := newDevice(newCache(backend), &memory{})
				d.cache.inOrder = inOrder
				n, err := engine.Load(d, plan, engine.Host(p.Params), 4, engine.Mode{})
				if err != nil {
					t.Fatal(err)
				}
				tape, err := n.Forward(engine.Feed{Inputs: p.Batch.Inputs})
				if err != nil {
					t.Fatal(err)
				}
				take := func(sinks ...engine.Sink) [][]float64 {
					t.Helper()
					r, err := tape.Backward(engine.Pass{Seeds: []engine.Seed{{Loss: &p.Batch.Loss}}, Sinks: plan.EachScored(sinks...)})
					if err != nil {
						t.Fatal(err)
					}
					v, err := n.Fetch(r[0].Params[0].Numbers...)
					if err != nil {
						t.Fatal(err)
					}
					return v
				}
				var sums, values []float64
				if atOnce {
					sums, values = take(engine.Sums{})[0], take(engine.Values{})[0]
				} else {
					v := take(engine.Sums{}, engine.Values{})
					sums, values = v[0], v[1]
				}
				gradient := make([]float32, len(values))
				for i, v := range values {
					gradient[i] = float32(v)
				}
				if want := engine.SumSquares(gradient); sums[0] != want || len(sums) != 4 {
					t.Errorf("%v, want %v and three more", sums, want)
				}
			})
		}
	}
}
