// Package proxies has the zero-cost proxies, one file each: what a proxy is, what it needs of a network, and its
// formula. To add one, write such a file:
//
//	func init() {
//		MustRegister(Proxy{Name: "mine", Title: "…", Paper: "…", Family: DataDependent, Needs: LossGrad, Run: mine})
//	}
//
//	func mine(s *Session) (float64, error) { … }
//
// [Register] does the same from elsewhere, a notebook cell for example.
package proxies

import (
	"errors"
	"fmt"
	"math"
)

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
	Needs  Needs
	// LowerIsBetter is set where the paper's score falls with quality. Scores and correlations keep their
	// sign all the same.
	LowerIsBetter bool
	// Tolerance is how far a correct implementation's score may be from the reference's; the zero value means that
	// they are equal.
	Tolerance Tolerance
	// Settings are the numbers that its definition leaves open.
	Settings []Setting
	// Run computes the proxy. An [Undefined] error makes the score NaN with that reason; any other error
	// stops the architecture.
	Run func(*Session) (float64, error)
}

// Tolerance says how far two correct implementations of a proxy may be apart: float32 sums differ in their order, and
// a ReLU whose input is near zero flips.
type Tolerance struct {
	Relative float64 // to the score
	Absolute float64
	OfSnip   float64 // relative to snip: for sums of w·g and the like, whose terms cancel
	Narrow   float64 // relative to the score, for most networks; 0 for none
}

// Undefined is the reason why a proxy has no value for an architecture.
type Undefined string

func (u Undefined) Error() string { return string(u) }

// Evaluate is the proxy's value and, where that is NaN, the reason. Infinities are undefined too.
func (p *Proxy) Evaluate(s *Session) (v float64, reason string, err error) {
	defer func() {
		if r := recover(); r != nil { // a user's proxy must not lose the sweep
			v, reason, err = math.NaN(), "", fmt.Errorf("proxies: proxy %s panicked: %v", p.Name, r)
		}
	}()
	v, err = p.Run(s)
	var u Undefined
	if errors.As(err, &u) {
		return math.NaN(), string(u), nil
	}
	if err != nil {
		return math.NaN(), "", fmt.Errorf("proxies: proxy %s: %w", p.Name, err)
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return math.NaN(), "not a finite number", nil
	}
	return v + 0, "", nil // -0 becomes 0
}
