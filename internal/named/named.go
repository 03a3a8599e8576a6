// Package named finds things by name: the registries of the module's packages, and what to say of a name that none of
// them knows.
package named

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Registry holds values by name, in the order of their registration. Its zero value is empty; it may be used by
// several goroutines at once.
type Registry[T any] struct {
	mu    sync.RWMutex
	names []string
	byKey map[string]T
}

// Add registers a value. It fails if the name is empty, holds a blank or is taken; pkg and what stand in the error:
// "datasets", "data set".
func (r *Registry[T]) Add(pkg, what, name string, v T) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if name == "" || strings.ContainsAny(name, " \t\n") {
		return fmt.Errorf("%s: a %s needs a name without blanks to be registered, not %q", pkg, what, name)
	}
	if _, taken := r.byKey[name]; taken {
		return fmt.Errorf("%s: a %s named %q is registered already", pkg, what, name)
	}
	if r.byKey == nil {
		r.byKey = map[string]T{}
	}
	r.names, r.byKey[name] = append(r.names, name), v
	return nil
}

// Get returns the value of that name.
func (r *Registry[T]) Get(name string) (T, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	v, ok := r.byKey[name]
	return v, ok
}

// Names lists the registered names.
func (r *Registry[T]) Names() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Clone(r.names)
}

// Unknown is the error for a name that is not among the known ones: `datasets: unknown data set "cifar" (did you mean
// "cifar10"?); there are cifar10, cifar100`.
func Unknown(pkg, what, name string, known []string) error {
	return fmt.Errorf("%s: unknown %s %q%s; there are %s", pkg, what, Clip(name), Hint(name, known), strings.Join(known, ", "))
}

// Hint is ` (did you mean "…"?)` with the nearest of the names, or "" if none is near.
func Hint(name string, known []string) string {
	if n := Nearest(name, known); n != "" {
		return fmt.Sprintf(" (did you mean %q?)", n)
	}
	return ""
}

// longest bounds the names that are compared; nobody mistypes longer ones.
const longest = 100

// Clip shortens a name for an error message.
func Clip(name string) string {
	if r := []rune(name[:min(len(name), longest)]); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return name
}

// Nearest is the candidate with the smallest edit distance from name, of equally near ones that with the longest common
// beginning, or "" if even the nearest differs in more than half of its letters. Case, dashes, underscores and blanks do not count: people
// write CIFAR-10 for cifar10.
func Nearest(name string, candidates []string) string {
	if len(name) > longest {
		return ""
	}
	name = Fold(name)
	best, least, begins := "", 0, 0
	for _, c := range candidates {
		folded := Fold(c)
		d, same := editDistance(name, folded), 0
		for same < min(len(name), len(folded)) && name[same] == folded[same] {
			same++
		}
		if 2*d <= max(len(name), len(folded)) && (best == "" || d < least || d == least && same > begins) {
			best, least, begins = c, d, same
		}
	}
	return best
}

var separators = strings.NewReplacer("-", "", "_", "", " ", "")

// Fold takes away how people write one name differently: case, dashes, underscores and blanks.
func Fold(s string) string { return separators.Replace(strings.ToLower(s)) }

// editDistance is the Levenshtein distance in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
