package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/zc"
)

// Item is a figure or a table of a study.
type Item struct {
	Name    string // of its files, without the ending: "profiles-darts"
	Caption string
	Figure  *plotting.Figure // or
	Table   *plotting.Table
}

// alpha is the significance level of the tests.
const alpha = 0.05

// Items draws all tables and figures of the study, in the post's order. The options are for every figure, such as
// [plotting.WithTheme].
func (s *Study) Items(opts ...plotting.Option) ([]Item, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	d := &drawer{study: s, opts: opts, names: map[string]bool{}}
	steps := []func() error{d.scatters, d.heatMaps, d.meanMatrices}
	if len(s.Results) > 0 {
		steps = []func() error{d.correlations, d.bars, d.scatters, d.heatMaps, d.meanMatrices, d.ranks, d.ratios, d.profiles, d.significance}
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, fmt.Errorf("report: %s: %w", s.Name, err)
		}
	}
	return d.items, nil
}

type drawer struct {
	study *Study
	opts  []plotting.Option
	items []Item
	names map[string]bool
}

func (d *drawer) name(parts ...string) string {
	base := Slug(strings.Join(parts, " "))
	name := base
	for n := 2; d.names[name]; n++ {
		name = fmt.Sprintf("%s-%d", base, n)
	}
	d.names[name] = true
	return name
}

func (d *drawer) figure(name, caption string, f *plotting.Figure, err error) error {
	if err == nil {
		d.items = append(d.items, Item{Name: d.name(name), Caption: caption, Figure: f})
	}
	return err
}

func (d *drawer) table(name, caption string, t *plotting.Table, err error) error {
	if err == nil {
		d.items = append(d.items, Item{Name: d.name(name), Caption: caption, Table: t})
	}
	return err
}

// with puts options of one figure after those of all.
func (d *drawer) with(opts ...plotting.Option) []plotting.Option {
	return append(append([]plotting.Option(nil), d.opts...), opts...)
}

// captioned gives a table its caption and label.
func (d *drawer) captioned(name, caption string) []plotting.TableOption {
	return []plotting.TableOption{plotting.WithCaption(caption), plotting.WithLabel("tab:" + d.study.Name + "-" + Slug(name))}
}

// notes are where in the source the results are ("Table 1"), for captions.
func notes(results zc.Results) string {
	seen := map[string]bool{}
	var out []string
	for _, r := range results {
		if r.Note != "" && !seen[r.Note] {
			seen[r.Note] = true
			out = append(out, r.Note)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return " (" + strings.Join(out, ", ") + " of the source)"
}

// correlations are the tables of Spearman's coefficients (Tables 1 to 3).
func (d *drawer) correlations() error {
	for _, space := range d.study.Results.Spaces() {
		part := d.study.Results.Space(space)
		name := "spearman-" + space
		caption := fmt.Sprintf("Spearman's ρ of each proxy with the accuracy on %s%s.", space, notes(part))
		t, err := plotting.TableOf(part, nil, append(d.captioned(name, caption), plotting.WithDigits(3))...)
		if err := d.table(name, caption, t, err); err != nil {
			return err
		}
	}
	return nil
}

func (d *drawer) bars() error {
	for _, space := range d.study.Results.Spaces() {
		f, err := plotting.BarsOf(d.study.Results.Space(space), nil, d.with(plotting.WithWidth(plotting.TwoColumn))...)
		caption := fmt.Sprintf("Spearman's ρ on %s with 95%% intervals.", space)
		if err := d.figure("intervals-"+space, caption, f, err); err != nil {
			return err
		}
	}
	return nil
}

// scatters plots scores against accuracies, one grid for each task.
func (d *drawer) scatters() error {
	for _, s := range d.study.Scatters {
		archs := s.Table.Archs()
		y := make([]float64, len(archs))
		for i, a := range archs {
			v, ok := s.Truth[a]
			if !ok {
				v = math.NaN()
			}
			y[i] = v
		}
		var figs []*plotting.Figure
		infinite := ""
		for _, p := range s.Table.Proxies() {
			x := s.Table.Column(p)
			pairs := 0
			for i, v := range x {
				// nwot is −Inf where its matrix is singular: it ranks last, but there is no place for it on an axis.
				if math.IsInf(v, 0) {
					x[i] = math.NaN()
					infinite = " Infinite scores count in ρ, but have no place in the plot."
				} else if !math.IsNaN(v) && !math.IsNaN(y[i]) {
					pairs++
				}
			}
			if pairs < 2 {
				continue
			}
			opts := d.with()
			if r, ok := d.study.Results.Get(s.TaskID, p); ok && !math.IsNaN(r.Rho) {
				opts = append(opts, plotting.WithSpearman(r.Rho, r.Interval.Low, r.Interval.High))
			}
			f, err := plotting.Scatter(p, x, y, append(opts, plotting.WithYLabel("accuracy"))...)
			if err != nil {
				return err
			}
			figs = append(figs, f)
		}
		if len(figs) == 0 {
			continue
		}
		f, err := plotting.Grid(figs, d.opts...)
		caption := fmt.Sprintf("Scores against accuracies on %s, %s.%s", s.Space, s.Task, infinite)
		if err := d.figure("scatter-"+s.Space+"-"+s.Task, caption, f, err); err != nil {
			return err
		}
	}
	return nil
}

// heatMaps draws the all-pairs matrices, as one grid for each space and singly (Figures 3 to 5).
func (d *drawer) heatMaps() error {
	var order []string
	spaces := map[string][]*zc.Matrix{}
	for _, m := range d.study.Matrices {
		if spaces[m.Space] == nil {
			order = append(order, m.Space)
		}
		spaces[m.Space] = append(spaces[m.Space], m)
	}
	for _, space := range order {
		matrices := spaces[space]
		if len(matrices) > 1 {
			note := ""
			if n := matrices[0].Note; n != "" {
				note = " (" + n + " of the source)"
			}
			panels := make([]plotting.Panel, len(matrices))
			for i, m := range matrices {
				panels[i] = plotting.Panel{Title: m.Task, Names: m.Names, Matrix: m.Rho}
			}
			f, err := plotting.HeatMapGrid(panels, d.opts...)
			caption := fmt.Sprintf("Spearman's ρ between all pairs of proxies and the ground truth (gt) on the tasks of %s%s.", space, note)
			if err := d.figure("all-pairs-"+space, caption, f, err); err != nil {
				return err
			}
		}
		for _, m := range matrices {
			f, err := plotting.HeatMapOf(m, d.opts...)
			caption := fmt.Sprintf("Spearman's ρ between all pairs on %s, %s.", m.Space, m.Task)
			if err := d.figure("all-pairs-"+m.Space+"-"+m.Task, caption, f, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// meanMatrices draws the means over the tasks of each space and over the spaces (Figure 6).
func (d *drawer) meanMatrices() error {
	if len(d.study.Matrices) < 2 {
		return nil
	}
	spaces, overall, err := zc.MeanMatrices(d.study.Matrices)
	if err != nil {
		return err
	}
	f, err := MeanMatrices(spaces, overall, d.opts...)
	return d.figure("mean-all-pairs", "Means of the all-pairs matrices over the tasks of each search space, and of those means over the spaces (Figure 6 of the post).", f, err)
}

// MeanMatrices draws the results of [zc.MeanMatrices]: a panel for each search space and, where there are several,
// one over all (Figure 6 of the post).
func MeanMatrices(spaces []*zc.Matrix, overall *zc.Matrix, opts ...plotting.Option) (*plotting.Figure, error) {
	var panels []plotting.Panel
	for _, m := range spaces {
		panels = append(panels, plotting.Panel{Title: m.Space, Names: m.Names, Matrix: m.Rho})
	}
	if overall != nil && len(spaces) > 1 {
		panels = append(panels, plotting.Panel{Title: "mean of the spaces", Names: overall.Names, Matrix: overall.Rho})
	}
	return plotting.HeatMapGrid(panels, opts...)
}

// ranks are average ranks as table and figure (Table 4), with the printed ones where the source has some.
func (d *drawer) ranks() error {
	ranks, err := zc.AverageRanks(d.study.Results, nil)
	if err != nil {
		return err
	}
	caption := "Average rank of each proxy over the tasks of each search space and over all tasks; 1 is best (Table 4 of the post)."
	t, err := plotting.RanksTableOf(ranks, d.captioned("average-ranks", caption)...)
	if err := d.table("average-ranks", caption, t, err); err != nil {
		return err
	}
	if d.study.Printed != nil {
		caption := "Average ranks as the source prints them. Where they differ from the table before, they do not follow from the source's own correlations."
		t, err := plotting.RanksTableOf(d.study.Printed, d.captioned("average-ranks-printed", caption)...)
		if err := d.table("average-ranks-printed", caption, t, err); err != nil {
			return err
		}
	}
	f, err := plotting.RanksOf(ranks, d.opts...)
	return d.figure("average-ranks-diagram", "Average rank of each proxy, best at the top.", f, err)
}

// ratios is the table of performance ratios: what the profiles are made of.
func (d *drawer) ratios() error {
	p, err := zc.PerformanceProfiles(d.study.Results, nil)
	if err != nil {
		return err
	}
	caption := "Error 1−ρ of each proxy over the smallest on the task: how suboptimal it is (1 is the best proxy)."
	t, err := RatioTable(p, d.captioned("ratios", caption)...)
	return d.table("ratios", caption, t, err)
}

// RatioTable is the table of performance ratios, a row for each proxy and a column for each task: how many times the
// smallest error 1−ρ on the task the proxy's is. Undefined ones are NaN.
func RatioTable(p *zc.Profiles, opts ...plotting.TableOption) (*plotting.Table, error) {
	var proxies, tasks, groups []string
	for _, t := range p.Tasks {
		tasks, groups = append(tasks, t.Task), append(groups, t.Space)
	}
	values := make([][]float64, len(p.Profiles))
	for j, v := range p.Profiles {
		proxies = append(proxies, v.Proxy)
		for _, row := range p.Ratios {
			x := row[j]
			if math.IsInf(x, 1) {
				x = math.NaN()
			}
			values[j] = append(values[j], x)
		}
	}
	opts = append([]plotting.TableOption{plotting.WithColumnGroups(groups), plotting.WithBest(plotting.Lowest), plotting.WithDigits(3)}, opts...)
	return plotting.NumberTable(proxies, tasks, values, opts...)
}

// profiles draws performance profiles for each space and over all tasks (Figures 7 and 8).
func (d *drawer) profiles() error {
	spaces := d.study.Results.Spaces()
	for _, space := range spaces {
		p, err := zc.PerformanceProfiles(d.study.Results.Space(space), nil)
		if err != nil {
			return err
		}
		f, err := plotting.ProfilesOf(p, d.opts...)
		caption := fmt.Sprintf("Performance profiles on %s, %d tasks (Figure 7 of the post).", space, len(p.Tasks))
		if err := d.figure("profiles-"+space, caption, f, err); err != nil {
			return err
		}
	}
	if len(spaces) < 2 {
		return nil
	}
	p, err := zc.PerformanceProfiles(d.study.Results, nil)
	if err != nil {
		return err
	}
	caption := fmt.Sprintf("Performance profiles over all %d tasks (Figure 8 of the post).", len(p.Tasks))
	f, err := plotting.ProfilesOf(p, d.opts...)
	if err := d.figure("profiles", caption, f, err); err != nil {
		return err
	}
	f, err = plotting.ProfilesOf(p, d.with(plotting.WithWidth(plotting.TwoColumn))...)
	return d.figure("profiles-wide", caption, f, err)
}

// significance tests whether average ranks differ by more than chance. It takes three proxies and two tasks.
func (d *drawer) significance() error {
	proxies, err := complete(d.study.Results)
	if err != nil {
		return err
	}
	if len(proxies) < 3 || len(d.study.Results.Tasks()) < 2 {
		return nil
	}
	caption := fmt.Sprintf("Friedman's test that all proxies rank alike, with Nemenyi's critical difference (CD) of average ranks at α = %v.", alpha)
	t, err := FriedmanTable(d.study.Results, proxies, d.captioned("friedman", caption)...)
	if err := d.table("friedman", caption, t, err); err != nil {
		return err
	}
	cd, err := zc.CriticalDifferences(d.study.Results, proxies, alpha)
	if err != nil {
		return err
	}
	f, err := plotting.CriticalDifferenceOf(cd, d.with(plotting.WithWidth(plotting.TwoColumn))...)
	caption = fmt.Sprintf("Average ranks over %d tasks with the critical difference. Proxies undefined on a task are left out.", cd.Friedman.N)
	if err := d.figure("critical-difference", caption, f, err); err != nil {
		return err
	}
	caption = "Wilcoxon's signed-rank test of every pair of proxies, with Holm's correction, smallest p-value first."
	t, err = PairTable(d.study.Results, proxies, d.captioned("wilcoxon-holm", caption)...)
	return d.table("wilcoxon-holm", caption, t, err)
}

// FriedmanTable tests the proxies on the tasks of each search space and of all: a row for each, with χ² and its
// p-value, Iman and Davenport's F and its p-value, and Nemenyi's critical difference of average ranks at 0.05.
// Search spaces with fewer than two complete tasks are left out. Errors are those of [zc.CriticalDifferences].
func FriedmanTable(results zc.Results, proxies []string, opts ...plotting.TableOption) (*plotting.Table, error) {
	var rows [][]string
	row := func(name string, part zc.Results) error {
		c, err := zc.CriticalDifferences(part, proxies, alpha)
		if err != nil {
			return err
		}
		f := c.Friedman
		rows = append(rows, []string{name, fmt.Sprint(f.N), fmt.Sprint(f.K), fmt.Sprintf("%.2f", f.ChiSquare), pValue(f.P, 3),
			fmt.Sprintf("%.2f", f.F), pValue(f.FP, 3), fmt.Sprintf("%.2f", c.CD)})
		return nil
	}
	if spaces := results.Spaces(); len(spaces) > 1 {
		for _, space := range spaces {
			if part := results.Space(space); len(part.Tasks()) > 1 {
				if err := row(space, part); err != nil {
					return nil, err
				}
			}
		}
	}
	if err := row("All tasks", results); err != nil {
		return nil, err
	}
	return plotting.TextTable([]string{"Tasks of", "Tasks", "Proxies", "χ²", "p of χ²", "F", "p of F", "CD"}, rows, opts...)
}

// PairTable is [zc.WilcoxonHolm] as a table, smallest p-value first.
func PairTable(results zc.Results, proxies []string, opts ...plotting.TableOption) (*plotting.Table, error) {
	tests, err := zc.WilcoxonHolm(results, proxies)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for _, t := range tests {
		rows = append(rows, []string{t.A, t.B, fmt.Sprint(t.N), pValue(t.P, 4), pValue(t.Adjusted, 4)})
	}
	return plotting.TextTable([]string{"Proxy", "and", "Tasks", "p", "p (Holm)"}, rows, opts...)
}

// pValue prints a p-value, and a small one as below what the digits can show: it is never 0.
func pValue(p float64, digits int) string {
	if least := math.Pow10(-digits); p < least {
		return "< " + strconv.FormatFloat(least, 'f', digits, 64)
	}
	return strconv.FormatFloat(p, 'f', digits, 64)
}
