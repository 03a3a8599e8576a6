package report

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/stats"
)

// Item is a figure or a table of a study.
type Item struct {
	Name    string // of its files, without the ending: "profiles-darts"
	Caption string
	Figure  *plotting.Figure // or
	Table   *plotting.Table
}

// Items draws all tables and figures of the study, in the post's order. The options are for every figure, such as
// [plotting.WithTheme]. Those for which no number is defined are left out; the index page of [Write] says which. On an
// error, which names what could not be drawn, the others are there; a study whose numbers contradict each other has
// none.
func (s *Study) Items(opts ...plotting.Option) ([]Item, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	d := draw(s, opts)
	return d.items, errors.Join(d.errs...)
}

// drawer collects the items of a study. An item that fails does not stop the others.
type drawer struct {
	study  *Study
	coef   coefficient // what the study's results are
	opts   []plotting.Option
	items  []Item
	absent []string // what is left out, and why: sentences for the reader
	errs   []error
	names  map[string]bool
}

// draw draws a study that has been checked.
func draw(s *Study, opts []plotting.Option) *drawer {
	d := &drawer{study: s, opts: opts, names: map[string]bool{}}
	if len(s.Results) > 0 {
		d.coef = coefficientOf(s.Results[0].Statistic)
		d.correlations()
		d.bars()
	}
	d.scatters()
	d.heatMaps()
	d.meanMatrices()
	// Where nothing is defined, bars has said so.
	if anyDefined(s.Results) {
		d.ranks()
		d.ratios()
		d.profiles()
		d.significance()
	}
	return d
}

// coefficient is how captions name a [stats.Statistic].
type coefficient struct {
	statistic    stats.Statistic
	name, symbol string // "Spearman's ρ", "ρ"
}

func coefficientOf(s stats.Statistic) coefficient {
	switch s {
	case stats.StatisticKendall:
		return coefficient{s, "Kendall's τ", "τ"}
	case stats.StatisticPearson:
		return coefficient{s, "Pearson's r", "r"}
	}
	return coefficient{s, "Spearman's ρ", "ρ"}
}

func (d *drawer) name(base string) string {
	base = Slug(base)
	name := base
	for n := 2; d.names[name]; n++ {
		name = fmt.Sprintf("%s-%d", base, n)
	}
	d.names[name] = true
	return name
}

func (d *drawer) figure(name, caption string, f *plotting.Figure, err error) {
	d.add(Item{Name: name, Caption: caption, Figure: f}, err)
}

func (d *drawer) table(name, caption string, t *plotting.Table, err error) {
	d.add(Item{Name: name, Caption: caption, Table: t}, err)
}

func (d *drawer) add(it Item, err error) {
	if err != nil {
		d.fail(it.Name, err)
		return
	}
	it.Name = d.name(it.Name)
	d.items = append(d.items, it)
}

func (d *drawer) fail(name string, err error) {
	d.errs = append(d.errs, fmt.Errorf("report: %s, %s: %w", d.study.Name, Slug(name), err))
}

func (d *drawer) leaveOut(format string, args ...any) {
	d.absent = append(d.absent, fmt.Sprintf(format, args...))
}

// with puts options of one figure after those of all.
func (d *drawer) with(opts ...plotting.Option) []plotting.Option {
	return append(slices.Clone(d.opts), opts...)
}

// captioned gives a table its caption, its label and what is to be known of the numbers on the tasks.
func (d *drawer) captioned(name, caption string, tasks ...compare.TaskID) []plotting.TableOption {
	return []plotting.TableOption{plotting.WithCaption(caption), plotting.WithLabel("tab:" + d.study.Name + "-" + Slug(name)),
		plotting.WithTableNote(d.remarks(tasks))}
}

// remarks joins what is to be known of the numbers on the tasks, "" if nothing.
func (d *drawer) remarks(tasks []compare.TaskID) string {
	var out []string
	for _, t := range tasks {
		if r := d.study.Remarks[t]; r != "" && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return strings.Join(out, " ")
}

// remarked puts the remarks behind the caption of a figure, which unlike a table has no room for notes.
func (d *drawer) remarked(caption string, tasks ...compare.TaskID) string {
	return strings.TrimSuffix(caption+" "+d.remarks(tasks), " ")
}

// inPost names a table or figure of the post that the item shows again: " (Table 4 of the post)", and "" in a study
// of other numbers.
func (d *drawer) inPost(what string) string {
	if !d.study.post {
		return ""
	}
	return " (" + what + " of the post)"
}

// inSource joins the notes on where in the source numbers are: " (Table 1 of the post)", " (scores on cifar10)".
func (d *drawer) inSource(notes ...string) string {
	var out []string
	for _, n := range notes {
		if n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	text := strings.Join(out, "; ")
	switch {
	case text == "":
		return ""
	case d.study.post:
		return d.inPost(text)
	}
	return " (" + text + ")"
}

// count is "1 task", "2 tasks".
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func anyDefined(results compare.Results) bool {
	return slices.ContainsFunc(results, isDefined)
}

func isDefined(r compare.Result) bool { return !math.IsNaN(r.Rho) }

// definedTasks are the results on the tasks on which some proxy is defined.
func definedTasks(results compare.Results) compare.Results {
	some := map[compare.TaskID]bool{}
	for _, r := range results {
		some[r.TaskID] = some[r.TaskID] || isDefined(r)
	}
	return results.Select(func(r compare.Result) bool { return some[r.TaskID] })
}
