package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/datasets/truth"
	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/report"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/table"
)

type figuresCmd struct {
	Out     string   `required:"" placeholder:"DIR" help:"Folder for the files; it is made where it is not there."`
	Results []string `placeholder:"FILE" sep:"none" help:"Also results of your own: correlations as zc correlate -format json and zc.Results write them (.json), or a score file (.csv, .json, .jsonl, .sqlite). More files may follow, or repeat the flag."`
	More    []string `arg:"" optional:"" name:"file" help:"More files for -results."`
	Truth   string   `placeholder:"FILE|BENCH[:TASK]" help:"Accuracies for the score files, as for zc correlate. Without it, the published ones where the scores are of one of the benchmarks' tasks."`
	Suite   string   `default:"yes" enum:"yes,no" help:"Tables and figures of NAS-Bench-Suite-Zero's own scores: yes or no."`
	Theme   string   `default:"light" enum:"light,dark" help:"light or dark."`
}

// Help is what zc figures -help says beside its flags.
func (*figuresCmd) Help() string {
	return "Every table and figure is written as PDF, SVG and PNG, and tables as LaTeX, CSV and Markdown too; index.html shows all."
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
	// The user's files come first: a mistake in them is told before the work, and the index begins with them.
	studies, err := c.own(a, files)
	if err != nil {
		return err
	}
	published, err := report.Published()
	if err != nil {
		return err
	}
	studies = append(studies, published)
	if c.Suite != "no" {
		suite, err := report.SuiteZero()
		if err != nil {
			return err
		}
		studies = append(studies, suite)
	}
	var opts []plotting.Option
	if c.Theme == "dark" {
		opts = append(opts, plotting.WithTheme(plotting.Dark()))
	}
	written, err := report.Write(c.Out, studies, opts...)
	if slices.Contains(written, "index.html") { // what could not be drawn has not stopped the rest
		fmt.Fprintf(a.stdout, "%d files; start with %s\n", len(written), filepath.Join(c.Out, "index.html"))
	}
	return err
}

// own reads the user's files and gives each study a folder of its own.
func (c *figuresCmd) own(a *app, files []string) ([]*report.Study, error) {
	var out []*report.Study
	names := map[string]bool{"published": true, "suite-zero": true}
	for _, file := range files {
		studies, err := c.studies(a, file)
		if err != nil {
			return nil, err
		}
		for _, s := range studies {
			base := s.Name
			for n := 2; names[s.Name]; n++ {
				s.Name = fmt.Sprintf("%s-%d", base, n)
			}
			names[s.Name] = true
		}
		out = append(out, studies...)
	}
	return out, nil
}

// studies reads a file of results or of scores. Of one proxy on one task, results can be from several sources and of
// several statistics, but a rank needs one number: each source and statistic is a study of its own.
func (c *figuresCmd) studies(a *app, name string) ([]*report.Study, error) {
	results, ok, err := readResults(name)
	if err != nil {
		return nil, err
	}
	if !ok {
		s, err := c.scored(a, name)
		if err != nil {
			return nil, err
		}
		return []*report.Study{s}, nil
	}
	var out []*report.Study
	sources := results.Sources()
	for _, source := range sources {
		from := results.From(source)
		statistics := from.Statistics()
		for _, statistic := range statistics {
			part := from.Select(func(r compare.Result) bool { return r.Statistic == statistic })
			if _, _, _, err := part.Grid(nil); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			s := &report.Study{Name: folder(name), Title: filepath.Base(name), Text: "Correlations from this file.", Results: part}
			if len(sources) > 1 {
				label := source
				if label == "" {
					label = "without a source"
				}
				s.Name, s.Title = s.Name+"-"+report.Slug(label), s.Title+": "+label
			}
			if len(statistics) > 1 {
				s.Name, s.Title = s.Name+"-"+statistic.String(), s.Title+", "+statistic.String()
			}
			s.Name = strings.Trim(s.Name, "-")
			out = append(out, s)
		}
	}
	return out, nil
}

// scored reads a score file.
func (c *figuresCmd) scored(a *app, name string) (*report.Study, error) {
	s := &report.Study{Name: folder(name), Title: filepath.Base(name), Text: "Scores from this file."}
	table, err := readScores(a, name)
	if err != nil {
		return nil, err
	}
	if table.Len() == 0 {
		return nil, fmt.Errorf("%s holds no scores", name)
	}
	var without []string
	for _, run := range table.Runs() {
		x := report.Scores{TaskID: compare.TaskID{Space: run.Space, Task: fmt.Sprintf("%s, batch %d, seed %d", run.Data, run.Batch, run.Seed)}, Table: table.Run(run)}
		if x.Truth, x.Metric, err = c.truthOf(a, run, x.Table.Archs()); err != nil {
			return nil, err
		}
		if x.Truth == nil {
			without = append(without, run.Space+" on "+run.Data)
		}
		if err := s.AddScores(x, compare.SourceComputed); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if len(without) > 0 {
		slices.Sort(without)
		s.Text += " No accuracies of these architectures were at hand for " + strings.Join(slices.Compact(without), ", ") +
			", so the scores are compared with each other only."
	}
	return s, nil
}

// truthOf finds accuracies for a run, and what they are: those that -truth names, or the published ones where the
// run's space has some on a task of the data set's name, and of one of the architectures; else nil.
func (c *figuresCmd) truthOf(a *app, run table.RunKey, archs []string) (map[string]float64, string, error) {
	name, _, _ := strings.Cut(run.Space, " ") // options of the space follow it
	data, _, _ := strings.Cut(run.Data, " ")
	space, err := spaces.Get(name)
	if err != nil {
		return nil, "", err
	}
	if c.Truth == "" {
		t, err := truth.Get(space, data)
		// That there are none, or of other architectures, is no mistake where none were asked for.
		if err != nil || !slices.ContainsFunc(archs, func(arch string) bool { _, ok := t.Value(spaces.Arch(arch)); return ok }) {
			return nil, "", nil
		}
		return t.Values(), truth.Label(t.Task), nil
	}
	t, err := (&correlateCmd{Truth: c.Truth, Epoch: "last"}).readTruth(a, space, data)
	if err != nil {
		return nil, "", err
	}
	metric := truth.Label(t.Task)
	if strings.ToLower(filepath.Ext(c.Truth)) == ".csv" {
		metric = t.Task // the name of its column
	}
	return t.Values(), metric, nil
}

// readResults reads correlations; false if the file is not of that kind.
func readResults(name string) (compare.Results, bool, error) {
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
	results, err := compare.ReadResults(bytes.NewReader(data))
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", name, err)
	}
	return results, true, nil
}

// folder makes a name for a folder from a file's, beside the project's own.
func folder(file string) string {
	base := filepath.Base(file)
	name := report.Slug(strings.TrimSuffix(base, filepath.Ext(base)))
	if name == "" || name == "published" || name == "suite-zero" {
		name = strings.TrimSuffix("results-"+name, "-")
	}
	return name
}
