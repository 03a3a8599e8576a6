package compare

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/zc/stats"
	"github.com/zcnas/zcnas/zc/table"
)

// ProxyCorrelation says how well one proxy ranks architectures.
type ProxyCorrelation struct {
	Proxy    string
	Spearman stats.Correlation
	Interval stats.Interval // of Spearman
	Kendall  stats.Correlation
	Pearson  stats.Correlation
}

// Correlations is what [Correlate] finds: one row for each proxy of a score table.
type Correlations struct {
	Run     table.RunKey
	Rows    []ProxyCorrelation // in the order of the table's proxies
	Joined  int                // architectures with scores and a true value
	NoTruth int                // scored architectures without a true value
	NoScore int                // true values of architectures that were not scored
}

// Correlate joins the scores of one run with the architectures' true values, usually the accuracy, by
// the architecture's notation, and correlates each proxy with them. Signs are kept: no proxy's
// direction is flipped. The options are those of [stats.Bootstrap] for the interval of Spearman's coefficient.
//
// It is an error if the table is empty or holds several runs (take one with [table.Table.Run]), or if no
// architecture is in both. A true value of NaN counts as missing.
func Correlate(scores *table.Table, truth map[string]float64, opts ...stats.BootstrapOption) (*Correlations, error) {
	if scores == nil {
		return nil, errors.New("compare: correlate: the score table is nil")
	}
	runs := scores.Runs()
	switch {
	case len(runs) == 0:
		return nil, errors.New("compare: correlate: the score table is empty")
	case len(runs) > 1:
		return nil, fmt.Errorf("compare: correlate: the score table mixes %d runs, such as %+v and %+v; take one with Table.Run",
			len(runs), runs[0], runs[1])
	}
	out := &Correlations{Run: runs[0]}
	archs := scores.Archs()
	target := Join(scores, truth)
	for _, v := range target {
		if math.IsNaN(v) {
			out.NoTruth++
		} else {
			out.Joined++
		}
	}
	for _, v := range truth {
		if !math.IsNaN(v) {
			out.NoScore++
		}
	}
	out.NoScore -= out.Joined
	if out.Joined == 0 {
		return nil, fmt.Errorf("compare: correlate: none of the %d scored architectures (such as %q) is among the %d true values (such as %q); bring both to one notation with the space's Parse",
			len(archs), archs[0], len(truth), firstKey(truth))
	}
	proxies := scores.Proxies()
	columns := scores.Columns(proxies)
	for j, proxy := range proxies {
		row, err := correlateProxy(proxy, columns[j], target, opts)
		if err != nil {
			return nil, err
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// Best lists the n proxies with the highest Spearman's coefficient, the highest first; those without one are left out.
func (c *Correlations) Best(n int) []string {
	rows := slices.DeleteFunc(slices.Clone(c.Rows), func(r ProxyCorrelation) bool { return math.IsNaN(r.Spearman.Rho) })
	slices.SortStableFunc(rows, func(a, b ProxyCorrelation) int { return cmp.Compare(b.Spearman.Rho, a.Spearman.Rho) })
	names := make([]string, 0, max(0, min(n, len(rows))))
	for _, r := range rows[:cap(names)] {
		names = append(names, r.Proxy)
	}
	return names
}

// String is a line for each proxy, to be printed.
func (c *Correlations) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d architectures of %s, scored on %s, batch %d\n", c.Joined, c.Run.Space, c.Run.Data, c.Run.Batch)
	for _, r := range c.Rows {
		fmt.Fprintf(&b, "%-16s ρ = %6.3f [%6.3f, %6.3f]  τ = %6.3f\n", r.Proxy, r.Spearman.Rho, r.Interval.Low, r.Interval.High, r.Kendall.Rho)
	}
	return b.String()
}

func correlateProxy(proxy string, scores, target []float64, opts []stats.BootstrapOption) (ProxyCorrelation, error) {
	// Architectures without a true value are reported once for the table; Dropped is about scores.
	x, y := known(scores, target)
	row := ProxyCorrelation{Proxy: proxy}
	var err error
	if row.Spearman, row.Interval, err = stats.Bootstrap(stats.StatisticSpearman, x, y, opts...); err != nil {
		return row, err
	}
	if row.Kendall, err = stats.KendallTauB(x, y); err != nil {
		return row, err
	}
	row.Pearson, err = stats.Pearson(x, y)
	return row, err
}

// firstKey returns the alphabetically first key, "" if there is none.
func firstKey(m map[string]float64) string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return ""
	}
	return slices.Min(keys)
}
