package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/reference"
)

type verifyCmd struct {
	Files       []string `arg:"" optional:"" name:"file" help:"Reference cases of scores or of trainings, one JSON object on each line; three small ones without any."`
	JSON        bool     `name:"json" help:"Print every computed score beside the expected one, one JSON object on each line."`
	Proxies     []string `placeholder:"A,B" help:"Only these scores; all that the cases have without it."`
	deviceFlags `embed:""`
	kernelFlags `embed:""`
}

// fileCase is a case and where it stands.
type fileCase struct {
	reference.Case
	file  string
	index int
}

func (c *verifyCmd) Run(a *app) error {
	if err := c.choose(c.Backend); err != nil {
		return err
	}
	trainings, scores, err := trainingFiles(c.Files)
	if err != nil {
		return err
	}
	if len(trainings) > 0 {
		if len(c.Proxies) > 0 {
			return usage("-proxies is for cases of scores, and %s has trainings", trainings[0])
		}
		if err := c.check(); err != nil {
			return err
		}
		if err := c.verifyTrainings(a, trainings); err != nil || len(scores) == 0 {
			return err
		}
		c.Files = scores
	}
	cases, err := c.cases()
	if err != nil {
		return err
	}
	device, err := c.open()
	if err != nil {
		return err
	}
	show := a.bar("verifying", "case", len(cases), !c.JSON || !terminal(a.stdout))
	start := time.Now()
	var all []reference.Comparison
	out := json.NewEncoder(a.stdout)
	out.SetEscapeHTML(false)
	for i := range cases {
		if err := a.ctx.Err(); err != nil {
			return fmt.Errorf("stopped after %d of %d cases: %w", i, len(cases), err)
		}
		one := &cases[i]
		done := a.finishing("the case at hand")
		got, err := one.Verify(a.ctx, zc.WithDevice(device))
		done()
		if err != nil {
			return fmt.Errorf("%s, case %d, %s: %w", one.file, one.index+1, one.Arch, err)
		}
		for _, cmp := range got {
			if len(c.Proxies) > 0 && !slices.Contains(c.Proxies, cmp.Proxy) {
				continue
			}
			cmp.Case = one.index
			all = append(all, cmp)
			if c.JSON {
				if err := out.Encode(struct {
					File  string `json:"file"`
					Space string `json:"space"`
					reference.Comparison
				}{one.file, one.Space, cmp}); err != nil {
					return err
				}
			}
		}
		show(i + 1)
	}
	on := c.Backend
	if c.Kernels != "" {
		on += " with the kernels " + c.Kernels
	}
	if text := compiled(device); text != "" {
		on += ", " + text + ","
	}
	return c.judge(a, all, fmt.Sprintf("%d cases on %s in %.1f s", len(cases), on, time.Since(start).Seconds()))
}

// cases reads the files, or takes the small cases. With -proxies it keeps of each case the scores that those need.
func (c *verifyCmd) cases() ([]fileCase, error) {
	var out []fileCase
	var names []string
	files := c.Files
	if len(files) == 0 {
		files = []string{"small cases"}
	}
	for _, name := range files {
		var cases []reference.Case
		var err error
		if len(c.Files) == 0 {
			cases, err = reference.Small()
		} else {
			cases, err = readCases(name)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for i, one := range cases {
			out = append(out, fileCase{one, name, i})
			for s := range one.Scores {
				if !slices.Contains(names, s) {
					names = append(names, s)
				}
			}
		}
	}
	if len(c.Proxies) == 0 {
		return out, nil
	}
	slices.Sort(names)
	keep := slices.Clone(c.Proxies)
	for _, p := range c.Proxies {
		if !slices.Contains(names, p) {
			hint := ""
			if n := spaces.Nearest(p, names); n != "" {
				hint = fmt.Sprintf("; did you mean %q?", n)
			}
			return nil, fmt.Errorf("the reference cases have no score %q%s (they have %s)", p, hint, strings.Join(names, ", "))
		}
		if p == "plain" || p == "grasp" {
			keep = append(keep, "snip") // their tolerance is relative to it
		}
	}
	for _, one := range out {
		for s := range one.Scores {
			if !slices.Contains(keep, s) {
				delete(one.Scores, s)
			}
		}
	}
	return slices.DeleteFunc(out, func(one fileCase) bool { return len(one.Scores) == 0 }), nil
}

func readCases(path string) ([]reference.Case, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return reference.ReadCases(f)
}

// judge prints the verdicts and the summary, to standard error where standard output has the scores, and fails if one is bad.
func (c *verifyCmd) judge(a *app, all []reference.Comparison, summary string) error {
	g := &grid{head: []string{"proxy", "cases", "worst", "outside", "narrow", "verdict", "worst in"}}
	var bad []string
	for _, v := range reference.Judge(all) {
		narrow, verdict := "", "ok"
		if slices.ContainsFunc(all, func(x reference.Comparison) bool { return x.Proxy == v.Proxy && x.HasNarrow }) {
			narrow = fmt.Sprintf("%.0f%%", 100*v.Narrow)
		}
		if !v.OK() {
			verdict = "FAIL"
			bad = append(bad, v.Proxy)
		}
		in := v.In
		if v.Worst == 0 {
			in = ""
		}
		g.add(v.Proxy, fmt.Sprint(v.Cases), fmt.Sprintf("%.1e", v.Worst), fmt.Sprint(v.Outside), narrow, verdict, in)
	}
	w := a.stdout
	if c.JSON {
		w = a.stderr
	}
	if err := g.write(w, "table"); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w, summary); err != nil {
		return err
	}
	if len(bad) > 0 {
		return fmt.Errorf("out of tolerance: %s", strings.Join(bad, ", "))
	}
	return nil
}
