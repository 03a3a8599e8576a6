package spaces

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strconv"
)

// DARTSSpace is the search space of DARTS (Liu, Simonyan and Yang, "DARTS: Differentiable Architecture Search",
// ICLR 2019) that NAS-Bench-301 samples. A cell has two inputs (0, the output of the cell before the previous
// one, and 1, that of the previous cell) and four nodes, 2…5; each node adds up two operations on earlier nodes,
// and the cell concatenates the nodes. An architecture is a normal and a reduction cell.
//
// [DARTSSpace.Parse] reads two encodings, in which tuples and lists are interchangeable:
//
//   - NASLib's compact form, "[[(i, o), … 8 pairs], [(i, o), …]]", which is also the notation of its [Arch]:
//     pairs 2j and 2j+1 are the inputs of node j+2, i the node they come from, o the operation, 0…6:
//     max_pool_3x3, avg_pool_3x3, skip_connect, sep_conv_3x3, sep_conv_5x5, dil_conv_3x3, dil_conv_5x5;
//   - DARTS's Genotype(normal=[('op', i), …], normal_concat=[2, 3, 4, 5], reduce=[…], reduce_concat=…).
//
// The order of a node's two pairs is kept, since it decides the names of their parameters. Parse also accepts
// a node with twice the same input; sampling, mutation and neighbours keep the two apart.
type DARTSSpace struct {
	channels, layers int
	variant          DARTSVariant
	head             DARTSHead
}

// DARTSOption changes how the networks of [DARTS] are built: [WithChannels], [WithLayers], [WithVariant],
// [WithHead].
type DARTSOption interface{ applyDARTS(*DARTSSpace) }

// DARTSVariant names a network that public code really built.
type DARTSVariant string

// The variants.
const (
	// EvalVariant is the evaluation network of DARTS and NAS-Bench-301, without its auxiliary head.
	EvalVariant DARTSVariant = "eval"
	// NASLibVariant is what NASLib scored for NAS-Bench-Suite-Zero, and what its params and flops are about:
	// the batch norms inside the edges have no parameters, and pools are followed by such a batch norm.
	NASLibVariant DARTSVariant = "naslib"
	// ArchaiVariant is what the blog post's DARTS runs used, with 36 channels: two stems, of which cell 0
	// reads both.
	ArchaiVariant DARTSVariant = "archai"
)

// DARTSHead names the end of a network.
type DARTSHead string

// The heads.
const (
	// TaskHead is dense for dense tasks, else class. It is the default.
	TaskHead DARTSHead = ""
	// ClassHead is global average pooling and a linear classifier.
	ClassHead DARTSHead = "class"
	// DenseHead keeps the resolution: no cell reduces (the reduction half of the architecture is unused), and
	// the classifier is a 1×1 convolution, with a bias except in [ArchaiVariant]: archai's networks for Darcy Flow
	// (darts_space_constant_random_archs_darcyflow.yaml), which the post's runs used.
	DenseHead DARTSHead = "dense"
)

// DARTS makes the space "darts".
func DARTS(options ...DARTSOption) *DARTSSpace {
	s := &DARTSSpace{channels: 32, layers: 8, variant: EvalVariant}
	for _, o := range options {
		o.applyDARTS(s)
	}
	return s
}

func init() {
	register("darts", func(o *Options) (Space, error) {
		o.Skip("in_channels") // of older score files; the task's input has them
		return DARTS(WithChannels(o.Int("channels", 32, 1, maxWidth, "channels of the first cells")),
			WithLayers(o.Int("layers", 8, 1, maxCells, "cells")),
			WithVariant(DARTSVariant(o.Text("variant", string(EvalVariant), "whose networks they are", "eval", "naslib", "archai"))),
			WithHead(DARTSHead(o.Text("head", string(TaskHead), "end of the network; by default the task's", "", "class", "dense")))), nil
	})
}

// Name is "darts".
func (s *DARTSSpace) Name() string { return "darts" }

// Options are those of the networks that are not the default.
func (s *DARTSSpace) Options() string {
	var l optionList
	l.add("channels", strconv.Itoa(s.channels), "32")
	l.add("head", string(s.head), string(TaskHead))
	l.add("layers", strconv.Itoa(s.layers), "8")
	l.add("variant", string(s.variant), string(EvalVariant))
	return l.String()
}

// Head is how the networks end.
func (s *DARTSSpace) Head() DARTSHead { return s.head }

// Size is (180·7⁸)², about 1.08·10¹⁸: two different inputs for each node, whose order is not counted, and seven
// operations on each.
func (s *DARTSSpace) Size() *big.Int {
	n := big.NewInt(180)
	for range 8 {
		n.Mul(n, big.NewInt(int64(len(dartsOps))))
	}
	return n.Mul(n, n)
}

// Parse reads an architecture in either encoding. Its errors are of type [*ParseError].
func (s *DARTSSpace) Parse(text string) (Arch, error) {
	a, err := parseDARTS(text)
	if err != nil {
		return "", err
	}
	return a.arch(), nil
}

// FormatGenotype is the architecture in DARTS's notation.
func (s *DARTSSpace) FormatGenotype(a Arch) (string, error) {
	d, err := parseDARTS(string(a))
	if err != nil {
		return "", err
	}
	return d.genotype(), nil
}

// FormatNASLib is the architecture in NASLib's compact form, which is the space's official notation.
func (s *DARTSSpace) FormatNASLib(a Arch) (string, error) {
	b, err := s.Parse(string(a))
	return string(b), err
}

// Sample draws n different architectures, uniformly, each node's inputs in increasing order. It fails if n is
// negative.
func (s *DARTSSpace) Sample(n int, seed uint64) ([]Arch, error) {
	if n < 0 {
		return nil, fmt.Errorf("spaces: darts: cannot draw %d architectures", n)
	}
	r := newRand(seed)
	seen := map[Arch]bool{}
	var list []Arch
	for len(list) < n {
		if a := randomDARTS(r).arch(); !seen[a] {
			seen[a] = true
			list = append(list, a)
		}
	}
	return list, nil
}

func randomDARTS(r *rand.Rand) (a dartsArch) {
	for c := range a {
		for e := 0; e < len(a[c]); e += 2 {
			i, j := r.IntN(inputs(e)), r.IntN(inputs(e)-1)
			if j >= i {
				j++
			}
			a[c][e] = dartsEdge{uint8(min(i, j)), uint8(r.IntN(len(dartsOps)))}
			a[c][e+1] = dartsEdge{uint8(max(i, j)), uint8(r.IntN(len(dartsOps)))}
		}
	}
	return a
}

// Neighbours lists the architectures that differ in one operation (96) or in one input (24), where a node's
// two inputs stay different. The order of a node's inputs is kept.
func (s *DARTSSpace) Neighbours(a Arch) ([]Arch, error) {
	d, err := parseDARTS(string(a))
	if err != nil {
		return nil, err
	}
	var list []Arch
	for c := range d {
		for e, edge := range d[c] {
			for op := range dartsOps {
				if uint8(op) != edge.op {
					other := d
					other[c][e].op = uint8(op)
					list = append(list, other.arch())
				}
			}
			for from := range inputs(e) {
				if uint8(from) != edge.from && uint8(from) != d[c][e^1].from {
					other := d
					other[c][e].from = uint8(from)
					list = append(list, other.arch())
				}
			}
		}
	}
	return list, nil
}

// BlogDARTS lists the 1000 architectures of the DARTS experiments in "A Deeper Look at Zero-Cost Proxies for
// Lightweight NAS" (ICLR Blog Track 2022), in order. Archai drew one seed for each with Python's
// random.Random(36), then the normal cell from that seed and the reduction cell from the seed after it: for each
// node two operations, then two different inputs. The post's networks are those of [ArchaiVariant] with 36
// channels and 8 layers; its Spearman correlation of params with flops is 0.98811.
func BlogDARTS() []Arch {
	list := make([]Arch, 1000)
	for k, seed := range newMersenne(36).choices(1e9, len(list)) {
		var a dartsArch
		for c := range a {
			m := newMersenne(uint64(seed + c))
			for e := 0; e < len(a[c]); e += 2 {
				ops := m.choices(len(dartsOps), 2)
				i, j := m.sample2(inputs(e))
				a[c][e] = dartsEdge{uint8(i), uint8(ops[0])}
				a[c][e+1] = dartsEdge{uint8(j), uint8(ops[1])}
			}
		}
		list[k] = a.arch()
	}
	return list
}

// reduces reports whether cell i is a reduction cell of a network with a class head.
func (s *DARTSSpace) reduces(i int) bool { return i == s.layers/3 || i == 2*s.layers/3 }

// Network builds the network: stem.{conv,bn} (stem0 and stem1 in [ArchaiVariant]), cells.{i} with preprocess0,
// preprocess1 and edge_{n}_{k} for the k-th input of node n, classifier. Cells layers/3 and 2·layers/3 are
// reduction cells: they double the channels and halve the resolution, rounded up. It fails where a map would have
// one position.
func (s *DARTSSpace) Network(a Arch, t Task) (*Graph, error) {
	g, _, err := s.network(a, t, TrainingParts{})
	return g, err
}

// network builds the network with parts for training, and says which layer holds an auxiliary head's outputs.
func (s *DARTSSpace) network(a Arch, t Task, parts TrainingParts) (g *Graph, auxiliary int, err error) {
	d, err := parseDARTS(string(a))
	if err != nil {
		return nil, 0, err
	}
	if err := s.check(); err != nil {
		return nil, 0, err
	}
	b := dartsBuilder{Builder: NewBuilder(t.Input), variant: s.variant, dropPath: parts.DropPath}
	b.wide = true
	var before, prev int
	if s.variant == ArchaiVariant {
		before = convBN(b.Builder, 0, "stem0", 3*s.channels, 3, 1)
		prev = convBN(b.Builder, 0, "stem1", 3*s.channels, 3, 1)
	} else {
		prev = convBN(b.Builder, 0, "stem", 3*s.channels, 3, 1)
		before = prev
	}
	dense := s.head == DenseHead || s.head == TaskHead && t.Dense
	if dense && parts.Auxiliary {
		return nil, 0, fmt.Errorf("spaces: darts: the auxiliary head is one for classes, and the task %q is dense", t.Name)
	}
	c, reducedBefore := s.channels, false
	for i := range s.layers {
		cell, reduction := d[0], !dense && s.reduces(i)
		if reduction {
			cell = d[1]
			c *= 2
		}
		out := b.cell(i, cell, before, prev, c, reduction, reducedBefore)
		before, prev, reducedBefore = prev, out, reduction
		if parts.Auxiliary && i == 2*s.layers/3 {
			if auxiliary, err = b.auxiliary(out, t.Outputs); err != nil {
				return nil, 0, err
			}
		}
	}
	b.Within("classifier")
	if dense {
		g, err = b.Build(b.Conv(prev, "classifier", ConvOpts{Out: t.Outputs, Kernel: 1, Bias: s.variant != ArchaiVariant}))
	} else {
		g, err = b.Build(b.Linear(b.GlobalAvgPool(prev), "classifier", t.Outputs))
	}
	return g, auxiliary, err
}

// check reports options that no network can be built with.
func (s *DARTSSpace) check() error {
	switch {
	case s.variant != EvalVariant && s.variant != NASLibVariant && s.variant != ArchaiVariant:
		return fmt.Errorf("spaces: darts: unknown variant %q; there are eval, naslib, archai", s.variant)
	case s.head != TaskHead && s.head != ClassHead && s.head != DenseHead:
		return fmt.Errorf("spaces: darts: unknown head %q; there are class, dense", s.head)
	case s.layers < 1 || s.layers > maxCells:
		return fmt.Errorf("spaces: darts: %d layers, want 1 to %d", s.layers, maxCells)
	}
	return checkWidth(s.Name(), s.channels)
}

// dartsBuilder adds the parts of a DARTS network.
type dartsBuilder struct {
	*Builder
	variant  DARTSVariant
	dropPath bool // gates on the edges
}

// naslib is whether the network is built as NASLib's, without affine parameters inside edges.
func (b dartsBuilder) naslib() bool { return b.variant == NASLibVariant }

func (b dartsBuilder) cell(number int, cell dartsCell, before, prev, c int, reduction, reducedBefore bool) int {
	name := "cells." + strconv.Itoa(number)
	nodes := make([]int, 2, 6)
	if reducedBefore {
		nodes[0] = b.factorisedReduce(before, name+".preprocess0", c, true)
	} else {
		nodes[0] = reluConvBN(b.Builder, before, name+".preprocess0", c, 1, 1)
	}
	nodes[1] = reluConvBN(b.Builder, prev, name+".preprocess1", c, 1, 1)
	for n := 2; n < 6; n++ {
		var terms [2]int
		for k := range terms {
			edge, stride := cell[2*(n-2)+k], 1
			if reduction && edge.from < 2 {
				stride = 2
			}
			terms[k] = b.edge(nodes[edge.from], fmt.Sprintf("%s.edge_%d_%d", name, n, k), edge.op, c, stride)
			if b.drops(edge.op, stride) {
				terms[k] = b.Gate(terms[k], 8*number+2*(n-2)+k)
			}
		}
		b.Within(fmt.Sprintf("%s, node %d", name, n))
		nodes = append(nodes, b.Add(terms[:]...))
	}
	b.Within(name)
	return b.Concat(nodes[2:]...)
}

func (b dartsBuilder) edge(x int, name string, op uint8, c, stride int) int {
	b.Within(name)
	switch op {
	case dartsMaxPool, dartsAvgPool:
		if op == dartsMaxPool {
			x = b.MaxPool(x, 3, stride, 1)
		} else {
			x = b.AvgPool(x, 3, stride, 1)
		}
		if b.naslib() {
			x = b.norm(x, name+".bn")
		}
		return x
	case dartsSkip:
		if stride == 1 {
			return x
		}
		return b.factorisedReduce(x, name, c, !b.naslib())
	case dartsSep3, dartsSep5:
		k := 3 + 2*int(op-dartsSep3)
		for half, s := range []int{stride, 1} {
			x = b.depthwise(b.ReLU(x), name, "_"+strconv.Itoa(half+1), c, k, s, 1)
		}
		return x
	default:
		return b.depthwise(b.ReLU(x), name, "", c, 3+2*int(op-dartsDil3), stride, 2)
	}
}

// depthwise adds a depthwise and a pointwise convolution and a batch norm.
func (b dartsBuilder) depthwise(x int, name, suffix string, c, k, stride, dilation int) int {
	x = b.Conv(x, name+".depthwise"+suffix, ConvOpts{Out: c, Kernel: k, Stride: stride, Pad: dilation * (k / 2),
		Dilation: dilation, Groups: c})
	x = b.Conv(x, name+".pointwise"+suffix, ConvOpts{Out: c, Kernel: 1})
	return b.norm(x, name+".bn"+suffix)
}

// norm adds the batch norm inside an edge.
func (b dartsBuilder) norm(x int, name string) int {
	return b.BatchNormOpts(x, name, !b.naslib(), 1e-5)
}

func (b dartsBuilder) factorisedReduce(x int, name string, c int, affine bool) int {
	x = factorised(b.Builder, x, name, [2]string{".conv_1", ".conv_2"}, c, 2)
	return b.BatchNormOpts(x, name+".bn", affine, 1e-5)
}

// factorised adds ReLU and the concatenation of two 1×1 convolutions of half the output channels, the second on
// the map shifted by one row and column, with zeros beyond the end.
func factorised(b *Builder, x int, name string, convs [2]string, c, stride int) int {
	b.Within(name)
	x = b.ReLU(x)
	return b.Concat(
		b.Conv(x, name+convs[0], ConvOpts{Out: c / 2, Kernel: 1, Stride: stride}),
		b.Conv(x, name+convs[1], ConvOpts{Out: c - c/2, Kernel: 1, Stride: stride, Pad: -1, PadEnd: 1}))
}

// Cells returns the normal and the reduction cell.
func (s *DARTSSpace) Cells(a Arch) ([]Cell, error) {
	d, err := parseDARTS(string(a))
	if err != nil {
		return nil, err
	}
	var list []Cell
	for c, title := range []string{"normal cell", "reduction cell"} {
		cell := Cell{Title: title, Nodes: []string{"cell k-2", "cell k-1", "0", "1", "2", "3", "cell k"}}
		for e, edge := range d[c] {
			cell.Edges = append(cell.Edges, CellEdge{int(edge.from), inputs(e), dartsOps[edge.op]})
		}
		for n := 2; n < 6; n++ {
			cell.Edges = append(cell.Edges, CellEdge{From: n, To: 6})
		}
		list = append(list, cell)
	}
	return list, nil
}
