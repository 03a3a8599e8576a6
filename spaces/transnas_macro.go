package spaces

import (
	"strconv"
	"sync"
)

// TransNASMacroSpace is the skeleton-level space of TransNAS-Bench-101: four to six modules of two residual
// blocks, each module 1 plain, 2 with twice the channels, 3 with half the resolution, or 4 with both; one to
// three double the channels and one to four halve the resolution. Its Parse reads the official string,
// "64-1234-basic", and NASLib's indices, "(1, 2, 3, 4, 0, 0)", the same digits, with or without the zeros that pad them to six.
type TransNASMacroSpace struct{ digits }

// TransNASMacro makes the space "transnas-macro".
func TransNASMacro() *TransNASMacroSpace {
	return &TransNASMacroSpace{digits{name: "transnas-macro", radix: macroRadix,
		parse: func(text string) ([]uint8, error) {
			m, err := parseMacro(text)
			return m.padded(), err
		},
		write: func(d []uint8) Arch { return macroOf(d).arch() },
		codes: macroCodes,
		valid: func(d []uint8) bool {
			m := macroOf(d)
			return m != nil && m.valid() == ""
		}}}
}

func init() {
	register("transnas-macro", func(*Options) (Space, error) { return TransNASMacro(), nil })
}

// macroRadix is that of NASLib's six indices, of which those after the last module are 0.
var macroRadix = []int{5, 5, 5, 5, 5, 5}

// padded are NASLib's six indices.
func (m transModules) padded() []uint8 {
	d := make([]uint8, len(macroRadix))
	for i, v := range m[:min(len(m), len(d))] {
		d[i] = uint8(v)
	}
	return d
}

// macroOf is the inverse of padded; nil where a module follows a 0.
func macroOf(d []uint8) transModules {
	m := transModules{}
	for i, v := range d {
		switch {
		case v == 0:
		case len(m) < i:
			return nil
		default:
			m = append(m, int(v))
		}
	}
	return m
}

// macroCodes lists the space, short architectures first, the digits counting up.
var macroCodes = sync.OnceValue(func() []uint16 {
	all := digits{radix: macroRadix}
	var list []uint16
	for length := 4; length <= 6; length++ {
		for code := range all.count() {
			if m := macroOf(all.decode(code)); len(m) == length && m.valid() == "" {
				list = append(list, uint16(code))
			}
		}
	}
	return list
})

// FormatNASLib is the architecture as NASLib's indices, for example "(1, 2, 3, 4, 0, 0)".
func (s *TransNASMacroSpace) FormatNASLib(a Arch) (string, error) {
	m, err := parseMacro(string(a))
	if err != nil {
		return "", err
	}
	return formatTuple(append(m, make([]int, len(macroRadix)-len(m))...)), nil
}

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
