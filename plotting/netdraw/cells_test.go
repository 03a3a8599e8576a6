package netdraw

import (
	"testing"

	"github.com/zcnas/zcnas/spaces"
)

func TestCellsOf(t *testing.T) {
	for _, s := range spaces.All() {
		archs, err := s.Sample(3, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range archs {
			if _, err := Cells(s, a); err != nil {
				t.Errorf("%s %s: %v", s.Name(), a, err)
			}
		}
		if _, err := Cells(s, "no such architecture"); err == nil {
			t.Errorf("%s: nonsense is drawn", s.Name())
		}
	}
	if _, err := Cells(nil, ""); err == nil {
		t.Error("a nil space is accepted")
	}
}
