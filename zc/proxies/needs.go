package proxies

import (
	"strings"

	"github.com/zcnas/zcnas/zc/engine"
)

// Needs says which signals a proxy is computed from. The fewest passes deliver all that the chosen proxies need; what is
// not among them a proxy computes by passes of its own ([Session.Forward], [Session.Load]).
type Needs uint16

// The signals, and where [Session] has them.
const (
	Weights  Needs = 1 << iota // Params: initialised weights, also for passes of one's own
	LossGrad                   // Weights (without GHW), Fisher, Loss: one backward pass of the loss
	Hessian                    // Weights with GHW: tangents through both passes
	Jacobian                   // Jacobian: one backward pass of the summed outputs
	Codes                      // Codes: signs of the ReLUs
	numNeeds = iota
)

// Backward are the signals of the sweep backward over the minibatch, and OfData all that come from it.
const (
	Backward = LossGrad | Hessian | Jacobian
	OfData   = Backward | Codes
)

var needNames = [numNeeds]string{"weights", "loss gradient", "second order", "output gradient", "ReLU codes"}

// List names the signals.
func (n Needs) List() []string {
	var s []string
	for i, name := range needNames {
		if n&(1<<i) != 0 {
			s = append(s, name)
		}
	}
	return s
}

func (n Needs) String() string {
	if n == 0 {
		return "nothing"
	}
	return strings.Join(n.List(), ", ")
}

// want is what the engine is asked for.
func (n Needs) want(constantSum bool) engine.Want {
	return engine.Want{
		LossGrad:   n&LossGrad != 0,
		Hessian:    n&Hessian != 0,
		OutputGrad: n&Jacobian != 0 && !constantSum,
		Codes:      n&Codes != 0,
	}
}
