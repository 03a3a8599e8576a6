package train

import (
	"fmt"
	"math"

	"github.com/zcnas/zcnas/datasets/stream"
	"github.com/zcnas/zcnas/internal/shuffle"
)

// mixing is a minibatch's mixup: every image is share of itself and 1−share of its partner.
type mixing struct {
	share    float64
	partners []int
}

// drawMixing draws from Beta(α, α) by Jöhnk's method, stream "epoch.{e}.step.{s}.mixup": pairs of uniform draws until
// 0 < x+y ≤ 1 with x = u1^(1/α) and y = u2^(1/α); the share is x/(x+y). Partners are a permutation of the minibatch
// from stream "….mixup.order".
func drawMixing(seed uint64, epoch, step, n int, alpha float64) *mixing {
	name := fmt.Sprintf("epoch.%d.step.%d.mixup", epoch, step)
	s := stream.New(name, seed)
	m := &mixing{partners: shuffle.Order(n, stream.New(name+".order", seed).Label)}
	for {
		x, y := math.Pow(s.Uniform(), 1/alpha), math.Pow(s.Uniform(), 1/alpha)
		if sum := x + y; sum > 0 && sum <= 1 {
			m.share = x / sum
			return m
		}
	}
}

// inputs mixes images of size values each.
func (m *mixing) inputs(x []float32, size int) []float32 {
	out := make([]float32, len(x))
	a, b := float32(m.share), float32(1-m.share)
	for i, j := range m.partners {
		own, other, to := x[i*size:(i+1)*size], x[j*size:(j+1)*size], out[i*size:(i+1)*size]
		for k := range to {
			to[k] = a*own[k] + b*other[k]
		}
	}
	return out
}

// labels are those of the partners.
func (m *mixing) labels(y []int) []int {
	out := make([]int, len(y))
	for i, j := range m.partners {
		out[i] = y[j]
	}
	return out
}

// targets mixes soft or dense targets.
func (m *mixing) targets(y []float32) []float32 { return m.inputs(y, len(y)/len(m.partners)) }

// dropPaths are the factors of the gates of a step, of n samples each: 0, or 1/(1−p) with probability 1−p, from stream
// "epoch.{e}.step.{s}.drop_path".
func dropPaths(seed uint64, epoch, step, gates, n int, p float64) [][]float32 {
	s := stream.New(fmt.Sprintf("epoch.%d.step.%d.drop_path", epoch, step), seed)
	keep := float32(1 / (1 - p))
	factors := make([][]float32, gates)
	for g := range factors {
		factors[g] = make([]float32, n)
		for i := range n {
			if s.Uniform() < 1-p {
				factors[g][i] = keep
			}
		}
	}
	return factors
}
