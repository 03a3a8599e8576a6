package truth

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/spaces"
)

func TestNew(t *testing.T) {
	archs := []string{"64-1234-basic", "(1, 2, 3, 4, 1, 0)", "64-4111-basic"}
	got, err := New(spaces.TransNASMacro(), Truth{Task: "jigsaw"}, archs, []float64{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := got.Value("64-12341-basic"); v != 2 || !ok {
		t.Errorf("a value given by indices is %v, %v", v, ok)
	}
	if v, ok := got.Value("64-11114-basic"); !math.IsNaN(v) || ok {
		t.Errorf("an architecture without a value has %v, %v", v, ok)
	}
	sample := got.Sample(2, 1)
	if len(sample) != 2 || !slices.Equal(sample, got.Sample(2, 1)) || len(got.Sample(9, 0)) != 3 || len(got.Sample(-1, 0)) != 0 {
		t.Errorf("samples %v, %v, %v", sample, got.Sample(9, 0), got.Sample(-1, 0))
	}
	for _, tt := range []struct {
		archs  []string
		values []float64
		want   string
	}{
		{archs, []float64{1}, "3 architectures with 1 values"},
		{[]string{"64-1234-basic", "(1, 2, 3, 4, 0, 0)"}, []float64{1, 2}, "two values of 64-1234-basic, one of them as (1, 2, 3, 4, 0, 0)"},
		{[]string{"64-1234-basic", "x"}, []float64{1, 2}, "architecture 2 is not of transnas-macro"},
	} {
		if _, err := New(spaces.TransNASMacro(), Truth{}, tt.archs, tt.values); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, want %q", err, tt.want)
		}
	}
}

func TestReadCSV(t *testing.T) {
	for _, tt := range []struct {
		name, text, task, want string // of the error
		column                 bool
		archs                  int
	}{
		{"one column", "\ufeffarch,top1\n64-1234-basic,3\n64-4111-basic,\n", "", "", false, 1},
		{"of two", "a,arch,b\n1,64-1234-basic,3\n", "b", "", false, 1},
		{"none named", "a,arch,b\n1,64-1234-basic,3\n", "", "columns a, b", true, 0},
		{"no such", "a,arch\n1,64-1234-basic\n", "c", "columns a", true, 0},
		{"empty", "", "", "empty", false, 0},
		{"no arch", "a,b\n1,2\n", "a", "no column arch", false, 0},
		{"number", "arch,a\n64-1234-basic,x\n", "", `line 2: "x" is not a number`, false, 0},
		{"arch", "arch,a\n64-1234-basic,1\n64,2\n", "", "line 3", false, 0},
		{"short row", "arch,a\n64-1234-basic\n", "", "wrong number of fields", false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ReadCSV(strings.NewReader(tt.text), spaces.TransNASMacro(), tt.task)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) || errors.Is(err, ErrColumn) != tt.column {
				t.Fatalf("error %v, want %q", err, tt.want)
			}
			if err == nil && len(got.Archs()) != tt.archs {
				t.Errorf("%v, want %d", got, tt.archs)
			}
		})
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add("arch,top1\n64-1234-basic,3\n", "")
	f.Add("a,arch,b\n1,\"64-1234-basic\",3\n", "b")
	f.Fuzz(func(t *testing.T, text, task string) {
		got, err := ReadCSV(strings.NewReader(text), spaces.TransNASMacro(), task)
		if err == nil && len(got.Values()) != len(got.Archs()) {
			t.Errorf("%d values of %d architectures", len(got.Values()), len(got.Archs()))
		}
	})
}

func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range Benches() {
		if seen[b.Name] || seen[b.Space] || b.Title == "" || len(b.Tasks) == 0 {
			t.Errorf("%+v", b)
		}
		seen[b.Name], seen[b.Space] = true, true
		s, err := spaces.Get(b.Space)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := len(TaskNames(s)); got != len(b.Tasks)+len(b.Added) {
			t.Errorf("%s has %d tasks, want %d", b.Space, got, len(b.Tasks)+len(b.Added))
		}
	}
	for name, want := range map[string][2]string{
		"cifar-10": {"CIFAR-10", "accuracy"}, "Surface Normal": {"Surface Normal", "SSIM"}, "room_layout": {"Room Layout", "negative loss"},
		"segmentsemantic": {"Semantic Segmentation", "pixel accuracy"}, "mine": {"mine", "ground truth"},
	} {
		if Title(name) != want[0] || Label(name) != want[1] {
			t.Errorf("%s is %q, %q; want %q", name, Title(name), Label(name), want)
		}
	}
	if _, ok := BenchOf("nats-tss channels=8"); !ok {
		t.Error("options behind a space's name hide its benchmark")
	}
}
