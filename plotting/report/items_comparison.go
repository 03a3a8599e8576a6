package report

import (
	"fmt"
	"math"
	"strconv"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/zc/compare"
)

// alpha is the significance level of the tests.
const alpha = 0.05

// ranks are average ranks as table and figure (Table 4 of the post), with the printed ones where the source has some.
func (d *drawer) ranks() {
	const name = "average-ranks"
	ranks, err := compare.AverageRanks(d.study.Results, nil)
	if err != nil {
		d.fail(name, err)
		return
	}
	tasks := d.study.Results.Tasks()
	caption := fmt.Sprintf("Average rank of each proxy over the tasks of each search space and over all tasks; 1 is best%s.", d.inPost("Table 4"))
	t, err := plotting.RanksTableOf(ranks, d.captioned(name, caption, tasks...)...)
	d.table(name, caption, t, err)
	if d.study.Printed != nil {
		caption := "Average ranks as the source prints them. Where they differ from the table before, they do not follow from the source's own correlations."
		t, err := plotting.RanksTableOf(d.study.Printed, d.captioned(name+"-printed", caption)...)
		d.table(name+"-printed", caption, t, err)
	}
	f, err := plotting.RanksOf(ranks, d.opts...)
	d.figure(name+"-diagram", d.remarked("Average rank of each proxy, best at the top.", tasks...), f, err)
}

// ratios is the table of performance ratios: what the profiles are made of.
func (d *drawer) ratios() {
	const name = "ratios"
	p, err := compare.PerformanceProfiles(d.study.Results, nil)
	if err != nil {
		d.fail(name, err)
		return
	}
	caption := fmt.Sprintf("Error 1−%s of each proxy over the smallest on the task: how suboptimal it is (1 is the best proxy).", d.coef.symbol)
	t, err := RatioTable(p, d.captioned(name, caption, d.study.Results.Tasks()...)...)
	d.table(name, caption, t, err)
}

// RatioTable is the table of performance ratios, a row for each proxy and a column for each task: how many times the
// smallest error 1−ρ on the task the proxy's is. Undefined ones are NaN.
func RatioTable(p *compare.Profiles, opts ...plotting.TableOption) (*plotting.Table, error) {
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

// profiles draws performance profiles for each space and over all tasks (Figures 7 and 8 of the post).
func (d *drawer) profiles() {
	statistic := plotting.WithStatistic(d.coef.statistic)
	spaces := d.study.Results.Spaces()
	for _, space := range spaces {
		part := d.study.Results.Space(space)
		if !anyDefined(part) {
			continue // bars has said so
		}
		name := "profiles-" + space
		p, err := compare.PerformanceProfiles(part, nil)
		if err != nil {
			d.fail(name, err)
			continue
		}
		f, err := plotting.ProfilesOf(p, d.with(statistic)...)
		caption := fmt.Sprintf("Performance profiles on %s, %s%s.", space, count(len(p.Tasks), "task"), d.inPost("Figure 7"))
		d.figure(name, d.remarked(caption, part.Tasks()...), f, err)
	}
	if len(spaces) < 2 {
		return
	}
	const name = "profiles"
	p, err := compare.PerformanceProfiles(d.study.Results, nil)
	if err != nil {
		d.fail(name, err)
		return
	}
	caption := fmt.Sprintf("Performance profiles over the %s of all search spaces%s.", count(len(p.Tasks), "task"), d.inPost("Figure 8"))
	caption = d.remarked(caption, p.Tasks...)
	f, err := plotting.ProfilesOf(p, d.with(statistic)...)
	d.figure(name, caption, f, err)
	f, err = plotting.ProfilesOf(p, d.with(statistic, plotting.WithWidth(plotting.TwoColumn))...)
	d.figure(name+"-wide", caption, f, err)
}

// significance tests whether average ranks differ by more than chance. It takes three proxies and two tasks; tasks
// without any coefficient tell nothing.
func (d *drawer) significance() {
	results := definedTasks(d.study.Results)
	proxies, err := complete(results)
	if err != nil {
		d.fail("friedman", err)
		return
	}
	if n := len(results.Tasks()); len(proxies) < 3 || n < 2 {
		d.leaveOut("No tests of significance: they take at least 3 proxies with a coefficient on each of at least 2 tasks; there are %d on %s.",
			len(proxies), count(n, "task"))
		return
	}
	tasks := results.Tasks()
	caption := fmt.Sprintf("Friedman's test that all proxies rank alike, with Nemenyi's critical difference (CD) of average ranks at α = %v.", alpha)
	t, err := FriedmanTable(results, proxies, d.captioned("friedman", caption, tasks...)...)
	d.table("friedman", caption, t, err)

	cd, err := compare.CriticalDifferences(results, proxies, alpha)
	if err != nil {
		d.fail("critical-difference", err)
	} else {
		f, err := plotting.CriticalDifferenceOf(cd, d.with(plotting.WithWidth(plotting.TwoColumn))...)
		caption = fmt.Sprintf("Average ranks over %s with the critical difference. Proxies undefined on a task are left out.", count(cd.Friedman.N, "task"))
		d.figure("critical-difference", d.remarked(caption, tasks...), f, err)
	}

	caption = "Wilcoxon's signed-rank test of every pair of proxies, with Holm's correction, smallest p-value first."
	t, err = PairTable(results, proxies, d.captioned("wilcoxon-holm", caption, tasks...)...)
	d.table("wilcoxon-holm", caption, t, err)
}

// FriedmanTable tests the proxies on the tasks of each search space and of all: a row for each, with χ² and its
// p-value, Iman and Davenport's F and its p-value, and Nemenyi's critical difference of average ranks at 0.05.
// Search spaces with fewer than two complete tasks are left out. Where a statistic is undefined, a last column says
// why. Errors are those of [compare.CriticalDifferences].
func FriedmanTable(results compare.Results, proxies []string, opts ...plotting.TableOption) (*plotting.Table, error) {
	head := []string{"Tasks of", "Tasks", "Proxies", "χ²", "p of χ²", "F", "p of F", "CD"}
	var rows [][]string
	var reasons []string
	row := func(name string, part compare.Results) error {
		c, err := compare.CriticalDifferences(part, proxies, alpha)
		if err != nil {
			return err
		}
		f := c.Friedman
		rows = append(rows, []string{name, fmt.Sprint(f.N), fmt.Sprint(f.K), statistic(f.ChiSquare), pValue(f.P, 3),
			statistic(f.F), pValue(f.FP, 3), statistic(c.CD)})
		reasons = append(reasons, f.Reason)
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
	for _, r := range reasons {
		if r != "" {
			head = append(head, "Remark")
			for i := range rows {
				rows[i] = append(rows[i], reasons[i])
			}
			break
		}
	}
	return plotting.TextTable(head, rows, opts...)
}

// PairTable is [compare.WilcoxonHolm] as a table, smallest p-value first.
func PairTable(results compare.Results, proxies []string, opts ...plotting.TableOption) (*plotting.Table, error) {
	tests, err := compare.WilcoxonHolm(results, proxies)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for _, t := range tests {
		rows = append(rows, []string{t.A, t.B, fmt.Sprint(t.N), pValue(t.P, 4), pValue(t.Adjusted, 4)})
	}
	return plotting.TextTable([]string{"Proxy", "and", "Tasks", "p", "p (Holm)"}, rows, opts...)
}

// undefined stands for a number that there is not, as in tables of numbers.
const undefined = "–"

// statistic prints a test's statistic; F is infinite where all tasks agree.
func statistic(v float64) string {
	switch {
	case math.IsNaN(v):
		return undefined
	case math.IsInf(v, 1):
		return "∞"
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// pValue prints a p-value, and a small one as below what the digits can show: it is never 0.
func pValue(p float64, digits int) string {
	if math.IsNaN(p) {
		return undefined
	}
	if least := math.Pow10(-digits); p < least {
		return "< " + strconv.FormatFloat(least, 'f', digits, 64)
	}
	return strconv.FormatFloat(p, 'f', digits, 64)
}
