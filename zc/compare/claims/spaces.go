package claims

import (
	"fmt"
	"math"
	"math/big"

	"github.com/zcnas/zcnas/spaces"
)

func topologies() (Finding, error) {
	s := spaces.TSS()
	classes := map[string]bool{}
	n := 0
	for arch := range s.Enumerate() {
		c, err := s.Canonical(arch)
		if err != nil {
			return Finding{}, err
		}
		classes[c] = true
		n++
	}
	f := Finding{Value: fmt.Sprintf("%d, with %d different expressions of the output", n, len(classes)), Source: built}
	f.Verdict = holdsIf(n == 15625 && len(classes) == 6466)
	return f, nil
}

func sizes() (Finding, error) {
	n := spaces.SSS().Size()
	return Finding{n.String(), built, holdsIf(n.Cmp(big.NewInt(32768)) == 0)}, nil
}

func darts() (Finding, error) {
	n, _ := new(big.Float).SetInt(spaces.DARTS().Size()).Float64()
	return Finding{fmt.Sprintf("%.3g", n), built, holdsIf(math.Round(math.Log10(n)) == 18)}, nil
}

func transnas() (Finding, error) {
	micro, macro := spaces.TransNASMicro().Size(), spaces.TransNASMacro().Size()
	f := Finding{Value: fmt.Sprintf("%v and %v", micro, macro), Source: built}
	f.Verdict = holdsIf(micro.Cmp(big.NewInt(4096)) == 0 && macro.Cmp(big.NewInt(3256)) == 0)
	return f, nil
}

// operations takes the choices for each of the six edges from the sizes of the spaces.
func operations() (Finding, error) {
	choices := func(n *big.Int) float64 {
		f, _ := new(big.Float).SetInt(n).Float64()
		return math.Round(math.Pow(f, 1.0/6))
	}
	micro, tss := choices(spaces.TransNASMicro().Size()), choices(spaces.TSS().Size())
	f := Finding{Value: fmt.Sprintf("%g and %g", micro, tss), Source: built, Verdict: Fails}
	switch {
	case micro == 4 && tss == 6:
		f.Verdict = Holds
	case micro == 4 || tss == 6:
		f.Verdict = Partly
	}
	return f, nil
}

func holdsIf(ok bool) Verdict {
	if ok {
		return Holds
	}
	return Fails
}
