package datasets

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/zcnas/zcnas/datasets/stream"
)

// The labelling networks, as in the generator of the post's authors (archai, synthetic_gen): ten times
// linear 3072→10, ReLU, linear 10→1.
const (
	labellers = 10
	hidden    = 10
)

// syntheticCIFAR10 makes images of Gaussian noise, labelled by which of ten random networks responds
// most.
type syntheticCIFAR10 struct {
	options string
	split   Split
	seed    uint64
	make    sync.Once
	w1      []float32 // [labellers·hidden, 3072]
	b1, w2  []float32 // [labellers·hidden]
	b2      []float32 // [labellers]
	mean    []float64 // of each network's response to Gaussian images
	spread  []float64 // its standard deviation
}

func init() { register("synthetic-cifar10", newSyntheticCIFAR10) }

// WithGeneratorSeed makes another Synthetic CIFAR-10: its labelling networks and its images are drawn
// from seed; the default is 0.
func WithGeneratorSeed(seed uint64) Option { return With("generator_seed", seed) }

func newSyntheticCIFAR10(o *Options) (Dataset, error) {
	d := &syntheticCIFAR10{split: o.Split(Train, Test), seed: o.Uint64("generator_seed", 0, "seed of the labelling networks and the images")}
	d.options = o.Changed()
	return d, nil
}

// SyntheticCIFAR10 returns the data set "synthetic-cifar10": 50,000 training and 10,000 test images of 3×32×32
// independent standard normal values, labelled by which of ten randomly initialised networks responds
// most. An image and its label are a function of (generator seed, split, number of the image) alone, so
// nothing is stored and a minibatch costs milliseconds.
//
// The networks are those of the generator behind "A Deeper Look at Zero-Cost Proxies for Lightweight
// NAS" (archai): linear 3072→10, ReLU, linear 10→1, with PyTorch's default initialisation. There, raw
// responses give very unequal classes, which are then cut to the same size. Here, each response is first
// centred and scaled by its own mean and standard deviation over Gaussian images (in closed form), so that
// classes come out near 10% each without a pass over the set.
func SyntheticCIFAR10(opts ...Option) (Dataset, error) { return Get("synthetic-cifar10", opts...) }

func (d *syntheticCIFAR10) Info() Info {
	return Info{Name: "synthetic-cifar10", Options: d.options, Title: "Synthetic CIFAR-10", C: 3, H: 32, W: 32,
		Outputs: labellers, Loss: CrossEntropy, Train: 50000, Test: 10000}
}

func (d *syntheticCIFAR10) Open(context.Context) (int, error) {
	d.make.Do(d.initialise)
	if d.split == Test {
		return d.Info().Test, nil
	}
	return d.Info().Train, nil
}

func (d *syntheticCIFAR10) Read(ctx context.Context, numbers []int, b *Batch) error {
	d.make.Do(d.initialise)
	for i, p := range numbers {
		if err := ctx.Err(); err != nil {
			return err
		}
		b.Labels[i] = d.sample(p, b.Inputs[i*cifarPixels:(i+1)*cifarPixels])
	}
	return nil
}

// Pixels maps ±3 standard deviations to 0…255.
func (d *syntheticCIFAR10) Pixels(ctx context.Context, numbers []int, pixels []uint8, labels []int) error {
	d.make.Do(d.initialise)
	x := make([]float32, cifarPixels)
	for i, p := range numbers {
		if err := ctx.Err(); err != nil {
			return err
		}
		labels[i] = d.sample(p, x)
		for k, v := range x {
			pixels[i*cifarPixels+k] = uint8(min(max(math.Round(127.5+42.5*float64(v)), 0), 255))
		}
	}
	return nil
}

// Labels makes every image, which takes seconds.
func (d *syntheticCIFAR10) Labels(ctx context.Context) ([]int, error) {
	n, err := d.Open(ctx)
	labels, x := make([]int, n), make([]float32, cifarPixels)
	for i := range labels {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		labels[i] = d.sample(i, x)
	}
	return labels, err
}

func (d *syntheticCIFAR10) Minibatch(ctx context.Context, n int, seed uint64, how Sampling) (*Batch, error) {
	if how != Grasp {
		return FromSamples(d).Minibatch(ctx, n, seed, how)
	}
	if err := d.Info().checkBatch(n); err != nil {
		return nil, err
	}
	total, _ := d.Open(ctx)
	s := stream.New("minibatch", seed)
	counts, err := perClass(s, n, labellers)
	if err != nil {
		return nil, err
	}
	b := NewBatch(d.Info(), n)
	// free[c] is the next place in the batch for class c; images are tried in random order until every
	// class has its share, which is soon: the labels of all images are not needed.
	free, end := make([]int, labellers), make([]int, labellers)
	at := 0
	for c, k := range counts {
		free[c] = at
		at += k
		end[c] = at
	}
	x := make([]float32, cifarPixels)
	need := n
	for _, p := range draw(s, total, total) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c := d.sample(p, x)
		if free[c] == end[c] {
			continue
		}
		copy(b.Inputs[free[c]*cifarPixels:], x)
		b.Labels[free[c]] = c
		free[c]++
		if need--; need == 0 {
			return b, nil
		}
	}
	return nil, fmt.Errorf("datasets: synthetic-cifar10: the %s split has too few images of some class for a minibatch of %d; give a smaller one, or use %q", d.split, n, Random)
}

// initialise draws the networks: weights and biases uniform in ±1/√fan_in.
func (d *syntheticCIFAR10) initialise() {
	fill := func(name string, n int, fanIn float64) []float32 {
		s := stream.New("synthetic-cifar10/labels/"+name, d.seed)
		w := make([]float32, n)
		s.FillUniform(w, 1/math.Sqrt(fanIn))
		return w
	}
	d.w1 = fill("0.weight", labellers*hidden*cifarPixels, cifarPixels)
	d.b1 = fill("0.bias", labellers*hidden, cifarPixels)
	d.w2 = fill("2.weight", labellers*hidden, hidden)
	d.b2 = fill("2.bias", labellers, hidden)

	// A hidden unit sees N(b, s²), s the norm of its weights; ReLU of it has mean s·φ(b/s) + b·Φ(b/s) and
	// second moment (b² + s²)·Φ(b/s) + b·s·φ(b/s). Random weight vectors in 3072 dimensions are all but
	// orthogonal, so the units count as independent.
	d.mean, d.spread = make([]float64, labellers), make([]float64, labellers)
	for j := range labellers {
		mean, variance := float64(d.b2[j]), 0.0
		for u := j * hidden; u < (j+1)*hidden; u++ {
			sum := 0.0
			for _, w := range d.w1[u*cifarPixels : (u+1)*cifarPixels] {
				sum += float64(w) * float64(w)
			}
			s, b, v := math.Sqrt(sum), float64(d.b1[u]), float64(d.w2[u])
			density := math.Exp(-b*b/(2*s*s)) / math.Sqrt(2*math.Pi)
			below := 0.5 * math.Erfc(-b/s/math.Sqrt2)
			m1 := s*density + b*below
			m2 := (b*b+s*s)*below + b*s*density
			mean += v * m1
			variance += v * v * (m2 - m1*m1)
		}
		d.mean[j], d.spread[j] = mean, math.Sqrt(variance)
	}
}

// sample writes image i of the split to x and returns its label.
func (d *syntheticCIFAR10) sample(i int, x []float32) int {
	s := stream.New(fmt.Sprintf("synthetic-cifar10/%s/%d", d.split, i), d.seed)
	for k := range x {
		x[k] = float32(s.Norm())
	}
	return d.label(x)
}

// label returns the network that responds most to the image x.
func (d *syntheticCIFAR10) label(x []float32) int {
	best, most := 0, math.Inf(-1)
	for j := range labellers {
		r := float64(d.b2[j])
		for u := j * hidden; u < (j+1)*hidden; u += 2 {
			a, b := dot2(d.w1[u*cifarPixels:(u+1)*cifarPixels], d.w1[(u+1)*cifarPixels:(u+2)*cifarPixels], x)
			r += float64(d.w2[u]) * max(0, float64(a+d.b1[u]))
			r += float64(d.w2[u+1]) * max(0, float64(b+d.b1[u+1]))
		}
		if r = (r - d.mean[j]) / d.spread[j]; r > most {
			best, most = j, r
		}
	}
	return best
}

// dot2 returns v·x and w·x. Four sums each run side by side, which keeps the processor's multipliers
// busy; the conversions forbid fused multiply-adds, so that labels are the same on every processor.
func dot2(v, w, x []float32) (float32, float32) {
	v, w = v[:len(x)], w[:len(x)]
	var a0, a1, a2, a3, b0, b1, b2, b3 float32
	for i := 0; i+4 <= len(x); i += 4 {
		p, q, r := v[i:i+4:i+4], w[i:i+4:i+4], x[i:i+4:i+4]
		a0 += float32(p[0] * r[0])
		a1 += float32(p[1] * r[1])
		a2 += float32(p[2] * r[2])
		a3 += float32(p[3] * r[3])
		b0 += float32(q[0] * r[0])
		b1 += float32(q[1] * r[1])
		b2 += float32(q[2] * r[2])
		b3 += float32(q[3] * r[3])
	}
	return (a0 + a1) + (a2 + a3), (b0 + b1) + (b2 + b3)
}
