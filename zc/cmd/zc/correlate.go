package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/internal/plain"
	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/stats"
	"github.com/zcnas/zcnas/zc/table"
)

type correlateCmd struct {
	Scores    string   `arg:"" help:"Score file: .csv, .json, .jsonl or .sqlite."`
	Truth     string   `required:"" placeholder:"FILE|BENCH[:TASK]" help:"Accuracies: a JSON file of NAS-Bench-Suite-Zero, a CSV file with a column arch, transnas-bench_v10141024.pth, the folder or .tar of NATS-Bench, a store of zc train, or nasbench201, nasbench301, transbench101_micro, transbench101_macro."`
	Task      string   `help:"Task of the accuracies, where there are several: cifar10, cifar100, …; for a CSV file the column."`
	Metric    string   `placeholder:"NAME" help:"Of a .pth file: valid_top1, valid_mIoU, test_ssim, … (default: as NASLib). Of NATS-Bench: validation or test (default test)."`
	Epoch     string   `default:"last" help:"Of a .pth file: last, best, or the number of an epoch, counted from 0. Of trainings: last, or how many epochs."`
	Schedule  string   `placeholder:"EPOCHS" help:"Of NATS-Bench: 12 or 200 epochs (01, 12 or 90 of its size space; default the longest)."`
	Proxies   []string `placeholder:"A,B" help:"Only these proxies."`
	Suite     bool     `help:"Also the scores that came with the accuracies, on the same architectures."`
	Level     float64  `default:"0.95" help:"Level of the confidence interval."`
	Resamples int      `default:"1000" help:"Bootstrap resamples behind it."`
	Format    string   `default:"table" enum:"table,csv,json,markdown,html,latex" help:"table, csv, json (which zc figures -results reads), markdown, html or latex."`
}

func (c *correlateCmd) Run(a *app) error {
	scores, err := readScores(a, c.Scores)
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
		scores = scores.Select(func(e table.Entry) bool { return slices.Contains(c.Proxies, e.Proxy) })
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
	*compare.Correlations
	task  string
	suite map[string]stats.Correlation // by proxy; nil without -suite
}

func (c *correlateCmd) correlate(a *app, scores *table.Table) (out correlated, err error) {
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
	out.task = truth.Task
	out.Correlations, err = compare.Correlate(scores, truth.Values(), stats.WithContext(a.ctx),
		stats.WithLevel(c.Level), stats.WithResamples(c.Resamples))
	if err != nil {
		return out, fmt.Errorf("%s with %s: %w", c.Scores, c.Truth, err)
	}
	if !c.Suite {
		return out, nil
	}
	if truth.scores == nil {
		return out, fmt.Errorf("-suite: no scores came with %s", c.Truth)
	}
	out.suite = map[string]stats.Correlation{}
	for _, row := range out.Rows {
		var x, y []float64
		for _, arch := range scores.Archs() {
			if v, ok := truth.Values()[arch]; ok {
				s, ok := truth.scores[compare.SuiteProxy(row.Proxy)][arch]
				if !ok {
					s = math.NaN()
				}
				x, y = append(x, s), append(y, v)
			}
		}
		if out.suite[row.Proxy], err = stats.Spearman(x, y); err != nil {
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
		g := &grid{head: []string{"space", "data", "batch", "seed", "task", "proxy", "spearman", "low", "high", "kendall", "pearson", "n", "dropped", "reason"}}
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
					fmt.Sprint(r.Spearman.N), fmt.Sprint(r.Spearman.Dropped), r.Spearman.Reason}
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
	return fmt.Sprintf("%s, %s; accuracy on %s, %d architectures", one.Run.Space, one.scored(), one.task, one.Joined)
}

// scored says what the scores were computed from.
func (one *correlated) scored() string {
	return fmt.Sprintf("scores on %s, batch %d, seed %d", one.Run.Data, one.Run.Batch, one.Run.Seed)
}

// reasons say why coefficients are undefined, each reason once for all proxies that it is about.
func (one *correlated) reasons() []string {
	type group struct{ of, reason string }
	proxies := map[group][]string{}
	var order []group
	undefined := func(of, proxy, reason string) {
		if reason == "" {
			return
		}
		g := group{of, reason}
		if proxies[g] == nil {
			order = append(order, g)
		}
		proxies[g] = append(proxies[g], proxy)
	}
	for _, r := range one.Rows {
		undefined("", r.Proxy, r.Spearman.Reason)
		if r.Kendall.Reason != r.Spearman.Reason {
			undefined("Kendall of ", r.Proxy, r.Kendall.Reason)
		}
		if r.Pearson.Reason != r.Spearman.Reason {
			undefined("Pearson of ", r.Proxy, r.Pearson.Reason)
		}
		switch s, ok := one.suite[r.Proxy]; {
		case ok && s.N == 0:
			undefined("the suite's ", r.Proxy, "no scores came with the accuracies")
		case s.Reason != r.Spearman.Reason:
			undefined("the suite's ", r.Proxy, s.Reason)
		}
	}
	var out []string
	for _, g := range order {
		names := strings.Join(proxies[g], ", ")
		if n := len(proxies[g]); n > 1 && n == len(one.Rows) {
			names = "every proxy"
		}
		out = append(out, g.of+names+": "+g.reason)
	}
	return out
}

func (c *correlateCmd) printTable(a *app, one correlated) error {
	fmt.Fprintln(a.stdout, plain.Line(one.title()))
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
	if err := g.write(a.stdout, "table"); err != nil {
		return err
	}
	for _, reason := range one.reasons() {
		if _, err := fmt.Fprintln(a.stdout, plain.Line(reason)); err != nil {
			return err
		}
	}
	return nil
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
	note := ""
	if why := one.reasons(); len(why) > 0 {
		note = strings.Join(why, ". ") + "."
	}
	t, err := plotting.CorrelationTable(proxies, columns, values, plotting.WithIntervals(low, high), plotting.WithCaption(one.title()),
		plotting.WithTableNote(note))
	if err != nil {
		return err
	}
	var b strings.Builder
	writePaper(&b, t, c.Format)
	_, err = a.stdout.Write([]byte(b.String()))
	return err
}

// printJSON prints what [compare.ReadResults] reads, Spearman's coefficients, and beside each of them what else there is.
func (c *correlateCmd) printJSON(a *app, all []correlated) error {
	finite := func(v float64) *float64 {
		if math.IsNaN(v) {
			return nil
		}
		return &v
	}
	type beside struct {
		compare.ResultJSON
		Data    string   `json:"data"`
		Batch   int      `json:"batch"`
		Seed    uint64   `json:"seed"`
		Kendall *float64 `json:"kendall"`
		Pearson *float64 `json:"pearson"`
		Joined  int      `json:"joined"`
		NoTruth int      `json:"no_truth"`
		NoScore int      `json:"no_score"`
		Suite   *float64 `json:"suite,omitempty"`
		SuiteN  int      `json:"suite_n,omitempty"`
	}
	tasks := map[compare.TaskID]int{}
	for _, one := range all {
		tasks[compare.TaskID{Space: one.Run.Space, Task: one.task}]++
	}
	var rows []string
	for _, one := range all {
		task, note := compare.TaskID{Space: one.Run.Space, Task: one.task}, one.scored()
		if tasks[task] > 1 { // of each task there is one result
			task.Task += ", " + note
		}
		for i, r := range one.Results(task, compare.SourceComputed, note) {
			row := one.Rows[i]
			x := beside{ResultJSON: r.JSON(), Data: one.Run.Data, Batch: one.Run.Batch, Seed: one.Run.Seed, Kendall: finite(row.Kendall.Rho),
				Pearson: finite(row.Pearson.Rho), Joined: one.Joined, NoTruth: one.NoTruth, NoScore: one.NoScore}
			if s, ok := one.suite[r.Proxy]; ok {
				x.Suite, x.SuiteN = finite(s.Rho), s.N
			}
			line, err := json.Marshal(x)
			if err != nil {
				return err
			}
			rows = append(rows, string(line))
		}
	}
	_, err := io.WriteString(a.stdout, "[\n"+strings.Join(rows, ",\n")+"\n]\n")
	return err
}
