package named

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	known := []string{"cifar10", "cifar100", "nats-tss", "transnas-micro"}
	for _, tt := range []struct{ name, want string }{
		{"CIFAR-10", "cifar10"}, {"cifar 100", "cifar100"}, {"cifar1O0", "cifar10"}, {"natstss", "nats-tss"},
		{"transnas_mirco", "transnas-micro"}, {"", ""}, {"zzzzzzzz", ""}, {strings.Repeat("c", 1000), ""},
	} {
		if got := Nearest(tt.name, known); got != tt.want {
			t.Errorf("Nearest(%.20q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestRegistry(t *testing.T) {
	var r Registry[int]
	for _, tt := range []struct{ name, want string }{
		{"b", ""}, {"a", ""}, {"b", `a thing named "b" is registered already`}, {"", "needs a name"}, {"a b", "without blanks"},
	} {
		err := r.Add("pkg", "thing", tt.name, 1)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: error %v, want %q", tt.name, err, tt.want)
		}
	}
	if got := strings.Join(r.Names(), " "); got != "b a" {
		t.Errorf("names %s, want those in the order of registration", got)
	}
	if _, ok := r.Get("c"); ok {
		t.Error("c is there")
	}
}

func TestOptions(t *testing.T) {
	read := func(values map[string]any) *Options {
		o := NewOptions("pkg", "thing", values)
		o.Int("n", 5, 1, 9, "")
		o.Text("word", "a", "", "a", "b")
		o.Bool("flag", false, "")
		o.Uint64("seed", 0, "")
		o.Ints("shape", []int{3, 4}, 10, "")
		return o
	}
	for _, tt := range []struct {
		values  map[string]any
		changed string
		err     string
	}{
		{nil, "", ""},
		{map[string]any{"n": 5, "word": "a", "flag": false, "seed": uint64(0), "shape": "3,4"}, "", ""},
		{map[string]any{"n": "7", "word": "b", "flag": "true", "seed": 3, "shape": "4, 3"}, "flag=true n=7 seed=3 shape=4,3 word=b", ""},
		{map[string]any{"n": 7.0, "seed": "18446744073709551615"}, "n=7 seed=18446744073709551615", ""},
		{map[string]any{"n": int8(7)}, "n=7", ""},
		{map[string]any{"n": 7.5}, "", "pkg: thing: option n is 7.5, want a whole number"},
		{map[string]any{"n": 10}, "", "want 1 to 9"},
		{map[string]any{"n": nil}, "", "want a whole number"},
		{map[string]any{"word": "bb"}, "", `want one of a, b (did you mean "b"?)`},
		{map[string]any{"flag": 2}, "", "want true or false"},
		{map[string]any{"seed": -1}, "", "not negative"},
		{map[string]any{"shape": "3"}, "", "want 2 numbers of 1 to 10, as in 3,4"},
		{map[string]any{"shape": "3,40"}, "", "want 2 numbers of 1 to 10"},
		{map[string]any{"sape": "3,4"}, "", `pkg: thing has no option "sape" (did you mean "shape"?); there are n, word, flag, seed, shape`},
	} {
		o := read(tt.values)
		err := o.Err()
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%v: error %v, want %q", tt.values, err, tt.err)
		}
		if got := o.Changed(); err == nil && got != tt.changed {
			t.Errorf("%v: changed %q, want %q", tt.values, got, tt.changed)
		}
	}
}
