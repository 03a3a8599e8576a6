package gomlx

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	gx "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/zcnas/zcnas/zc/engine"
)

// cache holds a backend and everything compiled for it. All devices of a configuration share it, see [New].
type cache struct {
	backend compute.Backend
	inOrder bool // reductions of float32 add from first to last, as those of the Go backend do; XLA's do not

	mu       sync.Mutex
	execs    map[string]*executable
	compiled int
	spent    time.Duration
	executed atomic.Int64
}

func newCache(b compute.Backend) *cache {
	return &cache{backend: b, inOrder: b.Name() == "go", execs: map[string]*executable{}}
}

// executable is one compiled operation. Its lock makes a second device that wants the same one wait while it is
// compiled; any number of devices execute it at once.
type executable struct {
	mu    sync.Mutex
	graph *gx.Graph
	names []string // of the outputs
}

// outputs are what a graph under construction will deliver, by name. The names stay with the executable, so that which
// outputs an operation has is decided in one place, where its graph is built.
type outputs struct {
	names []string
	nodes []*gx.Node
}

// add gives the graph an output; nil adds none.
func (o *outputs) add(name string, x *gx.Node) {
	if x != nil {
		o.names, o.nodes = append(o.names, name), append(o.nodes, x)
	}
}

// results are the outputs of an execution by name.
type results map[string]*buffer

// must is an output that the operation always has. After a failure of the device it has no content.
func (r results) must(name string) *buffer {
	if b := r[name]; b != nil {
		return b
	}
	return &buffer{refs: 1}
}

// tensor is an output as a tensor, nil where there is none.
func (r results) tensor(name string) engine.Tensor {
	if b := r[name]; b != nil {
		return &tensor{buffer: b}
	}
	return nil
}

// pair is the value y of a step and its tangent t, nil where there is none.
func (r results) pair() (y, t engine.Tensor) { return &tensor{buffer: r.must("y")}, r.tensor("t") }

// buffer is an array on the device, [N, H, W, C] for maps. Several tensors may share it, hence the count.
type buffer struct {
	t     *tensors.Tensor // nil after a failure, when given back, and of zeros that nothing has read
	dims  []int
	refs  int
	zeros bool // known to be all zeros
	dtype dtypes.DType
}

// call collects the arguments and the key of one execution. Whatever the graph depends on, apart from the
// shapes of the arguments, must go into the key.
type call struct {
	d      *Device
	key    []byte
	args   []*buffer
	params []int // positions of the arguments that are parameters
}

// call starts an execution of an operation with these attributes, in the arithmetic of the mode.
func (d *Device) call(op string, attributes ...any) *call {
	if d.mode.Double {
		op += " f64"
	}
	return d.anyMode(op, attributes...)
}

// anyMode is call for an operation that is the same in either arithmetic.
func (d *Device) anyMode(op string, attributes ...any) *call {
	c := &call{d: d, key: append(make([]byte, 0, 256), op...)}
	for _, a := range attributes {
		c.attr(a)
	}
	return c
}

func (c *call) attr(a any) {
	c.key = append(c.key, ' ')
	switch v := a.(type) {
	case int:
		c.key = strconv.AppendInt(c.key, int64(v), 10)
	case bool:
		c.key = strconv.AppendBool(c.key, v)
	case float64:
		c.key = strconv.AppendFloat(c.key, v, 'g', -1, 64)
	case string:
		c.key = append(c.key, v...)
	default:
		c.key = fmt.Appendf(c.key, "%v", v)
	}
}

// arg adds an argument and returns its position among the nodes that the graph is built from.
func (c *call) arg(b *buffer) int {
	c.key = append(c.key, " ["...)
	for _, d := range b.dims {
		c.key = append(strconv.AppendInt(c.key, int64(d), 10), ',')
	}
	c.key = append(c.key, ']')
	c.args = append(c.args, b)
	return len(c.args) - 1
}

// param is arg for a parameter. It lies on the device as it was given, in float32; the executable makes of it what
// the mode wants.
func (c *call) param(i int) int {
	c.attr("param")
	if c.d.mode.Abs {
		c.attr("abs")
	}
	at := c.arg(c.d.param(i))
	c.params = append(c.params, at)
	return at
}

// dtype is the type of maps in the mode.
func (d *Device) dtype() dtypes.DType {
	if d.mode.Double {
		return dtypes.Float64
	}
	return dtypes.Float32
}

// run executes the operation, compiling it first where no equal one has been, and returns its outputs. After a
// failure of the device it does nothing and returns none.
func (c *call) run(build func(in []*gx.Node, out *outputs)) (out results) {
	d := c.d
	defer func() {
		if r := recover(); r != nil {
			d.fail(fmt.Errorf("%s: %v", c.key, r))
			out = nil
		}
	}()
	for _, a := range c.args {
		d.fill(a)
	}
	if d.err != nil {
		return nil
	}
	dtype, abs := d.dtype(), d.mode.Abs
	e, err := d.cache.executable(string(c.key), c.args, func(in []*gx.Node, out *outputs) {
		for _, i := range c.params {
			if in[i] = gx.ConvertDType(in[i], dtype); abs {
				in[i] = gx.Abs(in[i])
			}
		}
		build(in, out)
	})
	if err != nil {
		d.fail(err)
		return nil
	}
	in := make([]compute.Buffer, len(c.args))
	for i, a := range c.args {
		if in[i], err = a.t.Buffer(d.cache.backend, 0); err != nil {
			d.fail(fmt.Errorf("%s: argument %d: %w", c.key, i, err))
			return nil
		}
	}
	d.cache.executed.Add(1)
	made := e.graph.RunWithBuffers(in, make([]bool, len(in)), 0)
	out = make(results, len(made))
	for i, t := range made {
		out[e.names[i]] = d.own(t)
	}
	return out
}

// run1 is run for an operation with one output.
func (c *call) run1(build func(in []*gx.Node) *gx.Node) *buffer {
	return c.run(func(in []*gx.Node, out *outputs) { out.add("", build(in)) }).must("")
}

func (c *cache) executable(key string, args []*buffer, build func([]*gx.Node, *outputs)) (*executable, error) {
	c.mu.Lock()
	e := c.execs[key]
	if e == nil {
		e = &executable{}
		c.execs[key] = e
	}
	c.mu.Unlock()

	e.mu.Lock()
	defer e.mu.Unlock()
	if e.graph != nil {
		return e, nil
	}
	start := time.Now()
	op, _, _ := strings.Cut(key, " ") // a compiler may want a name without blanks
	g := gx.NewGraph(c.backend, op)
	in := make([]*gx.Node, len(args))
	for i, a := range args {
		in[i] = gx.Parameter(g, "arg"+strconv.Itoa(i), a.t.Shape())
	}
	var out outputs
	build(in, &out)
	if err := g.Compile(out.nodes...); err != nil {
		return nil, fmt.Errorf("compiling %s: %w", key, err)
	}
	e.graph, e.names = g, out.names
	c.mu.Lock()
	c.compiled++
	c.spent += time.Since(start)
	c.mu.Unlock()
	return e, nil
}

// zeros is an array of zeros. It gets memory only when something reads it.
func (d *Device) zeros(dtype dtypes.DType, dims ...int) *buffer {
	return &buffer{dims: dims, refs: 1, zeros: true, dtype: dtype}
}

// fill makes zeros that are about to be read, on the device.
func (d *Device) fill(b *buffer) {
	if b.t != nil || !b.zeros || d.err != nil {
		return
	}
	c := d.anyMode("zeros", b.dtype, b.dims)
	c.arg(d.resident([]float32{0}))
	z := c.run1(func(in []*gx.Node) *gx.Node {
		return gx.BroadcastToDims(gx.ConvertDType(in[0], b.dtype), b.dims...)
	})
	if z.t == nil {
		return
	}
	b.t, z.t = z.t, nil
	delete(d.live, z)
	d.live[b] = struct{}{}
}

// transfer moves an array to the device.
func (d *Device) transfer(flat any, shape shapes.Shape) (b *buffer) {
	defer func() {
		if r := recover(); r != nil {
			d.fail(fmt.Errorf("moving %v to the device: %v", shape, r))
			b = &buffer{refs: 1}
		}
	}()
	if d.err != nil {
		return &buffer{refs: 1}
	}
	d.sent++
	raw, err := d.cache.backend.BufferFromFlatData(0, flat, shape)
	if err == nil {
		var t *tensors.Tensor
		if t, err = tensors.FromBuffer(raw); err == nil {
			return d.own(t)
		}
	}
	d.fail(fmt.Errorf("moving %v to the device: %w", shape, err))
	return &buffer{refs: 1}
}

// download waits for a buffer and returns its values in the order of its dimensions; nil after a failure.
func (d *Device) download(b *buffer) (v []float64) {
	defer func() {
		if r := recover(); r != nil {
			d.fail(fmt.Errorf("reading from the device: %v", r))
			v = nil
		}
	}()
	if d.fill(b); d.err != nil || b.t == nil {
		return nil
	}
	d.received++
	err := b.t.ConstFlatData(func(flat any) {
		switch x := flat.(type) {
		case []float32:
			v = make([]float64, len(x))
			for i, f := range x {
				v[i] = float64(f)
			}
		case []float64:
			v = append(v, x...)
		}
	})
	if err != nil {
		d.fail(fmt.Errorf("reading from the device: %w", err))
	}
	return v
}

// own registers what the device must free.
func (d *Device) own(t *tensors.Tensor) *buffer {
	b := &buffer{t: t, dims: t.Shape().Dimensions, refs: 1}
	d.live[b] = struct{}{}
	d.memory.add(int(t.Shape().ByteSize()))
	return b
}

// memory counts the bytes of the buffers of a device and its clones.
type memory struct {
	mu         sync.Mutex
	held, peak int
}

func (m *memory) add(bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held += bytes
	m.peak = max(m.peak, m.held)
}

func (d *Device) drop(b *buffer) {
	if b.refs--; b.refs > 0 || b.t == nil {
		return
	}
	t := b.t
	b.t = nil
	delete(d.live, b)
	d.memory.add(-int(t.Shape().ByteSize()))
	if err := t.FinalizeAll(); err != nil {
		d.fail(fmt.Errorf("freeing memory of the device: %w", err))
	}
}

func (d *Device) fail(err error) {
	if d.err == nil {
		d.err = fmt.Errorf("gomlx: %w", err)
	}
}
