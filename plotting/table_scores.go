package plotting

import (
	"fmt"
	"math"
	"strings"

	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/table"
)

// shownArchs is how many architectures of a score table are shown.
const shownArchs = 10

// ScoresOf is the table of the first architectures of a score table, a column for each proxy, with what is left out in
// a note. Several runs stand one below the other.
func ScoresOf(scores *table.Table, opts ...TableOption) (*Table, error) {
	if scores == nil {
		return nil, fmt.Errorf("plotting: ScoresOf: the table is nil")
	}
	proxies := scores.Proxies()
	var rows [][]string
	records := scores.Records()
	undefined := 0
	for i, r := range records {
		row := []string{r.Arch}
		for _, p := range proxies {
			v, ok := r.Scores[p]
			switch {
			case !ok:
				row = append(row, "")
				continue
			case math.IsNaN(v):
				undefined++
			}
			row = append(row, shortNumber(v))
		}
		if i < shownArchs {
			rows = append(rows, row)
		}
	}
	var notes []string
	if more := len(records) - len(rows); more > 0 {
		notes = append(notes, fmt.Sprintf("The first %d of %d architectures.", len(rows), len(records)))
	}
	if undefined > 0 {
		notes = append(notes, fmt.Sprintf("– is an undefined score; of all there are %d.", undefined))
	}
	base := []TableOption{WithTableNote(strings.Join(notes, " "))}
	if runs := scores.Runs(); len(runs) == 1 {
		base = append(base, WithCaption(fmt.Sprintf("Scores on %s: %s, batch %d, seed %d", runs[0].Space, runs[0].Data, runs[0].Batch, runs[0].Seed)))
	}
	return TextTable(append([]string{"Architecture"}, proxies...), rows, append(base, opts...)...)
}

// shortNumber is a score with four digits, – where it is undefined.
func shortNumber(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.4g", v)
}

// CorrelationsOf is the table of correlations with accuracies: Spearman's coefficient with its interval, Kendall's and
// Pearson's, and the pairs that they are from.
func CorrelationsOf(c *compare.Correlations, opts ...TableOption) (*Table, error) {
	if c == nil {
		return nil, fmt.Errorf("plotting: CorrelationsOf: the correlations are nil")
	}
	var names []string
	var values, lo, hi [][]float64
	nan := math.NaN()
	for _, r := range c.Rows {
		names = append(names, r.Proxy)
		values = append(values, []float64{r.Spearman.Rho, r.Kendall.Rho, r.Pearson.Rho})
		lo, hi = append(lo, []float64{r.Interval.Low, nan, nan}), append(hi, []float64{r.Interval.High, nan, nan})
	}
	caption := fmt.Sprintf("Correlation with the ground truth, %d architectures of %s, scored on %s, batch %d", c.Joined, c.Run.Space, c.Run.Data, c.Run.Batch)
	return NumberTable(names, []string{"Spearman’s ρ", "Kendall’s τ", "Pearson’s r"}, values,
		append([]TableOption{WithIntervals(lo, hi), WithRowHeader("Proxy"), WithCaption(caption)}, opts...)...)
}
