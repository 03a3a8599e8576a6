package plotting

import (
	"fmt"
	"testing"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
)

var postProxies = []string{"fisher", "grad_norm", "grasp", "jacob_cov", "snip", "synflow", "flops", "params"}

// The eight proxies of the post must differ in colour and in marker, so that either alone tells them apart, and on
// both themes stand out from the background.
func TestStylesOfThePostDiffer(t *testing.T) {
	colors, markers := map[string]string{}, map[Marker]string{}
	for _, n := range postProxies {
		s := Style(n)
		c := fmt.Sprint(s.Color)
		if other, ok := colors[c]; ok {
			t.Errorf("%s and %s share colour %s", n, other, c)
		}
		if other, ok := markers[s.Marker]; ok {
			t.Errorf("%s and %s share marker %d", n, other, s.Marker)
		}
		colors[c], markers[s.Marker] = n, n
		for _, th := range []Theme{Light(), Dark()} {
			if k := canvas.Contrast(th.Ink(s.Color), canvas.RGBA8(th.Background)); k < 2.2 {
				t.Errorf("%s has contrast %.2f on its background", n, k)
			}
		}
	}
}

func TestKnownStylesAreDistinct(t *testing.T) {
	seen := map[string]string{}
	for n, s := range proxyStyles {
		k := fmt.Sprint(s.Color, s.Marker)
		if other, ok := seen[k]; ok {
			t.Errorf("%s and %s look alike", n, other)
		}
		seen[k] = n
	}
}

func TestStylesInOneFigureDiffer(t *testing.T) {
	var names []string
	for i := range 60 {
		names = append(names, fmt.Sprint("mine", i))
	}
	seen := map[string]bool{}
	for i, s := range styles(names) {
		k := fmt.Sprint(s.Color, s.Marker)
		if seen[k] {
			t.Errorf("%s looks like another proxy of the figure", names[i])
		}
		seen[k] = true
	}
	if a, b := Style("mine1"), Style("mine1"); fmt.Sprint(a) != fmt.Sprint(b) {
		t.Error("a style is not stable")
	}
	if fmt.Sprint(Style("jacov")) != fmt.Sprint(Style("jacob_cov")) {
		t.Error("an alias has its own style")
	}
}
