package proxies

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Setting is a number that a proxy's definition leaves open. Several proxies may share one.
type Setting struct {
	Name     string // "swap.repeats"
	About    string
	Default  float64
	Min, Max float64
	Whole    bool // whole numbers only
}

// Settings lists the settings of the registered proxies, by name.
func Settings() []Setting {
	known := map[string]Setting{}
	for _, p := range All() {
		for _, s := range p.Settings {
			known[s.Name] = s
		}
	}
	var out []Setting
	for _, name := range slices.Sorted(maps.Keys(known)) {
		out = append(out, known[name])
	}
	return out
}

// CheckSetting reports a setting that no proxy has, or a value out of its range.
func CheckSetting(name string, value float64) error {
	var names []string
	for _, s := range Settings() {
		if s.Name != name {
			names = append(names, s.Name)
			continue
		}
		if !(value >= s.Min && value <= s.Max) || s.Whole && value != math.Trunc(value) {
			kind := "a number"
			if s.Whole {
				kind = "a whole number"
			}
			return fmt.Errorf("proxies: %s = %v (%s): give %s from %v to %v", name, value, s.About, kind, s.Min, s.Max)
		}
		return nil
	}
	return fmt.Errorf("proxies: no proxy has a setting %q; there are %s", name, strings.Join(names, ", "))
}

// Setting is the value of a setting of the session, its default where it was not set.
func (s *Session) Setting(name string) float64 {
	if v, ok := s.Settings[name]; ok {
		return v
	}
	for _, known := range Settings() {
		if known.Name == name {
			return known.Default
		}
	}
	panic("proxies: a setting that no proxy declares: " + name)
}

// Describe is what of the settings differs from the defaults, among those that the proxies have: " swap.repeats=4". It is
// part of the key of score rows.
func Describe(chosen []Proxy, settings map[string]float64) string {
	var text string
	seen := map[string]bool{}
	for _, p := range chosen {
		for _, s := range p.Settings {
			if v, ok := settings[s.Name]; ok && v != s.Default && !seen[s.Name] {
				seen[s.Name] = true
				text += fmt.Sprintf(" %s=%v", s.Name, v)
			}
		}
	}
	return text
}
