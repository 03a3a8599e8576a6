package spaces

import (
	"fmt"
	"strings"
)

// transModules are the digits of a TransNAS architecture's modules.
type transModules []int

// What each module digit does, and what each micro digit is.
var (
	transModuleNames = []string{"", "plain", "channels ×2", "resolution /2", "channels ×2, resolution /2"}
	transMicroOps    = []string{"none", "skip", "conv_1x1", "conv_3x3"}
)

func doublesChannels(digit int) bool { return digit == 2 || digit == 4 }

func halvesResolution(digit int) bool { return digit == 3 || digit == 4 }

func (m transModules) arch() Arch {
	b := []byte("64-")
	for _, d := range m {
		b = append(b, '0'+byte(d))
	}
	return Arch(append(b, "-basic"...))
}

// count is how many modules double the channels and how many halve the resolution.
func (m transModules) count() (channels, resolution int) {
	for _, d := range m {
		if doublesChannels(d) {
			channels++
		}
		if halvesResolution(d) {
			resolution++
		}
	}
	return channels, resolution
}

// valid says why the modules are not an architecture of the macro space, or "".
func (m transModules) valid() string {
	c, r := m.count()
	switch {
	case len(m) < 4 || len(m) > 6:
		return fmt.Sprintf("%d modules, want 4 to 6,", len(m))
	case c < 1 || c > 3:
		return fmt.Sprintf("%d modules double the channels (2, 4), want 1 to 3,", c)
	case r < 1 || r > 4:
		return fmt.Sprintf("%d modules halve the resolution (3, 4), want 1 to 4,", r)
	}
	return ""
}

func parseMacro(text string) (transModules, error) {
	sc := &scanner{space: "transnas-macro", text: text}
	sc.blanks()
	start := sc.pos
	var m transModules
	if strings.HasPrefix(sc.rest(), "(") {
		digits, at := sc.tuple(4, 6, "a module", 0, 4)
		for i, d := range digits {
			switch {
			case d == 0:
			case len(m) < i:
				sc.failAt(at[i], "module %d after the padding zeros", d)
			default:
				m = append(m, d)
			}
		}
	} else {
		sc.expect("64-")
		start = sc.pos
		for sc.err == nil && !strings.HasPrefix(sc.rest(), "-") {
			m = append(m, int(sc.oneOf("1234")-'0'))
		}
		sc.expect("-basic")
		sc.end()
	}
	if msg := m.valid(); msg != "" {
		sc.failAt(start, "%s", msg)
	}
	return m, sc.err
}

// transMicro holds the digits of a micro cell's edges in the order of the notation: 1←0, 2←0, 2←1, 3←0, 3←1, 3←2.
type transMicro [6]uint8

func (m transMicro) arch() Arch {
	return Arch(fmt.Sprintf("64-41414-%d_%d%d_%d%d%d", m[0], m[1], m[2], m[3], m[4], m[5]))
}

func parseMicro(text string) (m transMicro, err error) {
	sc := &scanner{space: "transnas-micro", text: text}
	sc.blanks()
	if strings.HasPrefix(sc.rest(), "(") {
		digits, _ := sc.tuple(6, 6, "an operation", 0, 3)
		for e, d := range digits {
			m[e] = uint8(d)
		}
		return m, sc.err
	}
	sc.expect("64-")
	sc.expect("41414")
	sc.expect("-")
	for e, edge := range natsEdges {
		if edge[1] == 0 && e > 0 {
			sc.expect("_")
		}
		if d := sc.oneOf("0123"); sc.err == nil {
			m[e] = d - '0'
		}
	}
	sc.end()
	return m, sc.err
}
