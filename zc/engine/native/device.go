package native

import (
	"fmt"
	"runtime"

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

// Begin implements [engine.Device].
func (d *Device) Begin(p *engine.Plan, params [][]float32, batch int, mode engine.Mode) error {
	if mode.Double {
		d.Device = d.f64
	} else {
		d.Device = d.f32
	}
	return d.Device.Begin(p, params, batch, mode)
}

// tensor is a stored map.
type tensor[T kernels.Float] struct {
	shape  spaces.Shape
	blocks int
	data   []T // [n][blocks][H][W][16]
	// Per sample and channel: the sum of the values and of their squares; of a stored tangent, of the tangent and
	// of its product with the value. Only kept where a batch norm reads them.
	sum, dot []float64
	argmax   []T // max pooling: the window position of each maximum
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
	k       *kernels.Set[T]
	threads int
	p       *engine.Plan
	n       int
	mode    engine.Mode
	params  [][]float32
	weights []*weight[T] // packed, by parameter index
	normed  []bool       // values that a batch norm reads

	free    map[int][][]T // buffers by length
	idle    map[int]int   // how many of them nothing has asked for since Begin
	used    map[*T][]T    // buffers handed out since Begin
	work    []*worker[T]
	codes   []float64
	geoms   map[geomKey]*geom
	unit    []T // 16 ones
	nothing []T // 16 zeros
}

// worker is the scratch memory of one thread.
type worker[T kernels.Float] struct {
	x, xt, out, row, img []T
	d                    [3][]T // by cotangent
	sums                 []float64
}

func newCore[T kernels.Float](threads int) *core[T] {
	c := &core[T]{k: kernels.For[T](), threads: threads, free: map[int][][]T{}, idle: map[int]int{}, used: map[*T][]T{}, geoms: map[geomKey]*geom{},
		unit: make([]T, lanes), nothing: make([]T, lanes)}
	for range threads {
		c.work = append(c.work, &worker[T]{})
	}
	for i := range c.unit {
		c.unit[i] = 1
	}
	return c
}

// Begin implements [engine.Device].
func (c *core[T]) Begin(p *engine.Plan, params [][]float32, batch int, mode engine.Mode) error {
	if len(params) != len(p.Graph.Params()) {
		return fmt.Errorf("native: the network has %d parameters, %d were given", len(p.Graph.Params()), len(params))
	}
	for i, q := range p.Graph.Params() {
		if len(params[i]) != q.Size() {
			return fmt.Errorf("native: parameter %s has shape %v, %d values were given", q.Name, q.Shape, len(params[i]))
		}
	}
	for i := range p.Steps {
		st := &p.Steps[i]
		if st.Kind != engine.StepLinear {
			continue
		}
		if in := p.Values[st.In[0].Value].Shape; in.H != in.W {
			return fmt.Errorf("native: layer %s: a linear layer on maps of %v: only square maps are supported", st.Layer.Name, in)
		}
	}
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
	c.p, c.n, c.mode, c.params = p, batch, mode, params
	c.weights = make([]*weight[T], len(params))
	c.normed = make([]bool, len(p.Values))
	for i := range p.Norms {
		c.normed[p.Norms[i].Value] = !mode.SkipNorm
	}
	c.codes = nil
	return nil
}

// Err implements [engine.Device]: nothing can go wrong after Begin.
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

// release takes a buffer back.
func (c *core[T]) release(b []T) {
	delete(c.used, &b[0])
	c.free[len(b)] = append(c.free[len(b)], b)
}

// tensor makes a map with whatever was in its memory.
func (c *core[T]) tensor(s spaces.Shape) *tensor[T] {
	t := &tensor[T]{shape: s, blocks: blocks(s.C)}
	t.data = c.buffer(c.n * t.blocks * t.image())
	return t
}

func blocks(channels int) int { return (channels + lanes - 1) / lanes }

// Free implements [engine.Device].
func (c *core[T]) Free(x engine.Tensor) {
	t := x.(*tensor[T])
	if t.data == nil {
		return
	}
	c.release(t.data)
	if t.argmax != nil {
		c.release(t.argmax)
	}
	t.data, t.argmax = nil, nil
}

func (c *core[T]) cast(x engine.Tensor) *tensor[T] {
	if x == nil {
		return nil
	}
	return x.(*tensor[T])
}

// Input implements [engine.Device].
func (c *core[T]) Input(x []float32, s spaces.Shape) engine.Tensor {
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

// Zero implements [engine.Device].
func (c *core[T]) Zero(s spaces.Shape) engine.Tensor {
	t := c.tensor(s)
	clear(t.data)
	return t
}

// Read implements [engine.Device].
func (c *core[T]) Read(x engine.Tensor) []float64 {
	t := c.cast(x)
	s := t.shape
	hw := t.pixels()
	out := make([]float64, c.n*s.Size())
	c.samples(func(n int, _ *worker[T]) {
		src, dst := t.sample(n), out[n*s.Size():]
		for ch := range s.C {
			v := src[ch/lanes*hw*lanes+ch%lanes:]
			for i := range hw {
				dst[ch*hw+i] = float64(v[i*lanes])
			}
		}
	})
	return out
}

// Fetch implements [engine.Device].
func (c *core[T]) Fetch(s []engine.Scalars) [][]float64 {
	out := make([][]float64, len(s))
	for i, v := range s {
		out[i] = v.([]float64)
	}
	return out
}

func init() {
	engine.RegisterBackend("native", func(config string, threads int) (engine.Device, error) {
		if config != "" {
			return nil, fmt.Errorf("native: the backend takes no configuration, got %q", config)
		}
		if err := kernels.EnvErr(); err != nil {
			return nil, err
		}
		return New(WithThreads(threads)), nil
	})
}
