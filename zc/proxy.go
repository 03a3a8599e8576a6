package zc

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

// Need says which signals a proxy is computed from. The scorer runs the fewest passes that deliver all that the
// chosen proxies need.
type Need uint16

// The signals, and where [Signals] has them.
const (
	NeedWeights   Need = 1 << iota // Params: the weights alone
	NeedLossGrad                   // Weights (without GHW), Fisher, Loss: one backward pass of the loss
	NeedHessian                    // Weights with GHW: tangents through both passes
	NeedJacobian                   // Jacobian: one backward pass of the summed outputs
	NeedCodes                      // Codes: signs of the ReLUs
	NeedSynflow                    // Synflow: one forward pass in float64
	NeedSynflowBN                  // SynflowBN: forward and backward in float64
	NeedZen                        // ZenDiff, ZenVariances: two forward passes with weights of their own
	numNeeds      = iota
)

var needNames = [numNeeds]string{"weights", "loss gradient", "second order", "output gradient", "ReLU codes",
	"synflow pass", "synflow backward", "two random passes"}

func (n Need) String() string {
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

// Signals are what a proxy may use of one network on one minibatch. Only what its Need asks for is set; the
// layer graph and the labels always are.
type Signals struct {
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

// Family is the post's division of proxies.
type Family string

// The families.
const (
	DataIndependent Family = "data-independent"
	DataDependent   Family = "data-dependent"
)

// Proxy is a zero-cost proxy: a function from signals to a number that is meant to be higher for better
// architectures.
type Proxy struct {
	Name   string // "grad_norm"
	Title  string // one line
	Paper  string // where it comes from
	Family Family
	Need   Need
	// LowerIsBetter is set where the paper's score falls with quality. Scores and correlations keep their
	// sign all the same.
	LowerIsBetter bool
	// Score computes the proxy. An [Undefined] error makes the score NaN with that reason; any other error
	// stops the architecture.
	Score func(*Signals) (float64, error)
}

// Undefined is the reason why a proxy has no value for an architecture.
type Undefined string

func (u Undefined) Error() string { return string(u) }

var (
	proxiesMu sync.RWMutex
	proxies   []Proxy
)

// Register adds a proxy, or replaces the one of that name: also from a notebook cell, which may run twice.
func Register(p Proxy) error {
	if p.Name == "" || p.Score == nil {
		return errors.New("zc: a proxy needs a name and a Score function")
	}
	proxiesMu.Lock()
	defer proxiesMu.Unlock()
	for i := range proxies {
		if proxies[i].Name == p.Name {
			proxies[i] = p
			return nil
		}
	}
	proxies = append(proxies, p)
	return nil
}

// MustRegister is [Register] for programs and cells, where a mistake should stop.
func MustRegister(p Proxy) {
	if err := Register(p); err != nil {
		panic(err)
	}
}

// Proxies lists the registered proxies: the post's eight in its order, the others, then the user's.
func Proxies() []Proxy {
	proxiesMu.RLock()
	defer proxiesMu.RUnlock()
	place := func(p Proxy) int {
		if i := slices.Index(Post(), p.Name); i >= 0 {
			return i
		}
		return len(Post())
	}
	out := slices.Clone(proxies)
	slices.SortStableFunc(out, func(a, b Proxy) int { return place(a) - place(b) })
	return out
}

// Post names the eight proxies of the post, in the order of its tables.
func Post() []string {
	return []string{"fisher", "grad_norm", "grasp", "jacob_cov", "snip", "synflow", "flops", "params"}
}

// Lookup finds a proxy by name; the error suggests the nearest one.
func Lookup(name string) (Proxy, error) {
	all := Proxies()
	names := make([]string, len(all))
	for i, p := range all {
		if p.Name == name {
			return p, nil
		}
		names[i] = p.Name
	}
	hint := ""
	if n := spaces.Nearest(name, names); n != "" {
		hint = fmt.Sprintf("; did you mean %q?", n)
	}
	return Proxy{}, fmt.Errorf("zc: unknown proxy %q%s (there are %s)", name, hint, strings.Join(names, ", "))
}

// Select looks up proxies by name. The names "all" and "post" stand for all and for the post's eight; no name
// means the post's.
func Select(names ...string) ([]Proxy, error) {
	if len(names) == 0 {
		names = []string{"post"}
	}
	var out []Proxy
	seen := map[string]bool{}
	add := func(p Proxy) {
		if !seen[p.Name] {
			seen[p.Name] = true
			out = append(out, p)
		}
	}
	for _, n := range names {
		switch n {
		case "all":
			for _, p := range Proxies() {
				add(p)
			}
		case "post":
			for _, q := range Post() {
				p, err := Lookup(q)
				if err != nil {
					return nil, err
				}
				add(p)
			}
		default:
			p, err := Lookup(n)
			if err != nil {
				return nil, err
			}
			add(p)
		}
	}
	return out, nil
}

// evaluate is the proxy's value and, where that is NaN, the reason. Infinities are undefined too.
func (p *Proxy) evaluate(s *Signals) (v float64, reason string, err error) {
	defer func() {
		if r := recover(); r != nil { // a user's proxy must not lose the sweep
			v, reason, err = math.NaN(), "", fmt.Errorf("zc: proxy %s panicked: %v", p.Name, r)
		}
	}()
	v, err = p.Score(s)
	var u Undefined
	if errors.As(err, &u) {
		return math.NaN(), string(u), nil
	}
	if err != nil {
		return math.NaN(), "", fmt.Errorf("zc: proxy %s: %w", p.Name, err)
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return math.NaN(), "not a finite number", nil
	}
	return v + 0, "", nil // -0 becomes 0
}
