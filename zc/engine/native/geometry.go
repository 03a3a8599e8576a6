package native

import (
	"github.com/zcnas/zcnas/spaces"
)

// geomKey is the geometry of a convolution from a wide side ("in") to a narrow side ("out"). A transposed
// convolution is the same geometry walked backwards: its input is the out side.
type geomKey struct {
	kernel, kernelW                int // rows and columns of the window
	stride, pad, dilation          int
	inH, inW, outH, outW, inC, out int
	groups                         int
	depthwise                      bool
}

// geom holds the offsets that the kernels walk for one geometry.
//
// The in side is packed into phases: a stride s splits rows and columns by their residue modulo s, so that
// every tap reads contiguous pixels. The out side is packed into one padded image.
type geom struct {
	geomKey
	inBlocks, outBlocks int
	taps                int
	inLanes, outLanes   int // channels per block that the kernels loop over

	rows, cols    int    // size of one phase of the packed in side
	inSize        int    // elements of one packed in-side block, all phases
	reads         []bool // the phases that have taps
	forward       []int  // offsets of the taps (block, kh, kw) into the packed in side
	padRows, padW int    // size of the packed out side
	lead          int    // rows and columns of padding before its first pixel
	outSize       int    // elements of one packed out-side block
	backward      []phase
}

// phase is one residue class of in-side pixels in the backward direction: pixels phase + stride·j.
type phase struct {
	row, col   int
	rows, cols int
	offs       []int // offsets of its taps (block, …) into the packed out side
	taps       []int // kh·kernelW + kw of its taps within a block
	weights    int   // where its weights start, in taps
}

// layerGeom is the geometry of a convolution, transposed convolution or linear layer that reads maps of shape in.
func (c *core[T]) layerGeom(l *spaces.Layer, in spaces.Shape) *geom {
	k := geomKey{kernel: l.Kernel, kernelW: l.Kernel, stride: l.Stride, pad: l.Pad, dilation: l.Dilation,
		inH: in.H, inW: in.W, outH: l.Out.H, outW: l.Out.W, inC: in.C, out: l.Out.C, groups: max(l.Groups, 1), depthwise: l.Groups > 1 && l.Groups == in.C && l.Groups == l.Out.C}
	if l.Kind == spaces.Linear { // a window over the whole map
		k.kernel, k.kernelW, k.stride, k.pad, k.dilation = in.H, in.W, 1, 0, 1
	}
	if l.Kind == spaces.ConvTranspose {
		k.inH, k.inW, k.outH, k.outW, k.inC, k.out = k.outH, k.outW, k.inH, k.inW, k.out, k.inC
	}
	return c.geom(k)
}

func (c *core[T]) geom(k geomKey) *geom {
	if g, ok := c.geoms[k]; ok {
		return g
	}
	g := newGeom(k)
	c.geoms[k] = g
	return g
}

// flatIn reports whether the packed in side is the map as it is.
func (g *geom) flatIn() bool {
	return g.stride == 1 && g.pad == 0 && g.rows == g.inH && g.cols == g.inW
}

// flatOut reports whether the packed out side is the map as it is.
func (g *geom) flatOut() bool { return g.lead == 0 && g.padRows == g.outH && g.padW == g.outW }

func blockLanes(channels int) int { return min(channels, lanes) }

func newGeom(k geomKey) *geom {
	g := &geom{geomKey: k, inBlocks: blocks(k.inC), outBlocks: blocks(k.out), taps: k.kernel * k.kernelW,
		inLanes: blockLanes(k.inC), outLanes: blockLanes(k.out)}
	s := k.stride
	span, spanW := (k.kernel-1)*k.dilation, (k.kernelW-1)*k.dilation
	ceil := func(n int) int { return (n + s - 1) / s }
	g.rows, g.cols = ceil((k.outH-1)*s+span+1), ceil((k.outW-1)*s+spanW+1)
	g.inSize = s * s * g.rows * g.cols * lanes
	g.reads = make([]bool, s*s)
	inTaps, outTaps := g.inBlocks, g.outBlocks
	if k.depthwise {
		inTaps, outTaps = 1, 1
	}
	for b := range inTaps {
		for kh := range k.kernel {
			for kw := range k.kernelW {
				y, x := kh*k.dilation, kw*k.dilation
				plane := (y%s)*s + x%s
				g.reads[plane] = true
				g.forward = append(g.forward, b*g.inSize+((plane*g.rows+y/s)*g.cols+x/s)*lanes)
			}
		}
	}
	// In the backward direction in-side pixel i = φ + s·j gathers out-side pixels (i + pad − k·dilation)/s
	// where that divides.
	floor := func(n int) int {
		if n < 0 {
			return -((-n + s - 1) / s)
		}
		return n / s
	}
	first := floor(k.pad - max(span, spanW))
	g.lead = max(0, -first)
	g.padRows = max(floor(k.inH-1+k.pad), k.outH-1) + g.lead + 1
	g.padW = max(floor(k.inW-1+k.pad), k.outW-1) + g.lead + 1
	g.outSize = g.padRows * g.padW * lanes
	start := 0
	for r := range s {
		for col := range s {
			p := phase{row: r, col: col, rows: (k.inH - r + s - 1) / s, cols: (k.inW - col + s - 1) / s, weights: start}
			for kh := range k.kernel {
				for kw := range k.kernelW {
					if y, x := r+k.pad-kh*k.dilation, col+k.pad-kw*k.dilation; y-s*floor(y) == 0 && x-s*floor(x) == 0 {
						p.taps = append(p.taps, kh*k.kernelW+kw)
						p.offs = append(p.offs, ((floor(y)+g.lead)*g.padW+floor(x)+g.lead)*lanes)
					}
				}
			}
			n := len(p.offs)
			for b := 1; b < outTaps; b++ {
				for i := range n {
					p.offs = append(p.offs, b*g.outSize+p.offs[i])
				}
			}
			start += len(p.offs)
			g.backward = append(g.backward, p)
		}
	}
	return g
}
