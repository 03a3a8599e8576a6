package reference

import (
	"bytes"
	"encoding/json"
	"math"

	"github.com/zcnas/zcnas/zc/train"
)

// numberKind says how far a number of a training may be off.
type numberKind uint8

const (
	exact numberKind = iota // the tolerance
	count                   // 3 tolerances
	loss                    // losses and norms: 30 tolerances, or a relative 2e-3
	score                   // 30 tolerances, or a relative 5e-2
)

// TrainingComparison is one number of a training beside the expected one.
type TrainingComparison struct {
	Arch     string   `json:"arch"`
	Case     int      `json:"case"` // index in the file
	What     string   `json:"what"` // "epoch 2 norm gamma"
	Expected *float64 `json:"expected"`
	Computed *float64 `json:"computed"` // null: undefined
	Off      float64  `json:"off"`      // |difference| / tolerance
	Within   bool     `json:"within"`   // the bound for every number
	Close    bool     `json:"close"`    // the tolerance, for at least 85% of the numbers
}

// CloseShare is the share of a file's numbers that must lie within their tolerance.
const CloseShare = 0.85

// trainingVerdicts collects the comparisons of a case.
type trainingVerdicts struct {
	arch string
	all  []TrainingComparison
}

// add compares a number; what the case has no expected value or no tolerance for is not compared.
func (v *trainingVerdicts) add(what string, kind numberKind, want, tolerance *float64, got float64) {
	if want == nil || tolerance == nil {
		return
	}
	c := TrainingComparison{Arch: v.arch, What: what, Expected: want, Off: math.Inf(1)}
	if !math.IsNaN(got) && !math.IsInf(got, 0) {
		c.Computed = &got
		diff := math.Abs(got - *want)
		bound := *tolerance
		switch kind {
		case count:
			bound = 3 * *tolerance
		case loss:
			bound = max(30**tolerance, 2e-3*math.Abs(*want))
		case score:
			bound = max(30**tolerance, 5e-2*math.Abs(*want))
		}
		c.Within, c.Close = diff <= bound, diff <= *tolerance
		if c.Off = 0; diff > 0 {
			c.Off = diff / math.Max(*tolerance, math.SmallestNonzeroFloat64)
		}
	}
	v.all = append(v.all, c)
}

func (v *trainingVerdicts) scores(where string, want, tolerance map[string]*float64, got map[string]train.Score) {
	for name, w := range want {
		kind := score
		if name == "loss" {
			kind = loss
		}
		g, ok := got[name]
		if !ok {
			g = train.Score(math.NaN())
		}
		v.add(where+" "+name, kind, w, tolerance[name], float64(g))
	}
}

// strict decodes JSON and refuses names that it does not know.
func strict(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(v)
}
