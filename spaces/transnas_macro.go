package spaces

import (
	"iter"
	"math/big"
	"slices"
	"strconv"
	"sync"
)

// TransNASMacroSpace is the skeleton-level space of TransNAS-Bench-101: four to six modules of two residual
// blocks, each module 1 plain, 2 with twice the channels, 3 with half the resolution, or 4 with both; one to
// three double the channels and one to four halve the resolution. Its Parse reads the official string,
// "64-1234-basic", and NASLib's indices, "(1, 2, 3, 4, 0, 0)", the same digits, with or without the zeros that pad them to six.
type TransNASMacroSpace struct{}

// TransNASMacro makes the space "transnas-macro".
func TransNASMacro() *TransNASMacroSpace { return &TransNASMacroSpace{} }

// macroArchs lists the space, short architectures first, the digits counting up.
var macroArchs = sync.OnceValue(func() (list []Arch) {
	for length := 4; length <= 6; length++ {
		m := make(transModules, length)
		for n := range 1 << (2 * length) {
			for i := range m {
				m[i] = 1 + n>>(2*(length-1-i))&3
			}
			if m.valid() == "" {
				list = append(list, m.arch())
			}
		}
	}
	return list
})

// Name is "transnas-macro".
func (s *TransNASMacroSpace) Name() string { return "transnas-macro" }

// Size is 3,256.
func (s *TransNASMacroSpace) Size() *big.Int { return big.NewInt(int64(len(macroArchs()))) }

// Parse reads either encoding. Its errors are of type [*ParseError].
func (s *TransNASMacroSpace) Parse(text string) (Arch, error) {
	m, err := parseMacro(text)
	if err != nil {
		return "", err
	}
	return m.arch(), nil
}

// FormatNASLib is the architecture as NASLib's indices, for example "(1, 2, 3, 4, 0, 0)".
func (s *TransNASMacroSpace) FormatNASLib(a Arch) (string, error) {
	m, err := parseMacro(string(a))
	if err != nil {
		return "", err
	}
	return formatTuple(append(m, make([]int, 6-len(m))...)), nil
}

// Enumerate lists all architectures, those with fewer modules first, the digits counting up.
func (s *TransNASMacroSpace) Enumerate() iter.Seq[Arch] { return slices.Values(macroArchs()) }

// Sample draws n different architectures, uniformly. It fails if n is negative or more than 3,256.
func (s *TransNASMacroSpace) Sample(n int, seed uint64) ([]Arch, error) {
	list := macroArchs()
	return sampleAt(s.Name(), n, len(list), seed, func(i int) Arch { return list[i] })
}

// Neighbours lists the architectures that differ in one of NASLib's six indices: one module is different, the
// last one is dropped, or one is appended.
func (s *TransNASMacroSpace) Neighbours(a Arch) ([]Arch, error) {
	m, err := parseMacro(string(a))
	if err != nil {
		return nil, err
	}
	var list []Arch
	add := func(m transModules) {
		if m.valid() == "" {
			list = append(list, m.arch())
		}
	}
	for i := range m {
		for d := 1; d <= 4; d++ {
			if d != m[i] {
				other := slices.Clone(m)
				other[i] = d
				add(other)
			}
		}
	}
	add(m[:len(m)-1])
	for d := 1; d <= 4; d++ {
		add(append(slices.Clone(m), d))
	}
	return list, nil
}

// Mutate returns one of the neighbours, uniformly.
func (s *TransNASMacroSpace) Mutate(a Arch, seed uint64) (Arch, error) { return pick(s, a, seed) }

// Network builds the network for the task that t names, one of [TransNASTasks] (none means class_object):
// stem.{conv,bn,reduce.conv,reduce.bn}, cells.{k}.{conv_a,conv_b,downsample}, then classifier or decoder.{i}.
// It fails where the input is too small for the strides, and on dense tasks where a map would have one position or
// the output not the input's size.
func (s *TransNASMacroSpace) Network(a Arch, t Task) (*Graph, error) {
	m, err := parseMacro(string(a))
	if err != nil {
		return nil, err
	}
	return transNetwork(s.Name(), m, macroCell, t)
}

// macroCell adds a residual block. Its shortcut's batch norm has eps 1: the benchmark's code passes a flag in
// the place of eps there, and its networks were trained and scored so.
func macroCell(b *Builder, x int, name string, out, stride int) int {
	y := reluConvBN(b, x, name+".conv_a", out, 3, stride)
	y = reluConvBN(b, y, name+".conv_b", out, 3, 1)
	if stride != 1 || b.Out(x).C != out {
		x = b.Conv(x, name+".downsample.conv", ConvOpts{Out: out, Kernel: 1, Stride: stride})
		x = b.BatchNormOpts(x, name+".downsample.bn", true, 1)
	}
	b.Within(name)
	return b.Add(x, y)
}

// Cells returns the skeleton as one chain of modules.
func (s *TransNASMacroSpace) Cells(a Arch) ([]Cell, error) {
	m, err := parseMacro(string(a))
	if err != nil {
		return nil, err
	}
	c := Cell{Title: "modules of two residual blocks", Nodes: []string{"stem"}}
	for i, digit := range m {
		c.Nodes = append(c.Nodes, strconv.Itoa(i+1))
		c.Edges = append(c.Edges, CellEdge{i, i + 1, transModuleNames[digit]})
	}
	c.Nodes = append(c.Nodes, "head")
	c.Edges = append(c.Edges, CellEdge{From: len(m), To: len(m) + 1})
	return []Cell{c}, nil
}
