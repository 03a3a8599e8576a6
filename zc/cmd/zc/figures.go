package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/report"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
)

type figuresCmd struct {
	Out     string   `required:"" placeholder:"DIR" help:"Folder for the files; it is made where it is not there."`
	Results []string `placeholder:"FILE" sep:"none" help:"Also results of your own: correlations as zc.Results writes them (.json), or a score file (.csv, .json, .jsonl, .sqlite). More files may follow, or repeat the flag."`
	More    []string `arg:"" optional:"" name:"file" help:"More files for -results."`
	Truth   string   `placeholder:"FILE|BENCH[:TASK]" help:"Accuracies for the score files, as for zc correlate. Without it, NAS-Bench-Suite-Zero's where they are at hand and the scores are of one of its tasks."`
	Suite   string   `default:"auto" enum:"auto,fetch,no" help:"NAS-Bench-Suite-Zero's own scores: auto where the records are at hand, fetch to download them, or no."`
	Theme   string   `default:"light" enum:"light,dark" help:"light or dark."`
}

// Help is what zc figures -help says beside its flags.
func (*figuresCmd) Help() string {
	return "Figures are written as PDF, SVG and PNG, tables as LaTeX, CSV and Markdown; index.html shows all."
}

func (c *figuresCmd) Run(a *app) error {
	files := append(slices.Clone(c.Results), c.More...)
	if len(c.More) > 0 && len(c.Results) == 0 {
		return usage("unexpected argument %s; name files with -results", c.More[0])
	}
	if c.Truth != "" && len(files) == 0 {
		return usage("-truth is for the score files that -results names")
	}
	if st, err := os.Stat(c.Out); err == nil && !st.IsDir() {
		return usage("-out %s is a file; give a folder", c.Out)
	}
	var studies []*report.Study
	// The user's files come first: a mistake in them is told before the work, and the index begins with them.
	for _, name := range files {
		s, err := c.study(a, name)
		if err != nil {
			return err
		}
		for _, other := range studies {
			if other.Name == s.Name {
				s.Name = fmt.Sprintf("%s-%d", s.Name, len(studies)+1)
			}
		}
		studies = append(studies, s)
	}
	published, err := report.Published()
	if err != nil {
		return err
	}
	studies = append(studies, published)
	if c.Suite != "no" {
		var opts []datasets.Option
		if c.Suite == "auto" {
			opts = append(opts, datasets.WithOffline())
		}
		suite, err := report.SuiteZero(a.ctx, opts...)
		switch {
		case errors.Is(err, datasets.ErrOffline) && c.Suite == "auto":
			fmt.Fprintln(a.stdout, "Records of NAS-Bench-Suite-Zero are not all on this machine; -suite fetch downloads them (9 MB).")
		case err != nil:
			return err
		}
		if suite != nil {
			studies = append(studies, suite)
		}
	}
	var opts []plotting.Option
	if c.Theme == "dark" {
		opts = append(opts, plotting.WithTheme(plotting.Dark()))
	}
	written, err := report.Write(c.Out, studies, opts...)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%d files; start with %s\n", len(written), filepath.Join(c.Out, "index.html"))
	return nil
}

// study reads a file of results or of scores.
func (c *figuresCmd) study(a *app, name string) (*report.Study, error) {
	base := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	s := &report.Study{Name: folder(base), Title: filepath.Base(name)}
	results, ok, err := readResults(name)
	if err != nil {
		return nil, err
	}
	if ok {
		s.Results = results
		s.Text = "Correlations from this file."
		// Of one proxy on one task there can be several results from different sources: each source is a column of
		// its own in a table, but a rank needs one number.
		if sources := results.Sources(); len(sources) > 1 {
			return nil, fmt.Errorf("%s holds results from %s; a report is about one source", name, strings.Join(sources, " and "))
		}
		return s, nil
	}
	table, err := readScores(a, name)
	if err != nil {
		return nil, err
	}
	if table.Len() == 0 {
		return nil, fmt.Errorf("%s holds no scores", name)
	}
	var without []string
	for _, run := range table.Runs() {
		task := zc.TaskID{Space: run.Space, Task: fmt.Sprintf("%s, batch %d, seed %d", run.Data, run.Batch, run.Seed)}
		truth, err := c.truthOf(a, run)
		if err != nil {
			return nil, err
		}
		if truth == nil {
			without = append(without, run.Space+" on "+run.Data)
		}
		if err := s.AddScores(table.Run(run), task, truth, zc.SourceComputed); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	s.Text = "Scores from this file."
	if len(without) > 0 {
		slices.Sort(without)
		s.Text += " No accuracies were at hand for " + strings.Join(slices.Compact(without), ", ") + ", so the scores are compared with each other only."
	}
	return s, nil
}

// suiteBench names the benchmark of NAS-Bench-Suite-Zero with the accuracies of a search space.
var suiteBench = map[string]string{
	"nats-tss": "nasbench201", "darts": "nasbench301",
	"transnas-micro": "transbench101_micro", "transnas-macro": "transbench101_macro",
}

// truthOf finds accuracies for a run: those that -truth names, or the suite's where they are at hand and have a task
// of the run's data set; else nil.
func (c *figuresCmd) truthOf(a *app, run zc.RunKey) (map[string]float64, error) {
	name, _, _ := strings.Cut(run.Space, " ") // options of the space follow it
	data, _, _ := strings.Cut(run.Data, " ")
	want := c.Truth
	if want == "" {
		bench := suiteBench[name]
		if bench == "" || c.Suite == "no" {
			return nil, nil
		}
		records, err := datasets.SuiteZero(a.ctx, bench, datasets.WithOffline())
		if errors.Is(err, datasets.ErrOffline) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if !slices.Contains(records.Tasks(), data) {
			return nil, nil
		}
		want = bench + ":" + data
	}
	space, err := spaces.Get(name)
	if err != nil {
		return nil, err
	}
	truth, err := (&correlateCmd{Truth: want}).readTruth(a, space, data)
	if err != nil {
		return nil, err
	}
	return truth.values, nil
}

// readResults reads correlations; false if the file is not of that kind.
func readResults(name string) (zc.Results, bool, error) {
	if strings.ToLower(filepath.Ext(name)) != ".json" {
		return nil, false, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, false, err
	}
	// A row of a score table has an architecture; a result has not.
	dec := json.NewDecoder(bytes.NewReader(data))
	var first struct{ Arch *string }
	if t, err := dec.Token(); err != nil || t != json.Delim('[') || !dec.More() || dec.Decode(&first) != nil || first.Arch != nil {
		return nil, false, nil // readScores says what is wrong, if anything is
	}
	results, err := zc.ReadResults(bytes.NewReader(data))
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", name, err)
	}
	return results, true, nil
}

// folder makes a name for a folder from a file's, beside the project's own.
func folder(base string) string {
	name := report.Slug(base)
	if name == "" || name == "published" || name == "suite-zero" {
		name = strings.TrimSuffix("results-"+name, "-")
	}
	return name
}
