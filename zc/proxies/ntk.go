package proxies

import (
	"fmt"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/zcnas/zcnas/zc/engine"
)

func init() {
	const paper = "Chen et al. 2021, “Neural architecture search on ImageNet in four GPU hours: a theoretically inspired perspective” (TE-NAS), "
	one := func(name, title string, lower bool, pick func(s *Session) (float64, error)) {
		MustRegister(Proxy{
			Name: name, Title: title, Family: DataDependent, Needs: Weights, LowerIsBetter: lower,
			Paper:     paper + "section 3.1",
			Tolerance: Tolerance{Relative: 5e-3, Narrow: 1e-5},
			Settings:  []Setting{{Name: "te_nas.repeats", About: "initialisations and minibatches", Default: 3, Min: 1, Max: 100, Whole: true}},
			Run:       pick,
		})
	}
	one("ntk_cond", "Condition number of the neural tangent kernel", true, ntkCondition)
	one("ntk_lambda_max", "Largest eigenvalue of the neural tangent kernel", false, func(s *Session) (float64, error) { return s.ntkEigenvalue(true) })
	one("ntk_lambda_min", "Smallest eigenvalue of the neural tangent kernel", false, func(s *Session) (float64, error) { return s.ntkEigenvalue(false) })
}

// singular is the share of the largest eigenvalue below which the smallest is rounding noise.
const singular = 1e-6

const singularKernel = Undefined("the kernel is singular, and its smallest eigenvalue rounding noise")

// ntkCondition is the mean over repeats of the ratio of the kernel's extreme eigenvalues.
func ntkCondition(s *Session) (float64, error) {
	repeats := int(s.Setting("te_nas.repeats"))
	var sum float64
	for r := range repeats {
		eigen, err := s.ntk(r)
		if err != nil {
			return 0, err
		}
		low, high := eigen[0], eigen[len(eigen)-1]
		if !(low > singular*high) {
			return 0, singularKernel
		}
		sum += high / low
	}
	return sum / float64(repeats), nil
}

// ntkEigenvalue is the largest or the smallest of the first repeat.
func (s *Session) ntkEigenvalue(largest bool) (float64, error) {
	eigen, err := s.ntk(0)
	if err != nil {
		return 0, err
	}
	low, high := eigen[0], eigen[len(eigen)-1]
	if largest {
		return high, nil
	}
	if !(low > singular*high) {
		return 0, singularKernel
	}
	return low, nil
}

// ntk are the ascending eigenvalues of G·Gᵀ of a repeat, whose weights and minibatch are those of a seed 1000·repeat
// higher. Row i of G is the gradient of the sum of sample i's outputs with respect to the weights of layers and the
// scales of batch norms; all samples are one batch, so that it flows through the others too.
func (s *Session) ntk(repeat int) ([]float64, error) {
	return Share(s, fmt.Sprintf("ntk.%d", repeat), func() ([]float64, error) {
		kernel, err := s.ntkKernel(repeat)
		if err != nil {
			return nil, err
		}
		var eigen mat.EigenSym
		if !eigen.Factorize(mat.NewSymDense(s.Batch, kernel), false) {
			return nil, Undefined("the eigenvalues of the neural tangent kernel did not converge")
		}
		return eigen.Values(nil), nil
	})
}

// ntkKernel is G·Gᵀ.
func (s *Session) ntkKernel(repeat int) ([]float64, error) {
	b, err := s.Minibatch(1000 * repeat)
	if err != nil {
		return nil, err
	}
	params := s.Params
	if repeat > 0 {
		if params, err = s.Init(s.Scheme, s.Seed+uint64(1000*repeat)); err != nil {
			return nil, err
		}
	}
	n, err := s.Load(params, b.N, engine.Mode{})
	if err != nil {
		return nil, err
	}
	t, err := n.Forward(engine.Feed{Inputs: b.Inputs})
	if err != nil {
		return nil, err
	}
	weight := make([]bool, len(s.Graph.Params()))
	for i, p := range s.Graph.Params() {
		weight[i] = strings.HasSuffix(p.Name, ".weight")
	}
	sinks := func(param int) []engine.Sink {
		if weight[param] {
			return []engine.Sink{engine.Gram{}}
		}
		return nil
	}
	outputs := s.Graph.Layers[s.Graph.Output].Out.Size()
	passes := make([]engine.Pass, b.N)
	for i := range passes {
		one := make([]float32, b.N*outputs)
		for k := range outputs {
			one[i*outputs+k] = 1
		}
		passes[i] = engine.Pass{Seeds: []engine.Seed{{Cotangent: one}}, Sinks: sinks}
	}
	r, err := t.Finish(passes...)
	if err != nil {
		return nil, err
	}
	var handles []engine.Scalars
	for _, p := range r[len(r)-1].Params {
		handles = append(handles, p.Numbers...)
	}
	numbers, err := t.Fetch(handles...)
	if err != nil {
		return nil, err
	}
	kernel := make([]float64, b.N*b.N)
	for _, v := range numbers {
		for i, x := range v {
			kernel[i] += x
		}
	}
	return kernel, nil
}
