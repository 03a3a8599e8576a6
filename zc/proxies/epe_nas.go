package proxies

import (
	"math"
	"slices"
)

func init() {
	MustRegister(Proxy{
		Name: "epe_nas", Title: "Correlation of the input Jacobians within classes", Family: DataDependent, Needs: Jacobian,
		Paper:     "Lopes et al. 2021, “EPE-NAS: efficient performance estimation without training for NAS”, as NASLib computes it",
		Tolerance: Tolerance{Relative: 1.5e-2, Narrow: 1e-4},
		Run:       epeNAS,
	})
}

// epeNAS gives each class in the batch s = Σ log(|c| + 1e-5) over its samples' correlation matrix. Up to 100
// outputs the score is Σ|s|. Above, s is divided by the class's number of samples, classes with one sample are
// left out, and the score is Σ|s_a − s_b| over ordered pairs, divided by the number of classes. Some class must have
// two samples.
func epeNAS(s *Session) (float64, error) {
	if s.Labels == nil {
		return 0, Undefined("the task has no class labels")
	}
	if s.JacobianConstant {
		return 0, constantJacobian
	}
	const k = 1e-5
	byClass := map[int][][]float64{}
	var classes []int
	for i, c := range s.Labels {
		if byClass[c] == nil {
			classes = append(classes, c)
		}
		var row []float64
		if s.Jacobian != nil {
			row = s.Jacobian[i]
		} else {
			row = []float64{0}
		}
		byClass[c] = append(byClass[c], row)
	}
	slices.Sort(classes)
	if len(classes) == len(s.Labels) {
		return 0, Undefined("no class has two samples to correlate; any network would have this value")
	}
	var scores []float64
	for _, c := range classes {
		rows := byClass[c]
		if s.Outputs > 100 && len(rows) < 2 {
			continue
		}
		corr := correlationMatrix(rows)
		if corr == nil {
			return 0, Undefined("a sample's outputs do not depend on its input")
		}
		var sum float64
		for i := range rows {
			for j := range rows {
				sum += math.Log(math.Abs(corr.At(i, j)) + k)
			}
		}
		if s.Outputs > 100 {
			sum /= float64(len(rows))
		}
		scores = append(scores, sum)
	}
	var out float64
	if s.Outputs <= 100 {
		for _, v := range scores {
			out += math.Abs(v)
		}
		return out, nil
	}
	for _, a := range scores {
		for _, b := range scores {
			out += math.Abs(a - b)
		}
	}
	return out / float64(max(1, len(scores))), nil
}
