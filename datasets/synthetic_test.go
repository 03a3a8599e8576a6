package datasets

import (
	"math"
	"reflect"
	"slices"
	"testing"
)

func synthetic(t testing.TB, opts ...Option) *syntheticCIFAR10 {
	t.Helper()
	d, err := SyntheticCIFAR10(opts...)
	if err != nil {
		t.Fatal(err)
	}
	return d.(*syntheticCIFAR10)
}

func TestSyntheticCIFAR10(t *testing.T) {
	d := synthetic(t)
	b, err := d.Minibatch(t.Context(), 256, 0, Random)
	if err != nil {
		t.Fatal(err)
	}
	sum, square := 0.0, 0.0
	for _, x := range b.Inputs {
		sum += float64(x)
		square += float64(x) * float64(x)
	}
	n := float64(len(b.Inputs))
	if mean := sum / n; math.Abs(mean) > 0.01 || math.Abs(square/n-1) > 0.01 {
		t.Errorf("the images have mean %v and variance %v, want 0 and 1", mean, square/n)
	}
	again, err := synthetic(t).Minibatch(t.Context(), 256, 0, Random)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(b, again) {
		t.Error("the same seed gives another batch")
	}
	for name, other := range map[string]*syntheticCIFAR10{"split": synthetic(t, WithSplit(Test)), "generator seed": synthetic(t, WithGeneratorSeed(1))} {
		c, err := other.Minibatch(t.Context(), 256, 0, Random)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Equal(b.Inputs, c.Inputs) {
			t.Errorf("another %s gives the same images", name)
		}
	}
}

// The label is the network with the largest response, computed here plainly in float64.
func TestSyntheticLabels(t *testing.T) {
	d := synthetic(t, WithGeneratorSeed(7))
	b, err := d.Minibatch(t.Context(), 50, 1, Random)
	if err != nil {
		t.Fatal(err)
	}
	for i, label := range b.Labels {
		x := b.Inputs[i*cifarPixels : (i+1)*cifarPixels]
		responses := make([]float64, labellers)
		for j := range labellers {
			r := float64(d.b2[j])
			for u := range hidden {
				sum := float64(d.b1[j*hidden+u])
				for k, v := range x {
					sum += float64(v) * float64(d.w1[(j*hidden+u)*cifarPixels+k])
				}
				r += max(0, sum) * float64(d.w2[j*hidden+u])
			}
			responses[j] = (r - d.mean[j]) / d.spread[j]
		}
		if best := slices.Max(responses); responses[label] < best-1e-4 {
			t.Errorf("sample %d: label %d responds %v, the most is %v", i, label, responses[label], best)
		}
	}
}

func TestSyntheticBalance(t *testing.T) {
	for seed := range uint64(3) {
		d := synthetic(t, WithGeneratorSeed(seed))
		const n = 2000
		b, err := d.Minibatch(t.Context(), n, 0, Random)
		if err != nil {
			t.Fatal(err)
		}
		count := make([]int, labellers)
		for _, l := range b.Labels {
			count[l]++
		}
		t.Logf("generator seed %d: images per class of %d: %v", seed, n, count)
		for c, k := range count {
			if k < n/20 || k > n/6 {
				t.Errorf("generator seed %d: class %d has %d of %d images", seed, c, k, n)
			}
		}
	}
}

func TestSyntheticGrasp(t *testing.T) {
	b, err := synthetic(t).Minibatch(t.Context(), 64, 0, Grasp)
	if err != nil {
		t.Fatal(err)
	}
	count := make([]int, labellers)
	for _, l := range b.Labels {
		count[l]++
	}
	if !slices.IsSorted(b.Labels) || slices.Min(count) != 6 || slices.Max(count) != 7 {
		t.Errorf("images per class: %v", count)
	}
}

func BenchmarkSyntheticMinibatch(b *testing.B) {
	d := synthetic(b)
	for seed := uint64(0); b.Loop(); seed++ {
		if _, err := d.Minibatch(b.Context(), 64, seed, Random); err != nil {
			b.Fatal(err)
		}
	}
}
