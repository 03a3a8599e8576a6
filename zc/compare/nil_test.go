package compare

import (
	"strings"
	"testing"
)

// A cell may go on after an error and hand over nothing.
func TestNilTable(t *testing.T) {
	if _, err := Correlate(nil, map[string]float64{"a": 1}); err == nil || !strings.Contains(err.Error(), "the score table is nil") {
		t.Errorf("Correlate: error %v", err)
	}
	if _, err := AllPairs(nil, nil); err == nil || !strings.Contains(err.Error(), "the score table is nil") {
		t.Errorf("AllPairs: error %v", err)
	}
}
