package report

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/zc/search"
)

// space is a whole space of two choices among five values.
func space(t *testing.T) *search.Task {
	task := &search.Task{Space: "toy", Name: "sum", Proxies: []string{"flops", "params", "nwot"}, Scores: make([][]float64, 3)}
	for i := range 25 {
		a, b := i/5, i%5
		task.Archs = append(task.Archs, "("+string(rune('0'+a))+", "+string(rune('0'+b))+")")
		task.Accuracy = append(task.Accuracy, float64(2*a+b)+0.1*float64(i%3))
		for j, v := range []int{a*10 + b, a + b*10, a + b} {
			task.Scores[j] = append(task.Scores[j], float64(v)+0.01*float64(i%7))
		}
	}
	var err error
	if task.Encoding, err = search.Encode(task.Archs); err != nil {
		t.Fatal(err)
	}
	return task
}

func TestSearchReports(t *testing.T) {
	ctx, task := context.Background(), space(t)
	e, err := search.Study(ctx, []*search.Task{task}, search.EvidenceOptions{Ks: []int{5, 10}, Draws: 2, Resamples: 20})
	if err != nil {
		t.Fatal(err)
	}
	points, err := search.Curves(ctx, task, search.CurveOptions{Ks: []int{5, 10}, Draws: 2})
	if err != nil {
		t.Fatal(err)
	}
	traces, err := search.Replay(ctx, task, search.ReplayOptions{Budget: 20, Seeds: 3})
	if err != nil {
		t.Fatal(err)
	}
	biases, err := search.Biases(task, "params")
	if err != nil {
		t.Fatal(err)
	}
	for name, figure := range map[string]func() (*plotting.Figure, error){
		"predictors": func() (*plotting.Figure, error) { return PredictionCurves(points) },
		"fitted":     func() (*plotting.Figure, error) { return FittedCurves(e, "flops") },
		"searches":   func() (*plotting.Figure, error) { return SearchCurves(traces, 5) },
	} {
		t.Run(name, func(t *testing.T) {
			f, err := figure()
			if err != nil {
				t.Fatal(err)
			}
			w, err := plotting.WriterTo(f, "svg")
			if err != nil {
				t.Fatal(err)
			}
			if n, err := w.WriteTo(io.Discard); err != nil || n < 1000 {
				t.Errorf("%d bytes of SVG, %v", n, err)
			}
		})
	}
	for want, table := range map[string]func() (*plotting.Table, error){
		"fitted to 10":         func() (*plotting.Table, error) { return EvidenceTable(e) },
		"Difference from nwot": func() (*plotting.Table, error) { return ContrastTable(e.Rules, "nwot") },
		"after 20":             func() (*plotting.Table, error) { return SearchTable(traces, 10, 20) },
		"sizes equal":          func() (*plotting.Table, error) { return BiasTable(biases, []string{"params"}) },
		"best 20%":             func() (*plotting.Table, error) { return PrecisionTable(task, []float64{0.2}) },
	} {
		t.Run(want, func(t *testing.T) {
			table, err := table()
			if err != nil {
				t.Fatal(err)
			}
			if md := table.Markdown(); !strings.Contains(md, want) {
				t.Errorf("no %q in\n%s", want, md)
			}
		})
	}
	if _, err := ContrastTable(e.Rules, "zen"); err == nil {
		t.Error("a comparison with what nothing is compared with")
	}
	if _, err := SearchCurves(traces, 0); err == nil {
		t.Error("curves from evaluation 0")
	}
}
