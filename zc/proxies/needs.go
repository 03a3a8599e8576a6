package proxies

import "strings"

// Needs says which signals a proxy is computed from. The scorer runs the fewest passes that deliver all that the
// chosen proxies need.
type Needs uint16

// The signals, and where [Session] has them.
const (
	Weights       Needs = 1 << iota // Params: the weights alone
	LossGrad                        // Weights (without GHW), Fisher, Loss: one backward pass of the loss
	Hessian                         // Weights with GHW: tangents through both passes
	Jacobian                        // Jacobian: one backward pass of the summed outputs
	Codes                           // Codes: signs of the ReLUs
	SynflowPass                     // Synflow: one forward pass in float64
	SynflowBNPass                   // SynflowBN: forward and backward in float64
	ZenPass                         // ZenDiff, ZenVariances: two forward passes with weights of their own
	numNeeds      = iota
)

var needNames = [numNeeds]string{"weights", "loss gradient", "second order", "output gradient", "ReLU codes",
	"synflow pass", "synflow backward", "two random passes"}

func (n Needs) String() string {
	if n == 0 {
		return "nothing"
	}
	var s []string
	for i, name := range needNames {
		if n&(1<<i) != 0 {
			s = append(s, name)
		}
	}
	return strings.Join(s, ", ")
}
