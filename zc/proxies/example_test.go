package proxies_test

import (
	"context"
	"fmt"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/proxies"
)

// A proxy with a pass of its own, for want of a signal: how far the samples' gradients agree in their signs. Each sample
// is normalised by itself, so that its gradient does not depend on the others.
func ExampleSession_Gradients() {
	agreement := func(s *proxies.Session) (float64, error) {
		tape, err := s.Forward(engine.Mode{Norm: engine.NormSample})
		if err != nil {
			return 0, err
		}
		loss := s.Objective()
		loss.Scale = float64(s.Batch) // the sum over the samples
		weights, err := s.Gradients(tape, engine.Pass{Seeds: []engine.Seed{{Loss: &loss}}, Sinks: tape.Plan.EachScored(engine.Signs{})})
		var sum float64
		for _, w := range weights {
			sum += w.Numbers[0][0]
		}
		return sum / float64(s.Batch*s.Graph.ParamCount()), err
	}
	err := proxies.Register(proxies.Proxy{Name: "agreement", Title: "Agreement of gradients' signs", Family: proxies.DataDependent,
		Needs: proxies.Weights, Run: agreement})
	if err != nil {
		fmt.Println(err)
		return
	}
	space := spaces.TSS(spaces.WithChannels(4), spaces.WithCellsPerStage(1))
	archs, err := space.Sample(3, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	scores, err := zc.Score(context.Background(), space, archs, zc.WithProxies("agreement", "params"), zc.WithBatch(4))
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, v := range scores.Column("agreement") {
		fmt.Printf("%.0f parameters, %.1f\n", scores.Column("params")[i], v)
	}
	// Output:
	// 11446 parameters, 0.4
	// 5286 parameters, 0.4
	// 7974 parameters, 0.2
}
