package netdraw

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"github.com/zcnas/zcnas/spaces"
)

// block is one box of a drawn network: neighbouring layers of one part of it, or several equal blocks in a chain.
type block struct {
	name        string // "stem", "cells"
	first, last int    // numbers of the blocks, -1 without
	count       int
	params      int  // of each
	shared      bool // its parameters are those of an earlier block
	out         spaces.Shape
	live        bool   // the output depends on it
	copies      int    // applied in parallel with the same parameters, of which this is the first; 1 usually
	in          []link // without copies, from earlier to later blocks
	layers      []int  // of all that the box stands for
}

// link is an input of a block.
type link struct {
	from int  // a block
	live bool // the output depends on it
}

func (b *block) lines() (title, params string) {
	title = b.name
	switch {
	case b.first >= 0 && b.first == b.last:
		title = strings.TrimSuffix(b.name, "s") + " " + strconv.Itoa(b.first)
	case b.first >= 0:
		title = fmt.Sprintf("%s %d–%d", b.name, b.first, b.last)
	}
	switch {
	case b.shared:
		params = "shared"
	case b.params > 0:
		params = canvas.Quantity(float64(b.params))
		if b.count > 1 {
			params = fmt.Sprintf("%d × %s", b.count, params)
		}
	}
	return title, params
}

// reads is the position of a block in b.in, or -1.
func (b *block) reads(from int) int {
	return slices.IndexFunc(b.in, func(l link) bool { return l.from == from })
}

// blocksOf gathers the layers of a network into blocks, in an order in which every block comes after its inputs.
func blocksOf(g *spaces.Graph) []block {
	copies := siamese(g)
	blocks, owner := splitLayers(g, copies)
	for _, c := range copies {
		foldCopies(blocks, owner, c)
	}
	live := g.Live()
	for i := range g.Layers {
		b := &blocks[owner[i]]
		b.live = b.live || live[i]
		for _, j := range g.Layers[i].In {
			if from := owner[j]; from != owner[i] {
				k := b.reads(from)
				if k < 0 {
					k = len(b.in)
					b.in = append(b.in, link{from: from})
				}
				b.in[k].live = b.in[k].live || live[i]
			}
		}
	}
	for _, pr := range g.Params() {
		blocks[owner[pr.Layer]].params += pr.Size()
	}
	for i := range blocks {
		b := &blocks[i]
		if b.params == 0 {
			b.shared = slices.ContainsFunc(b.layers, func(l int) bool { return g.Param(g.Layers[l].Name+".weight") != nil })
		}
		if len(b.layers) > 0 {
			b.out = g.Layers[b.layers[len(b.layers)-1]].Out
		}
	}
	// What a block hands on is its output, which need not be its last layer.
	for i := range g.Layers {
		for _, j := range g.Layers[i].In {
			if owner[j] != owner[i] {
				blocks[owner[j]].out = g.Layers[j].Out
			}
		}
	}
	blocks[owner[g.Output]].out = g.Layers[g.Output].Out
	return mergeChains(g, blocks)
}

// splitLayers makes a block of every run of layers that belong together by their names. owner is each layer's block.
func splitLayers(g *spaces.Graph, copies []copied) (blocks []block, owner []int) {
	owner = make([]int, len(g.Layers))
	for i := range g.Layers {
		l := &g.Layers[i]
		n := len(blocks) - 1
		name, number := partOf(l)
		starts := i < 2 || slices.ContainsFunc(copies, func(c copied) bool { return c.bounds(i) })
		alone := false // the block is this layer only
		switch {
		case l.Kind == spaces.GlobalAvgPool:
			name, number, alone = "global pool", -1, true
		case number < 0 && l.Name == "" && (l.Kind == spaces.Concat || l.Kind == spaces.Add):
			// A join of blocks stands by itself, unless it only closes a shortcut inside a block.
			alone = starts || name != "" && name != blocks[n].name ||
				slices.ContainsFunc(l.In, func(j int) bool { return owner[j] != n && blocks[n].reads(owner[j]) < 0 })
			if alone {
				name = l.Kind.String()
			}
		}
		if name == "" && starts {
			name = strings.ReplaceAll(l.Kind.String(), "_", " ")
		}
		if starts || alone || name != "" && (name != blocks[n].name || number != blocks[n].first) {
			blocks = append(blocks, block{name: name, first: number, last: number, count: 1, copies: 1})
			n++
		}
		owner[i] = n
		b := &blocks[n]
		b.layers = append(b.layers, i)
		for _, j := range l.In {
			if owner[j] != n && b.reads(owner[j]) < 0 {
				b.in = append(b.in, link{from: owner[j]})
			}
		}
	}
	for i := range blocks {
		blocks[i].in = nil // blocksOf links them, once copies are folded
	}
	return blocks, owner
}

// partOf is the part of the network that a layer belongs to: "cells" and 3 for "cells.3.edge_1_0.conv", "stem" and -1
// for "stem.conv", "" for a layer that does not say.
func partOf(l *spaces.Layer) (name string, number int) {
	text := l.Name
	if text == "" {
		text, _, _ = strings.Cut(l.Part, ",") // "cells.3, node 2"
		if name, n, ok := strings.Cut(text, " "); ok {
			if number, err := strconv.Atoi(n); err == nil && number >= 0 {
				return name, number // "tile 3"
			}
		}
		text += "." // unlike a layer's own name, that of a part may end with its number
	}
	parts := strings.Split(text, ".")
	if len(parts) > 2 {
		if n, err := strconv.Atoi(parts[1]); err == nil && n >= 0 {
			return parts[0], n
		}
	}
	return parts[0], -1
}

// foldCopies leaves the first of the copies of a part: the others' layers are counted to its blocks.
func foldCopies(blocks []block, owner []int, c copied) {
	first, per := owner[c.start], owner[c.start+c.length]-owner[c.start]
	for r := range c.n {
		if owner[c.start+(r+1)*c.length-1] != first+(r+1)*per-1 {
			return // the names cut the copies differently
		}
	}
	for k := range per {
		b := &blocks[first+k]
		b.copies = c.n
		b.last = blocks[first+(c.n-1)*per+k].last
	}
	for i := c.start + c.length; i < c.start+c.n*c.length; i++ {
		k := (owner[i] - first) % per
		blocks[owner[i]].copies = 0
		owner[i] = first + k
		blocks[owner[i]].layers = append(blocks[owner[i]].layers, i)
	}
}

// mergeChains drops folded blocks and makes one of equal numbered blocks in a chain without side links.
func mergeChains(g *spaces.Graph, blocks []block) []block {
	readers := make([][]int, len(blocks))
	for i := range blocks {
		for _, l := range blocks[i].in {
			readers[l.from] = append(readers[l.from], i)
		}
	}
	var merged []block
	now := make([]int, len(blocks)) // number of each block in merged
	prev := -1
	for i, b := range blocks {
		if b.copies == 0 {
			continue
		}
		if n := len(merged) - 1; n >= 0 && prev >= 0 && chained(g, &blocks[prev], &b, prev, i, readers[prev]) {
			merged[n].last = b.last
			merged[n].count++
			merged[n].layers = append(merged[n].layers, b.layers...)
			now[i], prev = n, i
			continue
		}
		now[i], prev = len(merged), i
		merged = append(merged, b)
	}
	for i := range merged {
		var in []link
		for _, l := range merged[i].in {
			in = append(in, link{now[l.from], l.live})
		}
		slices.SortFunc(in, func(a, b link) int { return a.from - b.from })
		merged[i].in = in
	}
	return merged
}

// chained reports whether b, block i, is the like of block prev and follows on it alone.
func chained(g *spaces.Graph, a, b *block, prev, i int, readers []int) bool {
	if b.first < 0 || a.name != b.name || a.last+1 != b.first || a.params != b.params || a.shared != b.shared ||
		a.out != b.out || a.live != b.live || a.copies != b.copies || len(a.in) != len(b.in) || len(a.in) > 1 {
		return false
	}
	if len(b.in) == 1 && (b.in[0].from != prev || a.in[0].live != b.in[0].live) {
		return false
	}
	for _, r := range readers {
		if r != i {
			return false
		}
	}
	return slices.EqualFunc(a.layers, b.layers, func(j, k int) bool { return g.Layers[j].Kind == g.Layers[k].Kind })
}
