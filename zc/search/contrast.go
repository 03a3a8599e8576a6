package search

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// contrasts compares two names on the tasks that have both; nothing where none has.
func contrasts(studies []*taskStudy, what, against string, o EvidenceOptions) []Contrast {
	c := Contrast{What: what, Against: against}
	var both []*taskStudy
	var differences []float64
	columns := true
	for _, s := range studies {
		a, ok := s.rho[what]
		b, ok2 := s.rho[against]
		if !ok || !ok2 {
			continue
		}
		both = append(both, s)
		differences = append(differences, a-b)
		c.Mean += a
		c.Difference += a - b
		if a > b {
			c.Wins++
		}
		columns = columns && s.columns[what] != nil && s.columns[against] != nil
	}
	if c.Tasks = len(both); c.Tasks == 0 {
		return nil
	}
	c.Mean /= float64(c.Tasks)
	c.Difference /= float64(c.Tasks)
	rng := rand.New(rand.NewPCG(o.Seed, 1))
	if len(both) > 1 {
		c.OverTasks = interval(o.Resamples, func() float64 {
			sum := 0.0
			for range differences {
				sum += differences[rng.IntN(len(differences))]
			}
			return sum / float64(len(differences))
		})
	}
	bySpace := map[string][]float64{}
	for i, s := range both {
		bySpace[s.task.Space] = append(bySpace[s.task.Space], differences[i])
	}
	if names := spacesOf(both); len(names) > 1 {
		c.OverSpaces = interval(o.Resamples, func() float64 {
			sum, n := 0.0, 0
			for range names {
				drawn := bySpace[names[rng.IntN(len(names))]]
				for _, d := range drawn {
					sum += d
				}
				n += len(drawn)
			}
			return sum / float64(n)
		})
	}
	if columns {
		c.OverArchs = overArchs(both, what, against, o)
	}
	return []Contrast{c}
}

// overArchs draws each task's architectures anew.
func overArchs(studies []*taskStudy, what, against string, o EvidenceOptions) *[2]float64 {
	draws := max(o.Resamples/10, 1)
	sums := make([]float64, draws)
	_ = parallel(context.Background(), len(studies), nil, func(i int) error { // the context does not end
		studies[i].resample(what, uint64(i), draws, o)
		studies[i].resample(against, uint64(i), draws, o)
		return nil
	})
	for _, s := range studies {
		for d := range draws {
			sums[d] += (s.resampled[what][d] - s.resampled[against][d]) / float64(len(studies))
		}
	}
	i := -1
	return interval(draws, func() float64 { i++; return sums[i] })
}

// resample computes the correlations of a column on draws of the architectures, the same for all columns.
func (s *taskStudy) resample(name string, stream uint64, draws int, o EvidenceOptions) {
	if s.resampled[name] != nil {
		return
	}
	rng := rand.New(rand.NewPCG(o.Seed, stream+2))
	rows := make([]int, len(s.task.Archs))
	out := make([]float64, draws)
	for d := range out {
		for r := range rows {
			rows[r] = rng.IntN(len(rows))
		}
		out[d] = spearman(take(s.columns[name], rows), take(s.task.Accuracy, rows))
	}
	s.resampled[name] = out
}

// interval is the 95% percentile interval of n draws.
func interval(n int, draw func() float64) *[2]float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = draw()
	}
	slices.Sort(x)
	at := func(p float64) float64 { return x[min(n-1, int(p*float64(n)))] }
	return &[2]float64{at(0.025), at(0.975)}
}

func meanDeviation(x []float64) (mean, deviation float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		deviation += (v - mean) * (v - mean)
	}
	if len(x) > 1 {
		deviation = math.Sqrt(deviation / float64(len(x)-1))
	}
	return mean, deviation
}
