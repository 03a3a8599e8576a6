package netdraw

import "github.com/zcnas/zcnas/spaces"

// copied is a part of a network that is applied n times in parallel with the same parameters, as the nine backbones
// of TransNAS-Bench-101's jigsaw are: n times length layers from start on, equal but for what they read.
type copied struct{ start, length, n int }

// bounds reports whether a copy starts at that layer, or the last has ended before it.
func (c copied) bounds(layer int) bool {
	d := layer - c.start
	return d >= 0 && d <= c.n*c.length && d%c.length == 0
}

// siamese finds the copied parts of a network by names that occur again.
func siamese(g *spaces.Graph) []copied {
	again := make([]int, len(g.Layers)) // the next layer of the same name
	next := map[string]int{}
	for i := len(g.Layers) - 1; i >= 0; i-- {
		if name := g.Layers[i].Name; name != "" {
			again[i] = next[name]
			next[name] = i
		}
	}
	var list []copied
	from := 1
	for i := 1; i < len(g.Layers); i++ {
		if again[i] == 0 {
			continue
		}
		// The part begins here or with nameless layers before, such as the slice that is one copy's input.
		best := copied{length: again[i] - i, n: 1}
		for a := i; a >= from && (a == i || g.Layers[a].Name == ""); a-- {
			if n := countCopies(g, a, best.length); n > 1 && n >= best.n {
				best.start, best.n = a, n
			}
		}
		if best.n > 1 {
			list = append(list, best)
			from = best.start + best.n*best.length
			i = from - 1
		}
	}
	return list
}

// countCopies is how often the layers start … start+length-1 are followed by copies of themselves.
func countCopies(g *spaces.Graph, start, length int) int {
	n := 1
	for ; start+(n+1)*length <= len(g.Layers); n++ {
		for i := start; i < start+length; i++ {
			if !copyOf(g, i, i+n*length, start) {
				return n
			}
		}
	}
	return n
}

// copyOf reports whether layer k does in its copy what layer i does in the first one, which begins at start. Each
// reads its own copy or what comes before all of them, of the same shape; copies in a row are none.
func copyOf(g *spaces.Graph, i, k, start int) bool {
	a, b := &g.Layers[i], &g.Layers[k]
	if a.Kind != b.Kind || a.Name != b.Name || a.Out != b.Out || len(a.In) != len(b.In) || a.Kernel != b.Kernel ||
		a.Stride != b.Stride || a.Pad != b.Pad || a.Dilation != b.Dilation || a.Groups != b.Groups || a.Slope != b.Slope {
		return false
	}
	for x := range a.In {
		j, l := a.In[x], b.In[x]
		if j >= start && l-j != k-i || j < start && (l >= start || g.Layers[j].Out != g.Layers[l].Out) {
			return false
		}
	}
	return true
}
