package search

import (
	"fmt"
	"slices"
	"strings"
)

// Encode describes architectures of one space in numbers, one column for each choice: what [Task.Encoding] takes.
//
// Most spaces write an architecture as a list of choices, "(0, 2, 3, 2, 3, 1)", "|nor_conv_3x3~0|+…", "64-41414-1_02_333"
// or "8:8:16:24:32": there a column says whether the word or number at one position has one value. Architectures with
// fewer positions than others have the value "0" at the positions that they lack. Positions that are the same in
// all architectures have no columns.
//
// DARTS's two cells, "[[(0, 0), (1, 5), …], […]]", are described by counts: of each cell, node, input and operation,
// for a node's two edges may be listed in either order.
//
// The columns depend on all of archs: encode those to learn from and those to predict in one call.
func Encode(archs []string) ([][]float64, error) {
	rows := make([][]string, len(archs))
	for i, a := range archs {
		if rows[i] = words(a); len(rows[i]) == 0 {
			return nil, fmt.Errorf("search: the architecture %q names no choices", a)
		}
	}
	if len(archs) > 0 && nested(archs[0]) {
		return encodeCells(archs, rows)
	}
	longest := 0
	for _, r := range rows {
		longest = max(longest, len(r))
	}
	var out [][]float64
	for p := range longest {
		at := func(i int) string {
			if p < len(rows[i]) {
				return rows[i][p]
			}
			return "0"
		}
		out = append(out, indicators(len(archs), at)...)
	}
	return out, nil
}

// indicators returns a column for each value, in the order of the values; none where there is only one value.
func indicators(n int, at func(int) string) [][]float64 {
	var values []string
	for i := range n {
		if v := at(i); !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	if len(values) < 2 {
		return nil
	}
	slices.Sort(values)
	out := make([][]float64, len(values))
	for k := range out {
		out[k] = make([]float64, n)
	}
	for i := range n {
		out[slices.Index(values, at(i))][i] = 1
	}
	return out
}

// nested tells the two-cell notation of DARTS by its brackets.
func nested(arch string) bool {
	a := strings.TrimLeft(arch, " ")
	return strings.HasPrefix(a, "[[(") || strings.HasPrefix(a, "(((")
}

// edgesOfCell is the number of edges that a DARTS cell lists: two for each of four nodes.
const edgesOfCell = 8

func encodeCells(archs []string, rows [][]string) ([][]float64, error) {
	columns := map[[4]string][]float64{}
	var order [][4]string
	for i, r := range rows {
		if len(r) != 2*2*edgesOfCell {
			return nil, fmt.Errorf("search: %q names %d numbers; two cells of eight edges have 32", archs[i], len(r))
		}
		for e := range 2 * edgesOfCell {
			key := [4]string{string(rune('0' + e/edgesOfCell)), string(rune('0' + e%edgesOfCell/2)), r[2*e], r[2*e+1]}
			if columns[key] == nil {
				columns[key] = make([]float64, len(archs))
				order = append(order, key)
			}
			columns[key][i]++
		}
	}
	slices.SortFunc(order, func(a, b [4]string) int { return slices.Compare(a[:], b[:]) })
	out := make([][]float64, len(order))
	for j, key := range order {
		out[j] = columns[key]
	}
	return out, nil
}

// words are the runs of letters, digits and underscores of a text; in TransNAS-Bench-101's notation,
// "64-41414-1_02_333", the digits behind the first dash.
func words(text string) []string {
	if base, rest, ok := strings.Cut(text, "-"); ok && base != "" && strings.Trim(base, "0123456789") == "" {
		var out []string
		for _, c := range rest {
			if c >= '0' && c <= '9' {
				out = append(out, string(c))
			}
		}
		return out
	}
	return strings.FieldsFunc(text, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}
