package main

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
)

type correlateCmd struct {
	Scores    string   `arg:"" help:"Score file: .csv, .json, .jsonl or .sqlite."`
	Truth     string   `required:"" placeholder:"FILE|BENCH[:TASK]" help:"Accuracies: a JSON file of NAS-Bench-Suite-Zero, a CSV file with a column arch, or nasbench201, nasbench301, transbench101_micro, transbench101_macro."`
	Task      string   `help:"Task of the accuracies, where there are several: cifar10, cifar100, …; for a CSV file the column."`
	Proxies   []string `placeholder:"A,B" help:"Only these proxies."`
	Suite     bool     `help:"Also the scores that came with the accuracies, on the same architectures."`
	Level     float64  `default:"0.95" help:"Level of the confidence interval."`
	Resamples int      `default:"1000" help:"Bootstrap resamples behind it."`
	Format    string   `default:"table" enum:"table,csv,json,markdown,latex" help:"table, csv, json, markdown or latex."`
}

func (c *correlateCmd) Run(a *app) error {
	scores, err := readScores(c.Scores)
	if err != nil {
		return err
	}
	if len(c.Proxies) > 0 {
		have := scores.Proxies()
		for _, p := range c.Proxies {
			if !slices.Contains(have, p) {
				return fmt.Errorf("%s has no scores of %q; it has %s", c.Scores, p, strings.Join(have, ", "))
			}
		}
		scores = scores.Select(func(e zc.Entry) bool { return slices.Contains(c.Proxies, e.Proxy) })
	}
	var all []correlated
	for _, run := range scores.Runs() {
		one, err := c.correlate(a, scores.Run(run))
		if err != nil {
			return err
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return fmt.Errorf("%s holds no scores", c.Scores)
	}
	return c.print(a, all)
}

// correlated is one run's correlations with what stands beside them.
type correlated struct {
	*zc.Correlations
	task  string
	suite map[string]zc.Correlation // by proxy; nil without -suite
}

func (c *correlateCmd) correlate(a *app, scores *zc.Table) (out correlated, err error) {
	run := scores.Runs()[0]
	// A sweep with options of its own writes them behind the space's name.
	name, _, _ := strings.Cut(run.Space, " ")
	space, err := spaces.Get(name)
	if err != nil {
		return out, fmt.Errorf("%s: %w", c.Scores, err)
	}
	data, _, _ := strings.Cut(run.Data, " ")
	truth, err := c.readTruth(a, space, data)
	if err != nil {
		return out, err
	}
	out.task = truth.task
	out.Correlations, err = zc.Correlate(scores, truth.values, zc.WithLevel(c.Level), zc.WithResamples(c.Resamples))
	if err != nil || !c.Suite {
		return out, err
	}
	if truth.scores == nil {
		return out, fmt.Errorf("-suite: no scores came with %s", c.Truth)
	}
	out.suite = map[string]zc.Correlation{}
	for _, row := range out.Rows {
		var x, y []float64
		for _, arch := range scores.Archs() {
			if v, ok := truth.values[arch]; ok {
				s, ok := truth.scores[row.Proxy][arch]
				if !ok {
					s = math.NaN()
				}
				x, y = append(x, s), append(y, v)
			}
		}
		if out.suite[row.Proxy], err = zc.Spearman(x, y); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (c *correlateCmd) print(a *app, all []correlated) error {
	switch c.Format {
	case "json":
		return c.printJSON(a, all)
	case "csv":
		g := &grid{head: []string{"space", "data", "batch", "seed", "task", "proxy", "spearman", "low", "high", "kendall", "pearson", "n", "dropped"}}
		if c.Suite {
			g.head = append(g.head, "suite", "suite_n")
		}
		exact := func(v float64) string {
			if math.IsNaN(v) {
				return ""
			}
			return fmt.Sprintf("%v", v)
		}
		for _, one := range all {
			for _, r := range one.Rows {
				row := []string{one.Run.Space, one.Run.Data, fmt.Sprint(one.Run.Batch), fmt.Sprint(one.Run.Seed), one.task, r.Proxy,
					exact(r.Spearman.Rho), exact(r.Interval.Low), exact(r.Interval.High), exact(r.Kendall.Rho), exact(r.Pearson.Rho),
					fmt.Sprint(r.Spearman.N), fmt.Sprint(r.Spearman.Dropped)}
				if c.Suite {
					s := one.suite[r.Proxy]
					row = append(row, exact(s.Rho), fmt.Sprint(s.N))
				}
				g.add(row...)
			}
		}
		return g.write(a.stdout, "csv")
	}
	for i, one := range all {
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		var err error
		if c.Format == "table" {
			err = c.printTable(a, one)
		} else {
			err = c.printPaper(a, one)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (one *correlated) title() string {
	return fmt.Sprintf("%s, scores on %s, batch %d, seed %d; accuracy on %s, %d architectures", one.Run.Space, one.Run.Data,
		one.Run.Batch, one.Run.Seed, one.task, one.Joined)
}

func (c *correlateCmd) printTable(a *app, one correlated) error {
	fmt.Fprintln(a.stdout, one.title())
	if one.NoTruth > 0 {
		fmt.Fprintf(a.stdout, "left out: %d scored architectures without an accuracy\n", one.NoTruth)
	}
	interval := fmt.Sprintf("%g%% interval", 100*c.Level)
	g := &grid{head: []string{"proxy", "Spearman", interval, "Kendall", "Pearson", "n", "dropped"}}
	if c.Suite {
		g.head = append(g.head, "suite", "suite n")
	}
	for _, r := range one.Rows {
		between := none
		if !math.IsNaN(r.Interval.Low) {
			between = fmt.Sprintf("%6.3f … %6.3f", r.Interval.Low, r.Interval.High)
		}
		row := []string{r.Proxy, number("%.3f", r.Spearman.Rho), between, number("%.3f", r.Kendall.Rho), number("%.3f", r.Pearson.Rho),
			fmt.Sprint(r.Spearman.N), fmt.Sprint(r.Spearman.Dropped)}
		if c.Suite {
			s := one.suite[r.Proxy]
			row = append(row, number("%.3f", s.Rho), fmt.Sprint(s.N))
		}
		g.add(row...)
	}
	return g.write(a.stdout, "table")
}

// printPaper prints a table for a paper: the best in bold, intervals beside Spearman's coefficients.
func (c *correlateCmd) printPaper(a *app, one correlated) error {
	columns := []string{"Spearman", "Kendall", "Pearson"}
	if c.Suite {
		columns = append(columns, "Spearman, suite's scores")
	}
	var proxies []string
	var values, low, high [][]float64
	nan := math.NaN()
	for _, r := range one.Rows {
		proxies = append(proxies, r.Proxy)
		row := []float64{r.Spearman.Rho, r.Kendall.Rho, r.Pearson.Rho}
		lo, hi := []float64{r.Interval.Low, nan, nan}, []float64{r.Interval.High, nan, nan}
		if c.Suite {
			row, lo, hi = append(row, one.suite[r.Proxy].Rho), append(lo, nan), append(hi, nan)
		}
		values, low, high = append(values, row), append(low, lo), append(high, hi)
	}
	t, err := plotting.CorrelationTable(proxies, columns, values, plotting.WithIntervals(low, high), plotting.WithCaption(one.title()))
	if err != nil {
		return err
	}
	var b strings.Builder
	writePaper(&b, t, c.Format)
	_, err = a.stdout.Write([]byte(b.String()))
	return err
}

func (c *correlateCmd) printJSON(a *app, all []correlated) error {
	finite := func(v float64) *float64 {
		if math.IsNaN(v) {
			return nil
		}
		return &v
	}
	type row struct {
		Proxy    string   `json:"proxy"`
		Spearman *float64 `json:"spearman"`
		Low      *float64 `json:"low"`
		High     *float64 `json:"high"`
		Kendall  *float64 `json:"kendall"`
		Pearson  *float64 `json:"pearson"`
		N        int      `json:"n"`
		Dropped  int      `json:"dropped"`
		Reason   string   `json:"reason,omitempty"`
		Suite    *float64 `json:"suite,omitempty"`
		SuiteN   int      `json:"suite_n,omitempty"`
	}
	type table struct {
		Space   string  `json:"space"`
		Data    string  `json:"data"`
		Batch   int     `json:"batch"`
		Seed    uint64  `json:"seed"`
		Task    string  `json:"task"`
		Level   float64 `json:"level"`
		Joined  int     `json:"joined"`
		NoTruth int     `json:"no_truth"`
		NoScore int     `json:"no_score"`
		Rows    []row   `json:"rows"`
	}
	e := json.NewEncoder(a.stdout)
	e.SetEscapeHTML(false)
	for _, one := range all {
		t := table{one.Run.Space, one.Run.Data, one.Run.Batch, one.Run.Seed, one.task, c.Level, one.Joined, one.NoTruth, one.NoScore, nil}
		for _, r := range one.Rows {
			s := one.suite[r.Proxy]
			x := row{r.Proxy, finite(r.Spearman.Rho), finite(r.Interval.Low), finite(r.Interval.High), finite(r.Kendall.Rho),
				finite(r.Pearson.Rho), r.Spearman.N, r.Spearman.Dropped, r.Spearman.Reason, nil, 0}
			if c.Suite {
				x.Suite, x.SuiteN = finite(s.Rho), s.N
			}
			t.Rows = append(t.Rows, x)
		}
		if err := e.Encode(t); err != nil {
			return err
		}
	}
	return nil
}
