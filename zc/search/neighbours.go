package search

import (
	"fmt"
	"slices"
)

// Neighbours lists, for each architecture, those of the others that differ from it in one choice, as rows. Where an
// architecture makes fewer choices than others, the missing ones are the choice "0". Of the two cells of DARTS, whose
// spaces are never listed in full, there are none. Errors: an architecture without choices, or one listed twice.
func Neighbours(archs []string) ([][]int32, error) {
	rows := make([][]string, len(archs))
	longest := 0
	for i, a := range archs {
		if rows[i] = words(a); len(rows[i]) == 0 {
			return nil, fmt.Errorf("search: the architecture %q names no choices", a)
		}
		longest = max(longest, len(rows[i]))
	}
	// Choices as bytes: a key is a string that differs in one byte from those of the neighbours.
	values := make([][]string, longest)
	keys := make([][]byte, len(archs))
	at := make(map[string]int32, len(archs))
	for i, r := range rows {
		keys[i] = make([]byte, longest)
		for p := range longest {
			v := "0"
			if p < len(r) {
				v = r[p]
			}
			k := slices.Index(values[p], v)
			if k < 0 {
				k = len(values[p])
				values[p] = append(values[p], v)
			}
			if k > 255 {
				return nil, fmt.Errorf("search: more than 256 values at position %d of the architectures, such as %q", p, archs[i])
			}
			keys[i][p] = byte(k)
		}
		if other, ok := at[string(keys[i])]; ok {
			return nil, fmt.Errorf("search: the architectures %q and %q are the same", archs[other], archs[i])
		}
		at[string(keys[i])] = int32(i)
	}
	out := make([][]int32, len(archs))
	for i, key := range keys {
		for p, own := range key {
			for v := range values[p] {
				key[p] = byte(v)
				if other, ok := at[string(key)]; ok && byte(v) != own {
					out[i] = append(out[i], other)
				}
			}
			key[p] = own
		}
	}
	return out, nil
}
