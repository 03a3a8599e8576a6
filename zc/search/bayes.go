package search

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Bayesian optimisation: rounds of 10 evaluations, chosen among candidates by a Gaussian process on the standardised
// ranks of what was evaluated, the mean and half a deviation counting.
const (
	perRound   = 10
	candidates = 100  // random ones, and as many neighbours of the two best where there are any
	processVar = 1.0  // variance of the noise
	optimism   = 0.5  // deviations that are added to the mean
	coldness   = 0.05 // temperature of ProxyBO's influences at the first evaluation
)

// points are architectures as vectors, with the kernel x·x′ + exp(−½|x − x′|²).
type points struct {
	x      [][]float64
	square []float64
}

func newPoints(columns [][]float64) *points {
	p := &points{x: make([][]float64, len(columns[0])), square: make([]float64, len(columns[0]))}
	for i := range p.x {
		p.x[i] = make([]float64, len(columns))
		for j, c := range columns {
			p.x[i][j] = c[i]
			p.square[i] += c[i] * c[i]
		}
	}
	return p
}

func (p *points) kernel(i, j int) float64 {
	dot := 0.0
	b := p.x[j]
	for c, v := range p.x[i] {
		dot += v * b[c]
	}
	return dot + math.Exp(dot-(p.square[i]+p.square[j])/2)
}

// process is a Gaussian process that has seen some rows.
type process struct {
	*points
	rows  []int
	chol  mat.Cholesky
	alpha mat.VecDense
}

// newProcess fits targets at rows; false where the kernel is singular.
func newProcess(p *points, rows []int, targets []float64) (*process, bool) {
	g := &process{points: p, rows: rows}
	gram := mat.NewSymDense(len(rows), nil)
	for a, i := range rows {
		for b := a; b < len(rows); b++ {
			gram.SetSym(a, b, p.kernel(i, rows[b]))
		}
		gram.SetSym(a, a, gram.At(a, a)+processVar)
	}
	if !g.chol.Factorize(gram) {
		return nil, false
	}
	return g, g.chol.SolveVecTo(&g.alpha, mat.NewVecDense(len(rows), targets)) == nil
}

// at predicts candidates: means and deviations.
func (g *process) at(candidates []int) (mean, deviation []float64) {
	n, m := len(g.rows), len(candidates)
	cross := mat.NewDense(n, m, nil)
	for a, i := range g.rows {
		row := cross.RawRowView(a)
		for b, j := range candidates {
			row[b] = g.kernel(i, j)
		}
	}
	var mu mat.VecDense
	mu.MulVec(cross.T(), &g.alpha)
	var half mat.Dense
	_ = half.Solve(g.chol.RawU().T(), cross) // the triangle of a kernel with noise is well conditioned
	mean, deviation = mu.RawVector().Data, make([]float64, m)
	for b, j := range candidates {
		v := g.kernel(j, j)
		for a := range n {
			h := half.At(a, b)
			v -= h * h
		}
		deviation[b] = math.Sqrt(max(0, v))
	}
	return mean, deviation
}

// bayes searches with a surrogate that sees the features. With influence, proxies and the surrogate's expected
// improvement are ranked together, each weighted by how well it orders what was evaluated.
func (s *searcher) bayes(f Features, first []int, influence bool) {
	for _, row := range first {
		s.evaluate(row)
	}
	model := s.models[f]
	for !s.spent() {
		y := rankScores(take(s.task.Accuracy, s.order))
		g, ok := newProcess(model, s.order, slices.Clone(y))
		if !ok {
			return
		}
		rows := s.candidates()
		if len(rows) == 0 {
			return
		}
		mean, deviation := g.at(rows)
		value := make([]float64, len(rows))
		if influence {
			best := slices.Max(y)
			for i := range value {
				value[i] = expectedImprovement(mean[i]-best, deviation[i])
			}
			value = s.influenced(rows, value, y, model)
		} else {
			for i := range value {
				value[i] = mean[i] + optimism*deviation[i]
			}
		}
		order := make([]int, len(rows))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int {
			switch {
			case value[a] > value[b]:
				return -1
			case value[a] < value[b]:
				return 1
			}
			return 0
		})
		for _, i := range order[:min(perRound, len(order))] {
			s.evaluate(rows[i])
		}
	}
}

// candidates are random rows, and neighbours of the two best.
func (s *searcher) candidates() []int {
	rows := s.draw(candidates)
	if s.neighbours == nil {
		return rows
	}
	in := make(map[int]bool, 2*candidates)
	for _, r := range rows {
		in[r] = true
	}
	best, second := s.order[0], s.order[0]
	for _, r := range s.order {
		if s.task.Accuracy[r] > s.task.Accuracy[best] {
			best, second = r, best
		} else if s.task.Accuracy[r] > s.task.Accuracy[second] {
			second = r
		}
	}
	for _, parent := range []int{best, second} {
		for _, n := range s.neighbours[parent] {
			if row := int(n); !s.seen[row] && !in[row] {
				in[row] = true
				rows = append(rows, row)
			}
		}
	}
	return rows
}

func expectedImprovement(gain, deviation float64) float64 {
	if deviation == 0 {
		return max(gain, 0)
	}
	z := gain / deviation
	density := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
	return gain*math.Erfc(-z/math.Sqrt2)/2 + deviation*density
}

// influenced adds the ranks of the surrogate's improvements and of all proxies, weighted by a softmax of the shares
// of pairs that each orders as the accuracies do, the surrogate in cross-validation. It sharpens as evaluations grow.
func (s *searcher) influenced(rows []int, improvement, y []float64, model *points) []float64 {
	columns := [][]float64{improvement}
	shares := []float64{concordant(s.crossValidated(y, model), y)}
	for _, p := range s.ranks {
		columns = append(columns, take(p, rows))
		shares = append(shares, concordant(take(p, s.order), y))
	}
	temperature := coldness / (1 + math.Log(float64(len(s.order))))
	most, total := slices.Max(shares), 0.0
	weights := make([]float64, len(shares))
	for i, v := range shares {
		weights[i] = math.Exp((v - most) / temperature)
		total += weights[i]
	}
	out := make([]float64, len(rows))
	for i, c := range columns {
		for j, r := range rankScores(c) {
			out[j] += weights[i] / total * r
		}
	}
	return out
}

// crossValidated predicts each evaluated row from the other four fifths.
func (s *searcher) crossValidated(y []float64, model *points) []float64 {
	const folds = 5
	out := make([]float64, len(y))
	for fold := range folds {
		var in, held []int
		var targets []float64
		for i, row := range s.order {
			if i%folds == fold {
				held = append(held, i)
				continue
			}
			in = append(in, row)
			targets = append(targets, y[i])
		}
		if g, ok := newProcess(model, in, targets); ok {
			mean, _ := g.at(pick(s.order, held))
			for j, i := range held {
				out[i] = mean[j]
			}
		}
	}
	return out
}

// pick returns the rows at the positions.
func pick(rows, at []int) []int {
	out := make([]int, len(at))
	for i, j := range at {
		out[i] = rows[j]
	}
	return out
}

// concordant is the share of pairs that x orders as y does; ties count half.
func concordant(x, y []float64) float64 {
	sum, n := 0.0, 0
	for i := range x {
		for j := range i {
			if y[i] == y[j] {
				continue
			}
			n++
			switch d := (x[i] - x[j]) * (y[i] - y[j]); {
			case d > 0:
				sum++
			case d == 0:
				sum += 0.5
			}
		}
	}
	if n == 0 {
		return 0.5
	}
	return sum / float64(n)
}
