package plotting

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every kind of figure says which options it has a use for.
func TestUses(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`newFigure\("(\w+)"`).FindAllStringSubmatch(string(source), -1) {
			found++
			if _, ok := uses[m[1]]; !ok {
				t.Errorf("%s: %s is not in uses", name, m[1])
			}
		}
	}
	if found != len(uses) {
		t.Errorf("%d kinds of figures, %d in uses", found, len(uses))
	}
}

func TestOptionsThatDoNotApply(t *testing.T) {
	scores := []float64{1, 2, 3}
	for name, c := range map[string]struct {
		make func() (*Figure, error)
		want string
	}{
		"heat map":  {func() (*Figure, error) { return HeatMap([]string{"a"}, [][]float64{{1}}, WithLogX()) }, "HeatMap: WithLogX is for other figures"},
		"scatter":   {func() (*Figure, error) { return Scatter("snip", scores, scores, WithGroups([]string{"a"})) }, "Scatter: WithGroups"},
		"histogram": {func() (*Figure, error) { return Histogram("snip", scores, 2, WithStatistic(0)) }, "Histogram: WithStatistic"},
		"grid": {func() (*Figure, error) {
			f, err := Scatter("snip", scores, scores)
			if err != nil {
				return nil, err
			}
			return Grid([]*Figure{f}, WithLogX())
		}, "Grid: WithLogX"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := c.make(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}
