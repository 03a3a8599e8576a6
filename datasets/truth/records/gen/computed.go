package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/zcnas/zcnas/datasets/truth/records"
	"github.com/zcnas/zcnas/datasets/truth/records/internal/columns"
	"github.com/zcnas/zcnas/spaces"
)

// runComputed makes the files of this project's own scores from what "zc sweep -all -format csv" printed.
func runComputed(from, to string) error {
	names, err := filepath.Glob(filepath.Join(from, "*.csv"))
	if err != nil || len(names) == 0 {
		return fmt.Errorf("no *.csv in %s (%v)", from, err)
	}
	scores := map[string]map[string]map[string]float64{} // by space, proxy and architecture
	sources := map[string]string{}
	for _, name := range names {
		if err := readSweep(name, scores, sources); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	files := map[string][]columns.Table{}
	for space, bench := range map[string]string{"nats-tss": "nasbench201", "transnas-micro": "transbench101_micro", "transnas-macro": "transbench101_macro"} {
		t, err := computedTable(space, bench, scores[space])
		if err != nil {
			return err
		}
		t.Source = sources[space]
		files[bench+"_computed"] = []columns.Table{t}
	}
	return write(to, files)
}

func readSweep(name string, scores map[string]map[string]map[string]float64, sources map[string]string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return err
	}
	if len(rows) < 2 {
		return errors.New("no rows")
	}
	column := func(name string) int { return slices.Index(rows[0], name) }
	space, arch, proxy, value, data, batch := column("space"), column("arch"), column("proxy"), column("value"), column("data"), column("batch")
	for _, row := range rows[1:] {
		v := math.NaN() // undefined
		if row[value] != "" {
			if v, err = strconv.ParseFloat(row[value], 64); err != nil {
				return err
			}
		}
		bySpace := scores[row[space]]
		if bySpace == nil {
			bySpace = map[string]map[string]float64{}
			scores[row[space]] = bySpace
		}
		if bySpace[row[proxy]] == nil {
			bySpace[row[proxy]] = map[string]float64{}
			if sources[row[space]] != "" {
				sources[row[space]] += "; "
			}
			sources[row[space]] += fmt.Sprintf("%s: this project, %s, batch %s, seed 0", row[proxy], row[data], row[batch])
		}
		bySpace[row[proxy]][row[arch]] = v
	}
	return nil
}

// computedTable has the architectures in the order and the notation of the published records.
func computedTable(space, bench string, scores map[string]map[string]float64) (columns.Table, error) {
	t := columns.Table{Bench: bench, Part: "computed"}
	published, err := records.Whole(bench)
	if err != nil {
		return t, err
	}
	s, err := spaces.Get(space)
	if err != nil {
		return t, err
	}
	t.Archs = published.Archs(published.Tasks()[0])
	for proxy, byArch := range scores {
		c := columns.Column{Name: proxy}
		for _, key := range t.Archs {
			arch, err := s.Parse(key)
			if err != nil {
				return t, err
			}
			v, ok := byArch[string(arch)]
			if !ok {
				return t, fmt.Errorf("%s of %s was not computed for %s", proxy, space, arch)
			}
			c.Values = append(c.Values, v)
		}
		t.Columns = append(t.Columns, c)
	}
	if len(t.Columns) == 0 {
		return t, fmt.Errorf("there are no scores of %s", space)
	}
	sortColumns(t.Columns)
	return t, nil
}
