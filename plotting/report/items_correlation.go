package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/stats"
)

// correlations are the tables of coefficients (Tables 1 to 3 of the post).
func (d *drawer) correlations() {
	digits := 3
	if d.study.post {
		digits = 4 // as printed
	}
	for _, space := range d.study.Results.Spaces() {
		part := d.study.Results.Space(space)
		var notes []string
		for _, r := range part {
			notes = append(notes, r.Note)
		}
		name := d.coef.statistic.String() + "-" + space
		caption := fmt.Sprintf("%s of each proxy with the ground truth on %s%s.", d.coef.name, space, d.inSource(notes...))
		t, err := plotting.TableOf(part, nil, append(d.captioned(name, caption, part.Tasks()...), plotting.WithDigits(digits))...)
		d.table(name, caption, t, err)
	}
}

// bars draws the coefficients with their intervals, a figure for each search space.
func (d *drawer) bars() {
	for _, space := range d.study.Results.Spaces() {
		part := d.study.Results.Space(space)
		if !anyDefined(part) {
			d.leaveOut("No bars and no profiles of %s: no proxy has a coefficient there%s.", space, commonReason(part))
			continue
		}
		f, err := plotting.BarsOf(part, nil, d.with(plotting.WithWidth(plotting.TwoColumn))...)
		caption := fmt.Sprintf("%s on %s%s.", d.coef.name, space, intervals(part))
		d.figure("intervals-"+space, d.remarked(caption, part.Tasks()...), f, err)
	}
}

// commonReason is why the coefficients are undefined where all have the same reason, else "".
func commonReason(results compare.Results) string {
	reason := results[0].Reason
	if reason == "" || slices.ContainsFunc(results, func(r compare.Result) bool { return r.Reason != reason }) {
		return ""
	}
	return " (" + reason + ")"
}

// intervals says which intervals the results have: " with 95% intervals".
func intervals(results compare.Results) string {
	var levels []float64
	for _, r := range results {
		if in := r.Interval; in != (stats.Interval{}) && !math.IsNaN(in.Low) && !math.IsNaN(in.High) && !slices.Contains(levels, in.Level) {
			levels = append(levels, in.Level)
		}
	}
	switch {
	case len(levels) == 0:
		return ""
	case len(levels) == 1 && levels[0] > 0:
		return " with " + strconv.FormatFloat(100*levels[0], 'g', 6, 64) + "% intervals"
	}
	return " with intervals"
}

// scatters plots scores against the ground truth, one grid for each task.
func (d *drawer) scatters() {
	for _, s := range d.study.Scatters {
		name := "scatter-" + s.Space + "-" + s.Task
		metric := s.Metric
		if metric == "" {
			metric = "ground truth"
		}
		y := compare.Join(s.Table, s.Truth)
		var figs []*plotting.Figure
		for _, p := range s.Table.Proxies() {
			x := s.Table.Column(p)
			points := 0
			for i, v := range x {
				if !math.IsNaN(v) && !math.IsInf(v, 0) && !math.IsNaN(y[i]) {
					points++
				}
			}
			if points < 2 {
				continue
			}
			opts := d.with(plotting.WithYLabel(metric))
			if r, ok := d.study.Results.Get(s.TaskID, p); ok && isDefined(r) {
				opts = append(opts, plotting.WithSpearman(r.Rho, r.Interval.Low, r.Interval.High), plotting.WithStatistic(r.Statistic))
			}
			f, err := plotting.Scatter(p, x, y, opts...)
			if err != nil {
				d.fail(name, err)
				continue
			}
			figs = append(figs, f)
		}
		if len(figs) == 0 {
			continue
		}
		f, err := plotting.Grid(figs, d.opts...)
		d.figure(name, d.remarked(fmt.Sprintf("Scores against %s on %s, %s.", metric, s.Space, s.Task), s.TaskID), f, err)
	}
}

// heatMaps draws the all-pairs matrices, as one grid for each space and singly (Figures 3 to 5 of the post).
func (d *drawer) heatMaps() {
	var order []string
	spaces := map[string][]*compare.Matrix{}
	for _, m := range d.study.Matrices {
		if spaces[m.Space] == nil {
			order = append(order, m.Space)
		}
		spaces[m.Space] = append(spaces[m.Space], m)
	}
	for _, space := range order {
		matrices := spaces[space]
		if len(matrices) > 1 {
			panels := make([]plotting.Panel, len(matrices))
			var notes []string
			var tasks []compare.TaskID
			for i, m := range matrices {
				panels[i] = plotting.Panel{Title: m.Task, Names: m.Names, Matrix: m.Rho}
				notes, tasks = append(notes, m.Note), append(tasks, m.TaskID)
			}
			f, err := plotting.HeatMapGrid(panels, d.opts...)
			caption := fmt.Sprintf("Spearman's ρ between all pairs of proxies%s on the tasks of %s%s.", andTruth(matrices), space, d.inSource(notes...))
			d.figure("all-pairs-"+space, d.remarked(caption, tasks...), f, err)
		}
		for _, m := range matrices {
			f, err := plotting.HeatMapOf(m, d.opts...)
			caption := fmt.Sprintf("Spearman's ρ between all pairs of proxies%s on %s, %s.", andTruth([]*compare.Matrix{m}), m.Space, m.Task)
			d.figure("all-pairs-"+m.Space+"-"+m.Task, d.remarked(caption, m.TaskID), f, err)
		}
	}
}

// andTruth names the ground truth where a matrix has it.
func andTruth(matrices []*compare.Matrix) string {
	if slices.ContainsFunc(matrices, func(m *compare.Matrix) bool { return slices.Contains(m.Names, compare.GroundTruthName) }) {
		return " and the ground truth (" + compare.GroundTruthName + ")"
	}
	return ""
}

// meanMatrices draws the means over the tasks of each space and over the spaces (Figure 6 of the post).
func (d *drawer) meanMatrices() {
	if len(d.study.Matrices) < 2 {
		return
	}
	const name = "mean-all-pairs"
	spaces, overall, err := compare.MeanMatrices(d.study.Matrices)
	if err != nil {
		d.fail(name, err)
		return
	}
	var tasks []compare.TaskID
	for _, m := range d.study.Matrices {
		tasks = append(tasks, m.TaskID)
	}
	f, err := MeanMatrices(spaces, overall, d.opts...)
	caption := "Means of the all-pairs matrices over the tasks of each search space"
	if len(spaces) > 1 {
		caption += ", and of those means over the spaces"
	}
	// Of TransNAS-Bench-101 the post published no numbers.
	d.figure(name, d.remarked(caption+d.inPost("the part with published numbers of Figure 6")+".", tasks...), f, err)
}

// MeanMatrices draws the results of [compare.MeanMatrices]: a panel for each search space and, where there are several,
// one over all (Figure 6 of the post).
func MeanMatrices(spaces []*compare.Matrix, overall *compare.Matrix, opts ...plotting.Option) (*plotting.Figure, error) {
	var panels []plotting.Panel
	for _, m := range spaces {
		panels = append(panels, plotting.Panel{Title: m.Space, Names: m.Names, Matrix: m.Rho})
	}
	if overall != nil && len(spaces) > 1 {
		panels = append(panels, plotting.Panel{Title: "mean of the spaces", Names: overall.Names, Matrix: overall.Rho})
	}
	return plotting.HeatMapGrid(panels, opts...)
}
