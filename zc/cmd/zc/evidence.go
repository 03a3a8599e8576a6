package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/zc/search"
	"github.com/zcnas/zcnas/zc/search/study"
)

type evidenceCmd struct {
	Task      []string `sep:"none" placeholder:"BENCH:TASK" help:"Only this task of the records. May be repeated."`
	Suite     bool     `help:"Only the 18 tasks of NAS-Bench-Suite-Zero, without NinaPro, SVHN and Spherical CIFAR-100."`
	Known     []int    `short:"k" placeholder:"K,L" help:"Numbers of evaluated architectures (default 5,10,20,50,100)."`
	Draws     int      `default:"20" help:"Random draws of them."`
	Resamples int      `default:"2000" help:"Resamples behind the intervals."`
	Seed      uint64   `help:"Seed of draws and resamples (default 0)."`
	Format    string   `default:"table" enum:"table,csv,json,markdown,html,latex" help:"table, csv, json, markdown, html or latex."`
}

func (c *evidenceCmd) Run(a *app) error {
	tasks, err := c.tasks()
	if err != nil {
		return err
	}
	if c.Draws < 1 || c.Resamples < 1 {
		return usage("-draws %d -resamples %d: give 1 or more", c.Draws, c.Resamples)
	}
	if len(c.Known) > 0 && slices.Min(c.Known) < 2 {
		return usage("-known %d: two evaluated architectures are the least that rank anything", slices.Min(c.Known))
	}
	var ks []int
	if len(c.Known) > 0 {
		ks = c.Known
	}
	e, err := search.Study(a.ctx, tasks, search.EvidenceOptions{Ks: ks, Draws: c.Draws, Resamples: c.Resamples, Seed: c.Seed,
		Progress: a.counter("tasks")})
	if err != nil {
		return err
	}
	if c.Format == "json" {
		enc := json.NewEncoder(a.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(e)
	}
	return c.print(a, e)
}

func (c *evidenceCmd) tasks() ([]*search.Task, error) {
	if len(c.Task) == 0 {
		return study.Tasks(!c.Suite)
	}
	var out []*search.Task
	for _, name := range c.Task {
		t, err := recordedTask(name, study.Records)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// recordedTask reads BENCH:TASK.
func recordedTask(name string, open func(bench, task string) (*search.Task, error)) (*search.Task, error) {
	bench, task, ok := strings.Cut(name, ":")
	if !ok {
		return nil, usage("the task %q is not of the form BENCH:TASK, such as nasbench201:cifar10", name)
	}
	return open(bench, task)
}

func (c *evidenceCmd) print(a *app, e *search.Evidence) error {
	tasks := &grid{head: []string{"task", "architectures", "proxies", "flops", "params", "nwot", "log-rank"}}
	for _, p := range e.Tasks[0].Fitted {
		tasks.head = append(tasks.head, fmt.Sprintf("first %d", p.K), fmt.Sprintf("any %d", p.K))
	}
	cell := func(m map[string]float64, name string) string {
		if v, ok := m[name]; ok {
			return fmt.Sprintf("%.3f", v)
		}
		return none
	}
	for _, t := range e.Tasks {
		row := []string{t.Space + "/" + t.Task, fmt.Sprint(t.Architectures), fmt.Sprint(t.Features), cell(t.Proxies, "flops"),
			cell(t.Proxies, "params"), cell(t.Proxies, "nwot"), cell(t.Rules, "log-rank")}
		for _, p := range t.Fitted {
			row = append(row, fmt.Sprintf("%.3f", p.First), fmt.Sprintf("%.3f", p.Mean))
		}
		for len(row) < len(tasks.head) {
			row = append(row, none)
		}
		tasks.add(row[:len(tasks.head)]...)
	}
	against := &grid{head: []string{"what", "against", "tasks", "better", "mean", "difference", "over tasks", "over spaces", "over architectures"}}
	for _, list := range [][]search.Contrast{e.Rules, e.Fitted, e.Chosen} {
		for _, x := range list {
			against.add(x.What, x.Against, fmt.Sprint(x.Tasks), fmt.Sprint(x.Wins), fmt.Sprintf("%.3f", x.Mean),
				fmt.Sprintf("%+.3f", x.Difference), span(x.OverTasks), span(x.OverSpaces), span(x.OverArchs))
		}
	}
	if err := tasks.write(a.stdout, c.Format); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout)
	return against.write(a.stdout, c.Format)
}

// span writes an interval.
func span(x *[2]float64) string {
	if x == nil {
		return none
	}
	return fmt.Sprintf("[%+.3f, %+.3f]", x[0], x[1])
}
