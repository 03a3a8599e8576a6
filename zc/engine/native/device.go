package native

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/native/kernels"
)

const lanes = kernels.Lanes

// Device is the native CPU device. It keeps its buffers from network to network.
type Device struct {
	engine.Device // the arithmetic of the run in progress
	f32           *core[float32]
	f64           *core[float64]
	threads       int
}

// Option changes a device.
type Option func(*Device)

// WithThreads sets the number of threads; 0, the default, means GOMAXPROCS. Scores do not depend on it.
func WithThreads(n int) Option {
	return func(d *Device) {
		if n > 0 {
			d.threads = n
		}
	}
}

// New makes a device.
func New(opts ...Option) *Device {
	d := &Device{threads: runtime.GOMAXPROCS(0)}
	for _, o := range opts {
		o(d)
	}
	d.f32, d.f64 = newCore[float32](d.threads), newCore[float64](d.threads)
	d.Device = d.f32
	return d
}

// Threads is the number of threads the device computes with.
func (d *Device) Threads() int { return d.threads }

// Load implements [engine.Device].
func (d *Device) Load(p *engine.Plan, from engine.Source, batch int, mode engine.Mode) error {
	if mode.Double {
		d.Device = d.f64
	} else {
		d.Device = d.f32
	}
	return d.Device.Load(p, from, batch, mode)
}

// tensor is a stored map.
type tensor[T kernels.Float] struct {
	shape  spaces.Shape
	blocks int
	data   []T // [n][blocks][H][W][16]
	// Per sample and channel: the sum of the values and of their squares; of a stored tangent, of the tangent and
	// of its product with the value. Only kept where a batch norm reads them.
	sum, dot []float64
	argmax   []T       // max pooling: the window position of each maximum
	factors  []float32 // gate: of each sample, nil for 1
	load     int       // the Load that it belongs to
}

func (t *tensor[T]) pixels() int { return t.shape.H * t.shape.W }

// image is the size of one channel block of one sample.
func (t *tensor[T]) image() int { return t.pixels() * lanes }

// sample is the map of one sample.
func (t *tensor[T]) sample(n int) []T {
	size := t.blocks * t.image()
	return t.data[n*size : (n+1)*size]
}

// core is a device for one element type.
type core[T kernels.Float] struct {
	host
	k       *kernels.Set[T]
	threads int
	big     int // weights of so many values are too big for the cache: see wide
	load    int // counts calls of Load
	p       *engine.Plan
	n       int
	mode    engine.Mode
	state   *state // nil where the weights are on the host
	params  [][]float32
	running []engine.Running
	weights []*weight[T] // packed, by parameter index
	normed  []bool       // values whose moments a batch norm takes

	free    map[int][][]T // buffers by length
	idle    map[int]int   // how many of them nothing has asked for since Load
	used    map[*T][]T    // buffers handed out since Load
	work    []*worker[T]
	geoms   map[geomKey]*geom
	unit    []T // 16 ones
	nothing []T // 16 zeros
}

// worker is the scratch memory of one thread.
type worker[T kernels.Float] struct {
	x, xt, out, row, img []T
	weight               []T    // one block of a sample's weight gradient
	d                    [3][]T // by cotangent
	sums                 []float64
}

func newCore[T kernels.Float](threads int) *core[T] {
	c := &core[T]{k: kernels.For[T](), threads: threads, big: 1 << 18, free: map[int][][]T{}, idle: map[int]int{}, used: map[*T][]T{}, geoms: map[geomKey]*geom{},
		unit: make([]T, lanes), nothing: make([]T, lanes)}
	for range threads {
		c.work = append(c.work, &worker[T]{})
	}
	for i := range c.unit {
		c.unit[i] = 1
	}
	return c
}

// Load implements [engine.Device].
func (c *core[T]) Load(p *engine.Plan, from engine.Source, batch int, mode engine.Mode) error {
	var w *engine.Weights
	if from.State == nil {
		c.state, w = nil, from.Weights
	} else {
		st, ok := from.State.(*state)
		if !ok || st.plan.Graph != p.Graph {
			return fmt.Errorf("native: the weights on the device are not those of this network")
		}
		c.state, w = st, &st.weights
	}
	c.reclaim()
	c.load++
	c.p, c.n, c.mode, c.params, c.running = p, batch, mode, w.Params, w.Running
	c.weights = make([]*weight[T], len(c.params))
	c.normed = make([]bool, len(p.Values))
	for i := range p.Norms {
		n := &p.Norms[i]
		c.normed[n.Value] = c.normed[n.Value] || c.normMode(n) != engine.NormRunning && mode.Norm != engine.NormSkip
	}
	return nil
}

// reclaim takes back what was handed out for the last network, and lets go of what it did not need.
func (c *core[T]) reclaim() {
	for n, k := range c.idle {
		clear(c.free[n][:k]) // the last network did not need these
		c.free[n] = c.free[n][k:]
	}
	for _, b := range c.used {
		c.free[len(b)] = append(c.free[len(b)], b)
	}
	clear(c.used)
	clear(c.idle)
	for n, list := range c.free {
		c.idle[n] = len(list)
	}
}

// Err implements [engine.Device]: nothing can go wrong after Load.
func (c *core[T]) Err() error { return nil }

// buffer hands out memory with whatever was in it.
func (c *core[T]) buffer(n int) []T {
	var b []T
	if list := c.free[n]; len(list) > 0 {
		b = list[len(list)-1]
		list[len(list)-1] = nil
		c.free[n] = list[:len(list)-1]
		c.idle[n] = min(c.idle[n], len(list)-1)
	} else {
		b = make([]T, n)
	}
	c.used[&b[0]] = b
	return b
}

// zeros hands out zeroed memory.
func (c *core[T]) zeros(n int) []T {
	b := c.buffer(n)
	clear(b)
	return b
}

// release takes a buffer back; nil is none.
func (c *core[T]) release(b []T) {
	if b == nil {
		return
	}
	delete(c.used, &b[0])
	c.free[len(b)] = append(c.free[len(b)], b)
}

// tensor makes a map with whatever was in its memory.
func (c *core[T]) tensor(s spaces.Shape) *tensor[T] {
	t := &tensor[T]{shape: s, blocks: blocks(s.C), load: c.load}
	t.data = c.buffer(c.n * t.blocks * t.image())
	return t
}

func blocks(channels int) int { return (channels + lanes - 1) / lanes }

// Free implements [engine.Device].
func (c *core[T]) Free(x any) {
	switch t := x.(type) { // what belongs to an earlier Load has been taken back
	case *tensor[T]:
		if t.load != c.load {
			return
		}
		c.release(t.data)
		c.release(t.argmax)
		t.data, t.argmax = nil, nil
	case *gradient[T]:
		if t.load != c.load {
			return
		}
		c.release(t.loss)
		c.release(t.tangent)
		c.release(t.signs)
		for _, r := range t.rows {
			c.release(r)
		}
		*t = gradient[T]{load: t.load}
	}
}

func (c *core[T]) cast(x engine.Tensor) *tensor[T] {
	if x == nil {
		return nil
	}
	return x.(*tensor[T])
}

// input stores a minibatch [N, C, H, W].
func (c *core[T]) input(x []float32, s spaces.Shape) *tensor[T] {
	t := c.tensor(s)
	c.samples(func(n int, _ *worker[T]) {
		pack(t.sample(n), x[n*s.Size():(n+1)*s.Size()], s)
	})
	return t
}

// pack turns [C, H, W] into blocks of channels, the rest of the last block zero.
func pack[T kernels.Float, S kernels.Float](dst []T, src []S, s spaces.Shape) {
	hw := s.H * s.W
	if s.C%lanes != 0 {
		clear(dst[(blocks(s.C)-1)*hw*lanes:])
	}
	for ch := range s.C {
		d := dst[ch/lanes*hw*lanes+ch%lanes:]
		for i, v := range src[ch*hw : (ch+1)*hw] {
			d[i*lanes] = T(v)
		}
	}
}

// zero stores a map of zeros.
func (c *core[T]) zero(s spaces.Shape) *tensor[T] {
	t := c.tensor(s)
	clear(t.data)
	return t
}

// read delivers an operand's values as [N, C, H, W].
func (c *core[T]) read(o engine.Operand) []float64 {
	v := c.view(o)
	s, size := v.y.shape, v.y.image()
	out := make([]float64, c.n*s.Size())
	c.samples(func(n int, w *worker[T]) {
		img := grow(&w.img, size)
		for b := range v.y.blocks {
			v.value(img, n, b, 0, size)
			unblock(out[n*s.Size():(n+1)*s.Size()], img, b, s)
		}
	})
	return out
}

// unblock brings a block of channels into its place in [C, H, W].
func unblock[T kernels.Float](dst []float64, img []T, b int, s spaces.Shape) {
	hw := s.H * s.W
	for l := range min(lanes, s.C-b*lanes) {
		d := dst[(b*lanes+l)*hw:][:hw]
		for i := range d {
			d[i] = float64(img[i*lanes+l])
		}
	}
}

// Fetch implements [engine.Device].
func (c *core[T]) Fetch(s []engine.Scalars) [][]float64 {
	out := make([][]float64, len(s))
	for i, v := range s {
		out[i], _ = v.([]float64)
	}
	return out
}

func init() {
	engine.RegisterBackend("native", engine.Backend{
		Open: func(config string, threads int) (engine.Device, error) {
			if config != "" {
				return nil, fmt.Errorf("native: the backend takes no configuration, got %q", config)
			}
			if err := kernels.EnvErr(); err != nil {
				return nil, err
			}
			return New(WithThreads(threads)), nil
		},
		List: func() []engine.BackendInfo {
			about := fmt.Sprintf("this CPU, %d threads, %s kernels", runtime.GOMAXPROCS(0), kernels.Name())
			if others := kernels.Available(); len(others) > 1 {
				about += "; it runs " + strings.Join(others, ", ")
			}
			return []engine.BackendInfo{{Name: "native", Ready: true, About: about}}
		},
	})
}
