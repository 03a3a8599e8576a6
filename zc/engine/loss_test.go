package engine

import (
	"math"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/spaces"
)

// Gradients and their tangents are checked by differences.
func TestLossEval(t *testing.T) {
	const n = 2
	tests := []struct {
		kind  LossKind
		shape spaces.Shape
		more  Loss
	}{
		{CrossEntropy, spaces.Shape{C: 3, H: 1, W: 1}, Loss{}}, {CrossEntropy, spaces.Shape{C: 3, H: 2, W: 2}, Loss{}},
		{SoftCrossEntropy, spaces.Shape{C: 4, H: 1, W: 1}, Loss{}}, {MSE, spaces.Shape{C: 2, H: 2, W: 1}, Loss{}},
		{L1, spaces.Shape{C: 2, H: 2, W: 1}, Loss{}}, {RelativeL2, spaces.Shape{C: 2, H: 2, W: 1}, Loss{}}, {SumOutputs, spaces.Shape{C: 3, H: 1, W: 1}, Loss{}},
		{CrossEntropy, spaces.Shape{C: 3, H: 2, W: 2}, Loss{Smoothing: 0.1}},
		{CrossEntropy, spaces.Shape{C: 4, H: 1, W: 1}, Loss{Smoothing: 0.2, Mix: 0.3, Partner: []int{3, 0}, Scale: 7}},
	}
	for _, tt := range tests {
		size := tt.shape.Size()
		l := &Loss{Kind: tt.kind, Smoothing: tt.more.Smoothing, Mix: tt.more.Mix, Partner: tt.more.Partner, Scale: tt.more.Scale}
		o, dir := make([]float64, n*size), make([]float64, n*size)
		for i := range o {
			o[i] = math.Sin(float64(3*i+1)) * 1.5
			dir[i] = math.Cos(float64(5*i + 2))
			l.Targets = append(l.Targets, float32(0.1+0.2*float64(i%4)))
		}
		for i := range n * tt.shape.H * tt.shape.W {
			l.Labels = append(l.Labels, (i*2+1)%tt.shape.C)
		}
		if err := l.Check(n, tt.shape); err != nil {
			t.Fatal(err)
		}
		_, g, h := l.Eval(o, dir, n, tt.shape)
		const eps = 1e-5
		along := func(s float64) (float64, []float64) {
			x := make([]float64, len(o))
			for i := range x {
				x[i] = o[i] + s*dir[i]
			}
			loss, g, _ := l.Eval(x, nil, n, tt.shape)
			return loss, g
		}
		up, gUp := along(eps)
		down, gDown := along(-eps)
		var slope float64
		for i := range g {
			slope += g[i] * dir[i]
			if want := (gUp[i] - gDown[i]) / (2 * eps); math.Abs(h[i]-want) > 1e-6 {
				t.Errorf("%s %v: tangent of the gradient at %d is %v, differences give %v", tt.kind, tt.shape, i, h[i], want)
			}
		}
		if want := (up - down) / (2 * eps); math.Abs(slope-want) > 1e-7 {
			t.Errorf("%s %v: slope %v, differences give %v", tt.kind, tt.shape, slope, want)
		}
	}
}

func TestLossCheck(t *testing.T) {
	out := spaces.Shape{C: 3, H: 1, W: 1}
	tests := []struct {
		loss Loss
		n    int
		out  spaces.Shape
		want string
	}{
		{Loss{Kind: CrossEntropy, Labels: []int{0}}, 2, out, "needs 2 labels"},
		{Loss{Kind: CrossEntropy, Labels: []int{0, 3}}, 2, out, "label 3 of sample 1"},
		{Loss{Kind: MSE, Targets: make([]float32, 2)}, 1, out, "needs 3 target values"},
		{Loss{Kind: SoftCrossEntropy, Targets: make([]float32, 6)}, 1, spaces.Shape{C: 3, H: 2, W: 1}, "without positions"},
		{Loss{Kind: "hinge"}, 1, out, `unknown loss "hinge"`},
		{Loss{Kind: CrossEntropy, Labels: []int{0}, Smoothing: 2}, 1, out, "label smoothing 2"},
		{Loss{Kind: CrossEntropy, Labels: []int{0}, Partner: []int{4}, Mix: 0.5}, 1, out, "label 4 of sample 0"},
		{Loss{Kind: CrossEntropy, Labels: []int{0}, Partner: []int{1}, Mix: 2}, 1, out, "share 2 of mixed labels"},
		{Loss{Kind: SumOutputs, Smoothing: 0.1}, 1, out, "are for cross_entropy"},
	}
	for _, tt := range tests {
		if err := tt.loss.Check(tt.n, tt.out); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.loss.Kind, err, tt.want)
		}
	}
}
