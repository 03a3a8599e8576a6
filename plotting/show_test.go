package plotting

import (
	"errors"
	"strings"
	"testing"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/table"
)

// What packages find shows without a call of its own.
func TestDrawn(t *testing.T) {
	scores := table.New()
	truth := map[string]float64{}
	for i, arch := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"} {
		for _, p := range []string{"snip", "params"} {
			scores.Add(table.Entry{Key: table.Key{Space: "s", Arch: arch, Data: "d", Batch: 8, Proxy: p}, Value: float64(i * i)})
		}
		truth[arch] = float64(i % 5)
	}
	correlations, err := compare.Correlate(scores, truth)
	if err != nil {
		t.Fatal(err)
	}
	matrix, err := compare.AllPairs(scores, truth)
	if err != nil {
		t.Fatal(err)
	}
	results, err := compare.PublishedResults()
	if err != nil {
		t.Fatal(err)
	}
	ranks, err := compare.AverageRanks(results, nil)
	if err != nil {
		t.Fatal(err)
	}
	profiles, err := compare.PerformanceProfiles(results, nil)
	if err != nil {
		t.Fatal(err)
	}
	cd, err := compare.CriticalDifferences(results, nil, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		item any
		want string // in the text
	}{
		{"scores", scores, "The first 10 of 12 architectures."},
		{"correlations", correlations, "12 architectures of s"},
		{"results", results, "Jigsaw"},
		{"ranks", ranks, "1.33"},
		{"matrix", matrix, "heat map"},
		{"profiles", profiles, "profile"},
		{"critical differences", cd, "ritical"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Drawn(tt.item)
			if err != nil {
				t.Fatal(err)
			}
			d, err := s.Bundle()
			if err != nil {
				t.Fatal(err)
			}
			if text, _ := d.Data[protocol.MIMETextPlain].(string); !strings.Contains(strings.ToLower(text), strings.ToLower(tt.want)) {
				t.Errorf("the text lacks %q: %.300s", tt.want, text)
			}
		})
	}
}

func TestShowErrors(t *testing.T) {
	bad := errors.New("bad")
	fig := func() (*Figure, error) { return nil, bad }
	if err := Show(fig()); !errors.Is(err, bad) {
		t.Errorf("the error of a call: %v", err)
	}
	table := func() (*Table, error) { return TextTable([]string{"a", "b"}, [][]string{{"c", "d"}}) }
	if err := Show(table()); err != nil {
		t.Errorf("the results of a call: %v", err)
	}
	for name, item := range map[string]any{"nil": nil, "nil figure": (*Figure)(nil), "a number": 3} {
		if err := Show(item); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
