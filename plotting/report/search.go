package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/zc/search"
)

// PredictionCurves draws how predictors improve with the architectures that they learn from, by Kendall's τ with 95%
// intervals: the points of [search.Curves].
func PredictionCurves(points []search.CurvePoint, opts ...plotting.Option) (*plotting.Figure, error) {
	var curves []plotting.Curve
	oneKind := !slices.ContainsFunc(points, func(p search.CurvePoint) bool { return p.Features != points[0].Features })
	for _, p := range points {
		name := p.Predictor + ", " + string(p.Features)
		if oneKind {
			name = p.Predictor
		}
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

// EvidenceTable has Spearman's ρ of single proxies and of the default combination, task by task, and of the
// combination that was fitted to the largest number of trained architectures.
func EvidenceTable(e *search.Evidence, opts ...plotting.TableOption) (*plotting.Table, error) {
	rule := search.Rules()[0].Name
	head := []string{"Task", "Architectures", "flops", "params", "nwot", rule}
	for _, p := range e.Tasks[0].Fitted {
		head = append(head, fmt.Sprintf("fitted to %d", p.K))
	}
	var rows [][]string
	for _, t := range e.Tasks {
		row := []string{t.Space + ", " + t.Task, fmt.Sprint(t.Architectures)}
		for _, p := range []string{"flops", "params", "nwot"} {
			row = append(row, fmt.Sprintf("%.2f", t.Proxies[p]))
		}
		row = append(row, fmt.Sprintf("%.2f", t.Rules[rule]))
		for i := range e.Tasks[0].Fitted {
			text := "–"
			if i < len(t.Fitted) {
				text = fmt.Sprintf("%.2f", t.Fitted[i].Mean)
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return plotting.TextTable(head, rows, opts...)
}

// FittedCurves draws what the fitted combinations gain over a baseline, by the number of trained architectures: mean
// differences of Spearman's ρ with 95% intervals over spaces (over tasks where there is one space).
func FittedCurves(e *search.Evidence, against string, opts ...plotting.Option) (*plotting.Figure, error) {
	var curves []plotting.Curve
	for _, c := range e.Fitted {
		if c.Against != against {
			continue
		}
		var k int
		name, number, _ := strings.Cut(c.What, ", k = ")
		if _, err := fmt.Sscan(number, &k); err != nil {
			return nil, fmt.Errorf("report: %q names no number of architectures", c.What)
		}
		i := slices.IndexFunc(curves, func(x plotting.Curve) bool { return x.Name == name })
		if i < 0 {
			i = len(curves)
			curves = append(curves, plotting.Curve{Name: name})
		}
		span := c.OverSpaces
		if span == nil {
			span = c.OverTasks
		}
		if span == nil { // one task has no interval
			span = &[2]float64{c.Difference, c.Difference}
		}
		x := &curves[i]
		x.X, x.Y = append(x.X, float64(k)), append(x.Y, c.Difference)
		x.Low, x.High = append(x.Low, span[0]), append(x.High, span[1])
	}
	return plotting.Curves(curves, append([]plotting.Option{plotting.WithLogX(), plotting.WithXLabel("trained architectures"),
		plotting.WithYLabel("mean ρ less that of " + against)}, opts...)...)
}

// PrecisionTable says, for every proxy of a task and the default combination, which part of the best architectures by
// score is among the best by accuracy, for shares of all architectures.
func PrecisionTable(t *search.Task, shares []float64, opts ...plotting.TableOption) (*plotting.Table, error) {
	head := []string{"Proxy"}
	for _, s := range shares {
		head = append(head, fmt.Sprintf("best %g%%", 100*s))
	}
	var rows [][]string
	for _, p := range append(slices.Clone(t.Proxies), search.Rules()[0].Name) {
		x, err := t.Ranking(p)
		if err != nil {
			continue // a task without the rule's proxies
		}
		row := []string{p}
		for _, s := range shares {
			v, err := search.TopPrecision(x, t.Accuracy, s)
			if err != nil {
				return nil, err
			}
			row = append(row, fmt.Sprintf("%.0f%%", 100*v))
		}
		rows = append(rows, row)
	}
	return plotting.TextTable(head, rows, opts...)
}
