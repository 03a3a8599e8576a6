package spaces

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

var registry = struct {
	sync.RWMutex
	list []Space
}{list: []Space{TSS(), SSS(), DARTS(), TransNASMicro(), TransNASMacro()}}

// Register adds a space, so that [Get] finds it by its name. It fails if the name is empty or taken.
func Register(s Space) error {
	registry.Lock()
	defer registry.Unlock()
	if s == nil || s.Name() == "" {
		return fmt.Errorf("spaces: a space to be registered needs a name")
	}
	for _, other := range registry.list {
		if other.Name() == s.Name() {
			return fmt.Errorf("spaces: a space named %q is registered already", s.Name())
		}
	}
	registry.list = append(registry.list, s)
	return nil
}

// Get returns the registered space of that name, with its default options. The error for an unknown name
// suggests the nearest.
func Get(name string) (Space, error) {
	var names []string
	for _, s := range All() {
		if s.Name() == name {
			return s, nil
		}
		names = append(names, s.Name())
	}
	return nil, fmt.Errorf("spaces: unknown search space %q%s; there are %s", clipWord(name), hint(name, names),
		strings.Join(names, ", "))
}

// All lists the registered spaces, in the order of their registration.
func All() []Space {
	registry.RLock()
	defer registry.RUnlock()
	return slices.Clone(registry.list)
}

// hint is `, did you mean "…"?` with the nearest of the names, or "" if none is near.
func hint(name string, names []string) string {
	if n := Nearest(name, names); n != "" {
		return fmt.Sprintf(" (did you mean %q?)", n)
	}
	return ""
}

// Nearest is the candidate with the smallest edit distance from name, for suggestions after a typing error:
// the first of equally near ones, or "" if even the nearest differs in more than half of its letters.
func Nearest(name string, candidates []string) string {
	if len(name) > 100 {
		return ""
	}
	best, bestDist := "", 0
	for _, c := range candidates {
		d := editDistance(strings.ToLower(name), strings.ToLower(c))
		if 2*d <= max(len(c), len(name)) && (best == "" || d < bestDist) {
			best, bestDist = c, d
		}
	}
	return best
}

// editDistance is the Levenshtein distance in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
