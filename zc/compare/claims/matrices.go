package claims

import (
	"fmt"
	"math"

	"github.com/zcnas/zcnas/zc/compare"
)

// high is where a correlation is called high here; the post gives no bound.
const high = 0.7

// between collects a pair's coefficients over the published matrices.
func between(pairs [][2]string) (low, mean float64, above, n int, where string, err error) {
	matrices, err := compare.PublishedMatrices()
	if err != nil {
		return 0, 0, 0, 0, "", err
	}
	low = math.Inf(1)
	for _, m := range matrices {
		for _, p := range pairs {
			v := m.At(p[0], p[1])
			mean += v
			n++
			if v >= high {
				above++
			}
			if v < low {
				low, where = v, fmt.Sprintf("%s and %s on %s, %s", p[0], p[1], m.Space, m.Task)
			}
		}
	}
	return low, mean / float64(n), above, n, where, nil
}

// agreement reports pairs that should be high everywhere, or, with often, in most cases.
func agreement(often bool, pairs ...[2]string) (Finding, error) {
	low, mean, above, n, where, err := between(pairs)
	if err != nil {
		return Finding{}, err
	}
	f := Finding{Source: figures, Verdict: Fails,
		Value: fmt.Sprintf("mean ρ %.2f, at least %.1f in %d of %d; lowest %.2f (%s)", mean, high, above, n, low, where)}
	switch {
	case above == n || often && 2*above > n:
		f.Verdict = Holds
	case mean >= high || 4*above > n:
		f.Verdict = Partly
	}
	return f, nil
}

func flopsParams() (Finding, error) { return agreement(false, [2]string{"flops", "params"}) }

func synflowSize() (Finding, error) {
	return agreement(true, [2]string{"synflow", "flops"}, [2]string{"synflow", "params"})
}

func gradients() (Finding, error) {
	return agreement(false, [2]string{"grad_norm", "snip"}, [2]string{"grad_norm", "fisher"}, [2]string{"snip", "fisher"})
}
