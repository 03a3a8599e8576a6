package report

import (
	"fmt"
	"slices"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/zc/search"
)

// PredictionCurves draws how predictors improve with the architectures that they learn from, by Kendall's τ with 95%
// intervals: the points of [search.Curves].
func PredictionCurves(points []search.CurvePoint, opts ...plotting.Option) (*plotting.Figure, error) {
	var curves []plotting.Curve
	for _, p := range points {
		name := p.Predictor + ", " + string(p.Features)
		i := slices.IndexFunc(curves, func(c plotting.Curve) bool { return c.Name == name })
		if i < 0 {
			i = len(curves)
			curves = append(curves, plotting.Curve{Name: name})
		}
		c := &curves[i]
		c.X, c.Y = append(c.X, float64(p.K)), append(c.Y, p.Mean)
		c.Low, c.High = append(c.Low, p.Low), append(c.High, p.High)
	}
	return plotting.Curves(curves, append([]plotting.Option{plotting.WithLogX(), plotting.WithXLabel("trained architectures"),
		plotting.WithYLabel("Kendall’s τ on the others")}, opts...)...)
}

// SearchCurves draws the best accuracy that searches have found over their evaluations, from the given one on, as
// means over seeds with 95% intervals: the traces of [search.Replay].
func SearchCurves(traces []search.Trace, from int, opts ...plotting.Option) (*plotting.Figure, error) {
	if from < 1 {
		return nil, fmt.Errorf("report: curves from evaluation %d; the first is 1", from)
	}
	var curves []plotting.Curve
	for _, t := range traces {
		c := plotting.Curve{Name: t.Method}
		for n := from; n <= len(t.Best[0]); n++ {
			mean, low, high := t.At(n)
			c.X, c.Y = append(c.X, float64(n)), append(c.Y, mean)
			c.Low, c.High = append(c.Low, low), append(c.High, high)
		}
		curves = append(curves, c)
	}
	return plotting.Curves(curves, append([]plotting.Option{plotting.WithLogX(), plotting.WithXLabel("architectures evaluated"),
		plotting.WithYLabel("best accuracy so far")}, opts...)...)
}

// SearchTable has the best accuracy that searches have found after numbers of evaluations, with 95% intervals.
func SearchTable(traces []search.Trace, at ...int) (*plotting.Table, error) {
	head := []string{"Search", "Proxy"}
	for _, n := range at {
		head = append(head, fmt.Sprintf("after %d", n))
	}
	var rows [][]string
	for _, t := range traces {
		row := []string{t.Method, t.Proxy}
		for _, n := range at {
			mean, low, high := t.At(n)
			row = append(row, fmt.Sprintf("%.2f (%.2f…%.2f)", mean, low, high))
		}
		rows = append(rows, row)
	}
	return plotting.TextTable(head, rows)
}

// ContrastTable has the comparisons of [search.Study] with one baseline: mean correlations, differences and their 95%
// intervals over tasks, spaces and architectures.
func ContrastTable(contrasts []search.Contrast, against string, opts ...plotting.TableOption) (*plotting.Table, error) {
	span := func(x *[2]float64) string {
		if x == nil {
			return "–"
		}
		return fmt.Sprintf("%+.3f … %+.3f", x[0], x[1])
	}
	var rows [][]string
	for _, c := range contrasts {
		if c.Against == against {
			rows = append(rows, []string{c.What, fmt.Sprintf("%d of %d", c.Wins, c.Tasks), fmt.Sprintf("%.3f", c.Mean), fmt.Sprintf("%+.3f", c.Difference),
				span(c.OverTasks), span(c.OverSpaces), span(c.OverArchs)})
		}
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("report: nothing is compared with %q", against)
	}
	return plotting.TextTable([]string{"What", "Better on", "Mean ρ", "Difference from " + against, "over tasks", "over spaces", "over architectures"}, rows, opts...)
}

// ChoiceTable says what was chosen with a task or a space left out, and how it did there.
func ChoiceTable(choices []search.Choice, opts ...plotting.TableOption) (*plotting.Table, error) {
	var rows [][]string
	for _, c := range choices {
		rows = append(rows, []string{c.LeftOut, c.Chosen, fmt.Sprint(c.Tasks), fmt.Sprintf("%.3f", c.Mean), fmt.Sprintf("%.3f", c.Flops)})
	}
	return plotting.TextTable([]string{"Left out", "Chosen on the others", "Tasks", "Mean ρ", "flops"}, rows, opts...)
}

// BiasTable has, for every proxy, its correlation with accuracy and with sizes of the networks, and what is left of the
// former where the sizes are held equal: the biases of [search.Biases].
func BiasTable(biases []search.Bias, sizes []string, opts ...plotting.TableOption) (*plotting.Table, error) {
	head := []string{"Proxy", "accuracy"}
	head = append(head, sizes...)
	head = append(head, "accuracy, sizes equal")
	var rows [][]string
	for _, b := range biases {
		row := []string{b.Proxy, fmt.Sprintf("%.2f", b.Accuracy)}
		for _, s := range sizes {
			row = append(row, fmt.Sprintf("%.2f", b.With[s]))
		}
		rows = append(rows, append(row, fmt.Sprintf("%.2f", b.Without)))
	}
	return plotting.TextTable(head, rows, opts...)
}
