package columns

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func sample() []Table {
	nan := math.NaN()
	return []Table{
		{Bench: "b", Task: "t", Part: "sample", Metric: "accuracy", Epoch: "last", Source: "s",
			Archs: []string{"(0, 1)", "(1, 0)", "(1, 1)"},
			Columns: []Column{
				{"accuracy", []float64{91.15, 91.15, 15.619999992370605}},
				{"zen", []float64{-1e8, 0.5, -0.25}},
				{"gaps", []float64{nan, math.Inf(1), math.Inf(-1)}},
				{"zeros", []float64{0, math.Copysign(0, -1), math.SmallestNonzeroFloat64}},
			}},
		{Bench: "b", Task: "same architectures", Archs: []string{"(0, 1)", "(1, 0)", "(1, 1)"},
			Columns: []Column{{"accuracy", []float64{1, 2, 2}}}},
		{Bench: "b", Task: "none"},
	}
}

func TestRoundTrip(t *testing.T) {
	many := Table{Bench: "many"}
	var mixed, repeated Column
	for i := range 70000 { // more than a dictionary holds
		many.Archs = append(many.Archs, strings.Repeat("x", i%5))
		mixed.Values = append(mixed.Values, math.Sqrt(float64(i)))
		repeated.Values = append(repeated.Values, math.Sqrt(float64(i%300)))
	}
	many.Columns = []Column{mixed, repeated}
	for name, tables := range map[string][]Table{"sample": sample(), "many rows": {many}, "nothing": {}} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Encode(&b, tables); err != nil {
				t.Fatal(err)
			}
			got, err := Decode(&b)
			if err != nil {
				t.Fatal(err)
			}
			same := cmp.Comparer(func(a, b float64) bool { return bits(a) == bits(b) })
			if diff := cmp.Diff(tables, got, same, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("mismatch (-written +read):\n%s", diff)
			}
		})
	}
}

func TestEncodeErrors(t *testing.T) {
	for want, table := range map[string]Table{
		"2 architectures, but 1 values of p": {Archs: []string{"a", "b"}, Columns: []Column{{"p", []float64{1}}}},
		"line break":                         {Archs: []string{"a\nb"}},
	} {
		if err := Encode(new(bytes.Buffer), []Table{table}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %q in it", err, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	var b bytes.Buffer
	if err := Encode(&b, sample()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		tables, err := Decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		if err := Encode(new(bytes.Buffer), tables); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}
