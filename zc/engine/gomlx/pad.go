package gomlx

import (
	"slices"

	"github.com/gomlx/compute/shapes"
	gx "github.com/gomlx/gomlx/core/graph"
)

// differentiated marks graphs that GoMLX will differentiate, by a state attached to them.
type differentiated struct{}

// padded is gx.Pad, spelt as concatenations where the graph will be differentiated: Pad has no gradient there.
func padded(x, fill *gx.Node, axes ...gx.PadAxis) *gx.Node {
	if x.Graph().State(differentiated{}) == nil {
		return gx.Pad(x, fill, axes...)
	}
	block := func(dims []int) *gx.Node {
		return gx.BroadcastToShape(fill, shapes.Make(x.DType(), dims...))
	}
	for axis, p := range axes {
		dims := slices.Clone(x.Shape().Dimensions)
		if n := dims[axis]; p.Interior > 0 {
			// A new axis after this one, filled up, joins it; what follows the last position is cut off.
			apart := slices.Insert(slices.Clone(dims), axis+1, 1)
			between := slices.Clone(apart)
			between[axis+1] = p.Interior
			x = gx.Concatenate([]*gx.Node{gx.Reshape(x, apart...), block(between)}, axis+1)
			dims[axis] = n * (p.Interior + 1)
			x = gx.SliceAxis(gx.Reshape(x, dims...), axis, gx.AxisRange(0, (n-1)*(p.Interior+1)+1))
			dims[axis] = (n-1)*(p.Interior+1) + 1
		}
		parts := []*gx.Node{x}
		if p.Start > 0 {
			dims[axis] = p.Start
			parts = slices.Insert(parts, 0, block(dims))
		}
		if p.End > 0 {
			dims[axis] = p.End
			parts = append(parts, block(dims))
		}
		if len(parts) > 1 {
			x = gx.Concatenate(parts, axis)
		}
	}
	return x
}
