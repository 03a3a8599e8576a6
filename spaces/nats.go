package spaces

import "fmt"

// The parts that the two NATS-Bench spaces share: Dong, Liu, Musial and Gabrys, "NATS-Bench: Benchmarking NAS
// Algorithms for Architecture Topology and Size", TPAMI 2021.

// The operations of a NATS-Bench cell, in NAS-Bench-201's order.
const (
	natsNone = iota
	natsSkip
	natsConv1
	natsConv3
	natsPool
)

var natsOps = []string{"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"}

// tssCell holds the operations of a cell's edges in the order of the official notation: 1←0, 2←0, 2←1, 3←0,
// 3←1, 3←2.
type tssCell [6]uint8

// natsEdges are the (to, from) of a cell's edges in the same order.
var natsEdges = [6][2]int{{1, 0}, {2, 0}, {2, 1}, {3, 0}, {3, 1}, {3, 2}}

// reluConvBN adds ReLU, name.conv (k×k, "same" padding) and name.bn.
func reluConvBN(b *Builder, x int, name string, out, k, stride int) int {
	b.Within(name)
	return convBN(b, b.ReLU(x), name, out, k, stride)
}

// convBN adds name.conv (k×k, "same" padding) and name.bn.
func convBN(b *Builder, x int, name string, out, k, stride int) int {
	x = b.Conv(x, name+".conv", ConvOpts{Out: out, Kernel: k, Stride: stride, Pad: k / 2})
	return b.BatchNorm(x, name+".bn")
}

// natsCellLayers adds a cell. Edges from node 0 map its channels to out; the others keep out.
func natsCellLayers(b *Builder, x int, name string, cell tssCell, out int) int {
	nodes := [4]int{x}
	shape := b.Out(x)
	shape.C = out
	var terms []int
	for e, op := range cell {
		to, from := natsEdges[e][0], natsEdges[e][1]
		in := nodes[from]
		edge := fmt.Sprintf("%s.edge_%d_%d", name, to, from)
		switch {
		case op == natsConv1:
			terms = append(terms, reluConvBN(b, in, edge, out, 1, 1))
		case op == natsConv3:
			terms = append(terms, reluConvBN(b, in, edge, out, 3, 1))
		case op == natsPool:
			if b.Out(in).C != out {
				in = reluConvBN(b, in, edge, out, 1, 1)
			}
			b.Within(edge)
			terms = append(terms, b.AvgPool(in, 3, 1, 1))
		case op == natsSkip && b.Out(in).C != out:
			terms = append(terms, convBN(b, in, edge, out, 1, 1))
		case op == natsSkip:
			terms = append(terms, in)
		}
		if from == to-1 { // the node's last edge
			b.Within(fmt.Sprintf("%s, node %d", name, to))
			if len(terms) == 0 {
				nodes[to] = b.Zero(shape)
			} else {
				nodes[to] = b.Add(terms...)
			}
			terms = nil
		}
	}
	return nodes[3]
}

// natsReduction adds a residual block of stride 2.
func natsReduction(b *Builder, x int, name string, out int) int {
	y := reluConvBN(b, x, name+".conv_a", out, 3, 2)
	y = reluConvBN(b, y, name+".conv_b", out, 3, 1)
	b.Within(name + ".downsample")
	short := b.Conv(b.AvgPool(x, 2, 2, 0), name+".downsample", ConvOpts{Out: out, Kernel: 1})
	b.Within(name)
	return b.Add(short, y)
}

// natsHead adds batch norm, ReLU, global average pooling and the classifier, and ends the graph.
func natsHead(b *Builder, x, classes int) (*Graph, error) {
	b.Within("head")
	x = b.GlobalAvgPool(b.ReLU(b.BatchNorm(x, "head.bn")))
	return b.Build(b.Linear(x, "classifier", classes))
}

// natsDrawing is the cell as a labelled graph.
func natsDrawing(title string, cell tssCell) Cell {
	c := Cell{Title: title, Nodes: []string{"input", "1", "2", "output"}}
	for e, op := range cell {
		c.Edges = append(c.Edges, CellEdge{natsEdges[e][1], natsEdges[e][0], natsOps[op]})
	}
	return c
}
