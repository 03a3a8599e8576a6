package enginetest

import (
	"slices"

	"github.com/zcnas/zcnas/spaces"
)

// Gradients are derivatives of a number with respect to every layer's values [N, C, H, W] and every parameter. Where
// the network has a direction ([Net.Along]), their tangents are products of the second derivative with it.
type Gradients struct {
	Values []Map // by layer; of a layer's own value, not of what a later layer in its place would have
	Params []Map
	Gates  map[int]Map // by layer: the derivatives of each sample's factor through it
}

// Backward carries the derivative with respect to the output [N, C, H, W] back to all layers and parameters.
func (p *Pass) Backward(output Map) *Gradients {
	return p.BackwardFrom(map[int]Map{p.Net.Graph.Output: output})
}

// BackwardFrom carries derivatives with respect to several layers' outputs back, but not through the layers of stops.
func (p *Pass) BackwardFrom(seeds map[int]Map, stops ...int) *Gradients {
	net, g := p.Net, p.Net.Graph
	d := &Gradients{Gates: map[int]Map{}}
	for i := range g.Layers {
		d.Values = append(d.Values, make(Map, len(p.Values[i])))
	}
	for i := range net.Params {
		d.Params = append(d.Params, make(Map, len(net.Params[i])))
	}
	for i, seed := range seeds {
		copy(d.Values[i], seed)
	}
	for i := len(g.Layers) - 1; i >= 0; i-- {
		l := &g.Layers[i]
		if len(l.In) == 0 || slices.Contains(stops, i) {
			continue
		}
		dy := d.Values[i]
		x, dx, in := p.Values[l.In[0]], d.Values[l.In[0]], g.Layers[l.In[0]].Out
		switch l.Kind {
		case spaces.Conv, spaces.ConvTranspose, spaces.Linear:
			k := net.param(l, ".weight")
			w, dw := net.Params[k], d.Params[k]
			products(l, in, func(to, from, weight int) {
				for s := range p.N {
					dx[s*in.Size()+from] += w[weight] * dy[s*l.Out.Size()+to]
					dw[weight] += x[s*in.Size()+from] * dy[s*l.Out.Size()+to]
				}
			})
			if l.Bias {
				db := d.Params[net.param(l, ".bias")]
				for k, v := range dy {
					db[channel(l.Out, k)] += v
				}
			}
		case spaces.BatchNorm:
			p.normBackward(i, dy, dx, d.Params)
		case spaces.ReLU:
			for k, v := range dy {
				dx[k] += complex(slope(l, x[k]), 0) * v
			}
		case spaces.Tanh:
			for k, v := range dy {
				y := p.Values[i][k]
				dx[k] += (1 - y*y) * v
			}
		case spaces.AvgPool, spaces.MaxPool, spaces.GlobalAvgPool:
			p.pools(l, in, x, func(to int, from []int) {
				for _, k := range from {
					dx[k] += dy[to] / complex(float64(len(from)), 0)
				}
			})
		case spaces.Add:
			for _, j := range l.In {
				for k, v := range dy {
					d.Values[j][k] += v
				}
			}
		case spaces.Concat, spaces.Slice:
			p.copies(l, func(to, operand, from int) { d.Values[operand][from] += dy[to] })
		case spaces.Gate:
			d.Gates[i] = make(Map, p.N)
			for k, v := range dy {
				dx[k] += p.gate(l, k) * v
				d.Gates[i][k/l.Out.Size()] += x[k] * v
			}
		}
	}
	return d
}

// normBackward adds a batch norm's gradients: of x, with n values normalised together, d = gamma·dy,
//
//	dx = scale · (d − mean(d) − x̂ · mean(d·x̂)),
//
// and scale · d where the statistics do not depend on x.
func (p *Pass) normBackward(i int, dy, dx Map, params []Map) {
	net := p.Net
	l := &net.Graph.Layers[i]
	m := p.norms[i]
	if m == nil { // NoNorm
		for k, v := range dy {
			dx[k] += v
		}
		return
	}
	d := append(Map(nil), dy...)
	if l.Affine {
		gamma, dgamma, dbeta := net.Params[net.param(l, ".weight")], params[net.param(l, ".weight")], params[net.param(l, ".bias")]
		for k, v := range dy {
			c := channel(l.Out, k)
			d[k] = gamma[c] * v
			dgamma[c] += m.xhat[k] * v
			dbeta[c] += v
		}
	}
	for set, members := range m.sets {
		n := complex(float64(len(members)), 0)
		var mean, along complex128
		for _, k := range members {
			if !m.frozen {
				mean += d[k] / n
				along += d[k] * m.xhat[k] / n
			}
		}
		for _, k := range members {
			dx[k] += m.scale[set] * (d[k] - mean - m.xhat[k]*along)
		}
	}
}
