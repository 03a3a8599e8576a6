// Package gomlx is the compute device of GoMLX (github.com/gomlx/gomlx): XLA on a GPU or CPU, or GoMLX's portable Go backend.
//
//	d, err := gomlx.New("go")
//	signals, err := engine.Run(d, plan, params, batch, engine.Want{LossGrad: true})
//
// XLA compiles, and compiling a network takes longer than scoring it. So this device compiles operations: one
// executable per operation, attributes and shapes, kept for the device's life and shared by all networks. A
// search space is built from few layers, and the number of compilations stops growing after the first
// networks ([Device.Compilations]). Parameters, maps, gradients and sums stay on the device; the sums of all
// layers come back in one transfer.
//
// Maps are [N, H, W, C] on the device. Convolutions are matrix products over shifted copies of the map: that is
// five to ten times as fast as the Go backend's convolution, and on CUDA it is what full precision needs, because
// GoMLX's XLA backend leaves convolutions at the default precision, which is TF32, whatever its options say.
// Pools are sums and maxima over shifted maps.
//
// XLA is linked by importing package gomlx/xla, which needs cgo.
package gomlx

import (
	"fmt"
	"math"
	"time"

	"github.com/gomlx/compute"
	gx "github.com/gomlx/gomlx/core/graph"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

func init() {
	engine.RegisterBackend("gomlx", func(config string, _ int) (engine.Device, error) {
		d, err := New(config)
		if err != nil {
			return nil, err
		}
		return d, nil
	})
}

// Device is an [engine.Device] on a GoMLX backend. It is used by one goroutine at a time; [Device.Clone] makes
// another for another goroutine.
type Device struct {
	cache *cache

	plan   *engine.Plan
	host   [][]float32 // parameters as given
	params []*buffer   // on the device, nil before first use
	shared []bool      // parameters that several live layers add to
	weight []weightGrad
	batch  int
	mode   engine.Mode
	codes  *buffer // kernel of the ReLU codes
	norms  []int   // per value the norm that reads it, −1 for none or several
	live   map[*buffer]struct{}
	held   int // bytes in live
	peak   int
	err    error
}

// weightGrad is what ConvGrad and LinearGrad leave of a weight's gradient: its sums, or, for a weight that
// several layers share, the gradient g itself and h, see [Device.ConvGrad].
type weightGrad struct{ sums, g, h *buffer }

var _ engine.Device = (*Device)(nil)

// tensor is the engine.Tensor of this device.
type tensor struct {
	*buffer
	zero   bool       // known to be all zeros
	with   []*buffer  // go with it when it is freed: what was computed from it for its readers
	full   *tensor    // complete tangent of a scaled value, see view; one of with
	normed *normState // of the one norm that reads it, where it was computed with the value
}

// New opens a device on a GoMLX backend:
//
//   - "go": GoMLX's portable Go backend, slow but everywhere;
//   - "xla:cuda", "xla:cpu", or "xla:/path/to/plugin.so", in short "/path/to/plugin.so": XLA, in programs that
//     import package gomlx/xla. Options follow after commas, as in "xla:cuda,tf32": without that one,
//     products are computed in full float32 precision;
//   - "": what the environment variable GOMLX_BACKEND says, else XLA where it is linked, else "go".
//
// It fails on a backend that the program does not hold, and where XLA finds no plugin.
func New(backend string) (*Device, error) {
	b, err := open(backend)
	if err != nil {
		return nil, err
	}
	return &Device{cache: &cache{backend: b, execs: map[string]*executable{}}, live: map[*buffer]struct{}{}}, nil
}

// Clone makes a device on the same backend that shares what has been and will be compiled, for use by another
// goroutine: so the device works on one network while the host prepares the next.
func (d *Device) Clone() *Device {
	return &Device{cache: d.cache, live: map[*buffer]struct{}{}}
}

// Backend is the GoMLX backend.
func (d *Device) Backend() compute.Backend { return d.cache.backend }

// Compilations is the number of executables compiled so far, by this device and its clones.
func (d *Device) Compilations() int {
	d.cache.mu.Lock()
	defer d.cache.mu.Unlock()
	return len(d.cache.execs)
}

// CompileTime is the time spent compiling so far, by this device and its clones.
func (d *Device) CompileTime() time.Duration {
	d.cache.mu.Lock()
	defer d.cache.mu.Unlock()
	return d.cache.spent
}

// PeakMemory is the most bytes of device memory that the buffers of this device (not its clones) took at a time.
// What executables need while they run comes on top, and is the backend's to know.
func (d *Device) PeakMemory() int { return d.peak }

// Close frees what the device holds of its last network. Executables stay for the clones.
func (d *Device) Close() error {
	d.reset()
	err := d.err
	d.err = nil
	return err
}

func (d *Device) reset() {
	d.err = nil
	for b := range d.live {
		b.refs = 1
		d.drop(b)
	}
	d.params, d.weight, d.codes, d.plan, d.host = nil, nil, nil, nil, nil
}

// Begin implements [engine.Device].
func (d *Device) Begin(p *engine.Plan, params [][]float32, batch int, mode engine.Mode) error {
	d.reset()
	want := p.Graph.Params()
	if len(params) != len(want) {
		return fmt.Errorf("gomlx: the network has %d parameters, got %d", len(want), len(params))
	}
	for i := range want {
		if len(params[i]) != want[i].Size() {
			return fmt.Errorf("gomlx: parameter %s has %d values, got %d", want[i].Name, want[i].Size(), len(params[i]))
		}
	}
	d.plan, d.host, d.batch, d.mode = p, params, batch, mode
	d.params = make([]*buffer, len(params))
	d.weight = make([]weightGrad, len(params))
	d.shared = make([]bool, len(params))
	readers := make([]int, len(params))
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Live && s.Weight >= 0 {
			readers[s.Weight]++
			d.shared[s.Weight] = readers[s.Weight] > 1
		}
	}
	d.norms = make([]int, len(p.Values))
	for i := range d.norms {
		d.norms[i] = -1
	}
	for i, n := range p.Norms {
		if d.norms[n.Value] != -1 {
			i = -1
		}
		d.norms[n.Value] = i
	}
	return d.err
}

// param is a parameter on the device, in PyTorch's layout.
func (d *Device) param(i int) *buffer {
	if d.params[i] == nil {
		d.params[i] = d.upload(d.values(i), d.plan.Graph.Params()[i].Shape...)
	}
	return d.params[i]
}

// values are a parameter's values as the mode wants them.
func (d *Device) values(i int) []float32 {
	v := d.host[i]
	if d.mode.Abs {
		v = make([]float32, len(v))
		for k, x := range d.host[i] {
			v[k] = float32(math.Abs(float64(x)))
		}
	}
	return v
}

// Input implements [engine.Device].
func (d *Device) Input(x []float32, shape spaces.Shape) engine.Tensor {
	raw := d.upload(x, d.batch, shape.C, shape.H, shape.W)
	defer d.drop(raw)
	c := d.call("input")
	c.arg(raw)
	return &tensor{buffer: c.run1(func(in []*gx.Node) *gx.Node { return gx.TransposeAllAxes(in[0], 0, 2, 3, 1) })}
}

// Zero implements [engine.Device].
func (d *Device) Zero(shape spaces.Shape) engine.Tensor {
	n := shape.Size() * d.batch
	return &tensor{buffer: d.upload(make([]float32, n), d.batch, shape.H, shape.W, shape.C), zero: true}
}

// Free implements [engine.Device].
func (d *Device) Free(t engine.Tensor) {
	if t == nil {
		return
	}
	v := t.(*tensor)
	d.drop(v.buffer)
	for _, b := range v.with {
		d.drop(b)
	}
	v.with, v.full = nil, nil
}

// alias is another tensor over the same buffer.
func alias(t engine.Tensor) *tensor {
	v := t.(*tensor)
	v.refs++
	return &tensor{buffer: v.buffer, zero: v.zero}
}

// Err implements [engine.Device].
func (d *Device) Err() error { return d.err }

// Read implements [engine.Device].
func (d *Device) Read(t engine.Tensor) []float64 {
	b := t.(*tensor).buffer
	v := d.download(b)
	if v == nil {
		return nil
	}
	n, h, w, c := b.dims[0], b.dims[1], b.dims[2], b.dims[3]
	return channelsFirst(v, n, h*w, c)
}

// channelsFirst turns [n, positions, c] into [n, c, positions].
func channelsFirst(v []float64, n, positions, c int) []float64 {
	out := make([]float64, len(v))
	for i := range n {
		for p := range positions {
			for k := range c {
				out[(i*c+k)*positions+p] = v[(i*positions+p)*c+k]
			}
		}
	}
	return out
}
