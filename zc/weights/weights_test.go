package weights_test

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets/stream"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/weights"
)

// network has every kind of layer with parameters; wide.weight spans several blocks.
func network(t testing.TB) *spaces.Graph {
	b := spaces.NewBuilder(spaces.Shape{C: 3, H: 8, W: 8})
	x := b.Conv(0, "stem.conv", spaces.ConvOpts{Out: 64, Kernel: 3, Pad: 1})
	x = b.BatchNorm(x, "stem.bn")
	x = b.Conv(x, "wide", spaces.ConvOpts{Out: 128, Kernel: 3, Pad: 1, Bias: true})
	x = b.ConvTranspose(x, "up", 32, 3, 2)
	x = b.Linear(b.GlobalAvgPool(x), "classifier", 10)
	g, err := b.Build(x)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func mustInit(t testing.TB, g *spaces.Graph, scheme weights.Scheme, seed uint64) *weights.Set {
	s, err := weights.Init(g, scheme, seed)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReference(t *testing.T) {
	g := network(t)
	s := mustInit(t, g, weights.Reference, 1)
	if got, want := s.Named("stem.conv.weight")[0], float32(-0.277668496); got != want {
		t.Errorf("first weight of stem.conv = %.9f, want %.9f", got, want)
	}
	// Independent of blocks: value number 70000 drawn on its own.
	st := stream.New("wide.weight", 1)
	st.Skip(70000)
	if got, want := s.Named("wide.weight")[70000], float32((2*st.Uniform()-1)*math.Sqrt(6.0/(64*9))); got != want {
		t.Errorf("wide.weight[70000] = %v, want %v", got, want)
	}
	if got := s.Named("stem.bn.weight"); !slices.Equal(got, slices.Repeat([]float32{1}, 64)) {
		t.Errorf("gamma = %v, want ones", got)
	}
	if got := s.Named("stem.bn.bias"); !slices.Equal(got, make([]float32, 64)) {
		t.Errorf("beta = %v, want zeros", got)
	}
	if got := s.Named("nothing"); got != nil {
		t.Errorf("an unknown name gives %v", got)
	}
}

// Every weight has the standard deviation of its scheme and stays inside its bound.
func TestScale(t *testing.T) {
	g := network(t)
	tests := []struct {
		scheme weights.Scheme
		std    func(fanIn float64) float64
		bound  float64 // largest value over the standard deviation
		bias   bool
	}{
		{weights.Reference, func(f float64) float64 { return math.Sqrt(2 / f) }, math.Sqrt(3), true},
		{weights.PyTorch, func(f float64) float64 { return math.Sqrt(1 / f / 3) }, math.Sqrt(3), true},
		{weights.Kaiming, func(f float64) float64 { return math.Sqrt(2 / f) }, 6, false},
	}
	fanIn := map[string]float64{"stem.conv": 27, "wide": 64 * 9, "up": 32 * 9, "classifier": 32}
	for _, test := range tests {
		s := mustInit(t, g, test.scheme, 5)
		for layer, f := range fanIn {
			w := s.Named(layer + ".weight")
			var sum, largest float64
			for _, v := range w {
				sum += float64(v) * float64(v)
				largest = max(largest, math.Abs(float64(v)))
			}
			std, want := math.Sqrt(sum/float64(len(w))), test.std(f)
			if math.Abs(std/want-1) > 5/math.Sqrt(float64(len(w))) || largest > want*test.bound*(1+1e-6) {
				t.Errorf("%s, %s: standard deviation %.5f and largest %.5f, want %.5f and at most %.5f",
					test.scheme, layer, std, largest, want, want*test.bound)
			}
			for _, v := range s.Named(layer + ".bias") {
				if a := math.Abs(float64(v)); (a > 0) != test.bias || a > 1/math.Sqrt(f) {
					t.Errorf("%s, %s: bias %v", test.scheme, layer, v)
				}
			}
		}
	}
}

func TestSameOnAnyNumberOfThreads(t *testing.T) {
	g := network(t)
	for _, scheme := range weights.Schemes() {
		a := mustInit(t, g, scheme, 2)
		old := runtime.GOMAXPROCS(1)
		b := mustInit(t, g, scheme, 2)
		runtime.GOMAXPROCS(old)
		c := mustInit(t, g, scheme, 3)
		for i := range a.Values {
			if !slices.Equal(a.Values[i], b.Values[i]) {
				t.Errorf("%s: %s differs between thread counts", scheme, g.Params()[i].Name)
			}
		}
		if slices.Equal(a.Named("wide.weight"), c.Named("wide.weight")) {
			t.Errorf("%s: two seeds give the same weights", scheme)
		}
	}
}

func TestUnknownScheme(t *testing.T) {
	if _, err := weights.Init(network(t), "xavier", 0); err == nil {
		t.Error("an unknown scheme was accepted")
	}
}

// A network that would fill the memory is refused before it does.
func TestTooLarge(t *testing.T) {
	b := spaces.NewBuilder(spaces.Shape{C: 3, H: 8, W: 8})
	g, err := b.Build(b.Linear(0, "wide", 1<<26))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := weights.Init(g, weights.PyTorch, 0); err == nil || !strings.Contains(err.Error(), "needs 48.2 GiB of weights") {
		t.Errorf("error %v", err)
	}
}

func BenchmarkInit(b *testing.B) {
	bu := spaces.NewBuilder(spaces.Shape{C: 256, H: 8, W: 8})
	x := bu.Conv(0, "a", spaces.ConvOpts{Out: 256, Kernel: 3, Pad: 1})
	x = bu.Conv(x, "b", spaces.ConvOpts{Out: 256, Kernel: 3, Pad: 1})
	g, err := bu.Build(x)
	if err != nil {
		b.Fatal(err)
	}
	for _, scheme := range weights.Schemes() {
		b.Run(string(scheme), func(b *testing.B) {
			for b.Loop() {
				mustInit(b, g, scheme, 0)
			}
			b.ReportMetric(float64(g.ParamCount()), "params")
		})
	}
}

func ExampleInit() {
	b := spaces.NewBuilder(spaces.Shape{C: 3, H: 32, W: 32})
	g, err := b.Build(b.Conv(0, "stem.conv", spaces.ConvOpts{Out: 16, Kernel: 3, Pad: 1}))
	if err != nil {
		panic(err)
	}
	set, err := weights.Init(g, weights.Reference, 1)
	if err != nil {
		panic(err)
	}
	w := set.Named("stem.conv.weight")
	fmt.Printf("%d weights, the first is %.5f\n", len(w), w[0])
	// Output: 432 weights, the first is -0.27767
}
