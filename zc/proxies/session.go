package proxies

import (
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

// Session is what a proxy may use of one network on one minibatch. Only what its Needs ask for is set; the
// layer graph and the labels always are.
type Session struct {
	engine.Signals
	Graph        *spaces.Graph
	Params       [][]float32 // parameters in the order of Graph.Params()
	Labels       []int       // class labels of the batch, nil for other targets
	Batch        int
	Unscored     []spaces.Kind // kinds of layers left out of the scored ones
	Synflow      float64
	SynflowBN    float64
	ZenDiff      float64   // mean over samples of Σ|f(x1) − f(x2)|
	ZenVariances []float64 // per batch norm: mean over channels of the running variance
	ZenErr       error     // why there are none
}
