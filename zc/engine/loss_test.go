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
	}{
		{CrossEntropy, spaces.Shape{C: 3, H: 1, W: 1}}, {CrossEntropy, spaces.Shape{C: 3, H: 2, W: 2}},
		{SoftCrossEntropy, spaces.Shape{C: 4, H: 1, W: 1}}, {MSE, spaces.Shape{C: 2, H: 2, W: 1}},
		{L1, spaces.Shape{C: 2, H: 2, W: 1}}, {RelativeL2, spaces.Shape{C: 2, H: 2, W: 1}}, {SumOutputs, spaces.Shape{C: 3, H: 1, W: 1}},
	}
	for _, tt := range tests {
		size := tt.shape.Size()
		b := &Batch{N: n}
		o, dir := make([]float64, n*size), make([]float64, n*size)
		for i := range o {
			o[i] = math.Sin(float64(3*i+1)) * 1.5
			dir[i] = math.Cos(float64(5*i + 2))
			b.Targets = append(b.Targets, float32(0.1+0.2*float64(i%4)))
		}
		for i := range n * tt.shape.H * tt.shape.W {
			b.Labels = append(b.Labels, (i*2+1)%tt.shape.C)
		}
		l := Loss{tt.kind, b}
		if err := l.check(b, tt.shape); err != nil {
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
		kind LossKind
		b    Batch
		out  spaces.Shape
		want string
	}{
		{CrossEntropy, Batch{N: 2, Labels: []int{0}}, out, "needs 2 labels"},
		{CrossEntropy, Batch{N: 2, Labels: []int{0, 3}}, out, "label 3 of sample 1"},
		{MSE, Batch{N: 1, Targets: make([]float32, 2)}, out, "needs 3 target values"},
		{SoftCrossEntropy, Batch{N: 1, Targets: make([]float32, 6)}, spaces.Shape{C: 3, H: 2, W: 1}, "without positions"},
		{"hinge", Batch{N: 1}, out, `unknown loss "hinge"`},
	}
	for _, tt := range tests {
		if err := (Loss{Kind: tt.kind}).check(&tt.b, tt.out); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.kind, err, tt.want)
		}
	}
}
