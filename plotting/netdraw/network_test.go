package netdraw

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"github.com/zcnas/zcnas/spaces"
	"gonum.org/v1/plot/vg"
)

type networkCase struct {
	name  string
	graph *spaces.Graph
}

// networkCases has a network of every space, variant, head and task.
func networkCases(t *testing.T) []networkCase {
	t.Helper()
	const genotype = "[[(0, 5), (1, 2), (1, 4), (2, 1), (2, 6), (3, 2), (3, 4), (4, 4)], [(0, 5), (1, 0), (0, 5), (1, 3), (2, 1), (3, 6), (0, 4), (2, 2)]]"
	image := spaces.Task{Input: spaces.Shape{C: 3, H: 32, W: 32}, Outputs: 10}
	darcy := spaces.Task{Input: spaces.Shape{C: 1, H: 85, W: 85}, Outputs: 1}
	var cases []networkCase
	add := func(name string, s spaces.Space, arch string, task spaces.Task) {
		a, err := s.Parse(arch)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		g, err := s.Network(a, task)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		cases = append(cases, networkCase{name, g})
	}
	add("tss", spaces.TSS(), "|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_1x1~1|avg_pool_3x3~2|", image)
	add("tss_pools", spaces.TSS(), "|avg_pool_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|none~1|avg_pool_3x3~2|", image)
	add("tss_skips", spaces.TSS(), "|skip_connect~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|", image)
	add("tss_disconnected", spaces.TSS(), "|nor_conv_3x3~0|+|nor_conv_3x3~0|none~1|+|none~0|none~1|none~2|", image)
	add("sss", spaces.SSS(), "8:16:32:48:64", image)
	add("darts_eval", spaces.DARTS(), genotype, image)
	add("darts_eval20", spaces.DARTS(spaces.WithLayers(20), spaces.WithChannels(36)), genotype, image)
	add("darts_naslib", spaces.DARTS(spaces.WithVariant(spaces.NASLibVariant)), genotype, image)
	add("darts_archai", spaces.DARTS(spaces.WithVariant(spaces.ArchaiVariant), spaces.WithChannels(36)), genotype, image)
	add("darts_dense", spaces.DARTS(spaces.WithHead(spaces.DenseHead)), genotype, darcy)
	add("darts_archai_dense", spaces.DARTS(spaces.WithVariant(spaces.ArchaiVariant), spaces.WithHead(spaces.DenseHead)), genotype, darcy)
	add("darts_last_cell_only", spaces.DARTS(),
		"[[(0, 2), (0, 2), (0, 2), (0, 2), (0, 2), (0, 2), (0, 2), (0, 2)], [(0, 2), (1, 2), (0, 2), (0, 2), (0, 2), (0, 2), (0, 2), (0, 2)]]", image)
	for _, task := range spaces.TransNASTasks() {
		add("micro_"+task.Name, spaces.TransNASMicro(), "64-41414-1_02_333", task.Task)
		add("macro_"+task.Name, spaces.TransNASMacro(), "64-1234-basic", task.Task)
	}
	add("macro6_segmentsemantic", spaces.TransNASMacro(), "64-132414-basic", spaces.TransNASTasks()[4].Task)
	add("macro6_jigsaw", spaces.TransNASMacro(), "64-132414-basic", spaces.TransNASTasks()[3].Task)
	return cases
}

// smallNet has a stem, three cells, the first of which is different, and a classifier.
func smallNet(t *testing.T) *spaces.Graph {
	t.Helper()
	b := spaces.NewBuilder(spaces.Shape{C: 3, H: 32, W: 32})
	x := b.Conv(0, "stem.conv", spaces.ConvOpts{Out: 16, Kernel: 3, Pad: 1})
	x = b.BatchNorm(x, "stem.bn")
	x = b.ReLU(x)
	x = b.Conv(x, "cells.0.edge.conv", spaces.ConvOpts{Out: 32, Kernel: 3, Pad: 1, Stride: 2})
	x = b.ReLU(x)
	x = b.Conv(x, "cells.1.edge.conv", spaces.ConvOpts{Out: 32, Kernel: 3, Pad: 1})
	x = b.ReLU(x)
	x = b.Conv(x, "cells.2.edge.conv", spaces.ConvOpts{Out: 32, Kernel: 3, Pad: 1})
	x = b.ReLU(x)
	x = b.GlobalAvgPool(x)
	g, err := b.Build(b.Linear(x, "classifier", 10))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// userNetworks are graphs as a user of the package could build them, without Within.
func userNetworks(t *testing.T) []networkCase {
	t.Helper()
	conv := func(b *spaces.Builder, x int, name string) int {
		return b.ReLU(b.Conv(x, name+".conv", spaces.ConvOpts{Out: 8, Kernel: 3, Pad: 1}))
	}
	build := func(name string, input int, body func(b *spaces.Builder) int) networkCase {
		b := spaces.NewBuilder(spaces.Shape{C: input, H: 8, W: 8})
		g, err := b.Build(body(b))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return networkCase{name, g}
	}
	tower := func(b *spaces.Builder, x int) int { return conv(b, conv(b, x, "tower.a"), "neck.b") }
	return []networkCase{
		build("slices between", 6, func(b *spaces.Builder) int {
			x := tower(b, b.Slice(0, 0, 3))
			return b.Linear(b.Concat(x, tower(b, b.Slice(0, 3, 3))), "classifier", 5)
		}),
		build("slices before", 6, func(b *spaces.Builder) int {
			x, y := b.Slice(0, 0, 3), b.Slice(0, 3, 3)
			x = tower(b, x)
			return b.Linear(b.Add(x, tower(b, y)), "classifier", 5)
		}),
		build("recurrent", 8, func(b *spaces.Builder) int {
			return b.Linear(conv(b, tower(b, tower(b, 0)), "last"), "classifier", 5)
		}),
		build("towers", 3, func(b *spaces.Builder) int {
			var ends []int
			for _, side := range []string{"left", "right", "far"} {
				x := 0
				for i := range 8 {
					x = conv(b, x, fmt.Sprintf("%s%d", side, i))
				}
				ends = append(ends, x)
			}
			return b.Linear(b.Concat(ends...), "classifier", 5)
		}),
		build("shortcuts", 3, func(b *spaces.Builder) int {
			var down []int
			x := 0
			for i := range 6 {
				x = conv(b, x, fmt.Sprintf("down%d", i))
				down = append(down, x)
			}
			for i := range 6 {
				x = conv(b, b.Concat(x, down[5-i]), fmt.Sprintf("up%d", i))
			}
			return x
		}),
		build("residual", 8, func(b *spaces.Builder) int {
			x := 0
			for i := range 3 {
				name := fmt.Sprintf("blocks.%d", i)
				x = b.Add(x, conv(b, conv(b, x, name+".a"), name+".b"))
			}
			return x
		}),
		build("nameless", 3, func(b *spaces.Builder) int { return b.GlobalAvgPool(b.ReLU(b.MaxPool(0, 2, 2, 0))) }),
	}
}

// describeBlock is "cells 1–2 2 × 9.22k (from stem) → 32×16×16".
func describeBlock(blocks []block, i int) string {
	b := &blocks[i]
	title, params := b.lines()
	var from []string
	for _, l := range b.in {
		name, _ := blocks[l.from].lines()
		if !l.live {
			name += ", dead"
		}
		from = append(from, name)
	}
	text := strings.Join(strings.Fields(title+" "+params), " ")
	if b.copies > 1 {
		text = fmt.Sprintf("%d × (%s)", b.copies, text)
	}
	if !b.live {
		text += " dead"
	}
	return text + " (" + strings.Join(from, "; ") + ") → " + b.out.String()
}

func TestBlocks(t *testing.T) {
	want := map[string][]string{
		"small": {"input () → 3×32×32", "stem 464 (input) → 16×32×32", "cell 0 4.61k (stem) → 32×16×16",
			"cells 1–2 2 × 9.22k (cell 0) → 32×16×16", "global pool (cells 1–2) → 32×1×1", "classifier 330 (global pool) → 10×1×1"},
		"tss_pools": {"input () → 3×32×32", "stem 464 (input) → 16×32×32", "cells 0–4 (stem) → 16×32×32",
			"cell 5 14.5k (cells 0–4) → 32×16×16", "cells 6–10 (cell 5) → 32×16×16", "cell 11 57.6k (cells 6–10) → 64×8×8",
			"cells 12–16 (cell 11) → 64×8×8", "head 128 (cells 12–16) → 64×8×8", "global pool (head) → 64×1×1",
			"classifier 650 (global pool) → 10×1×1"},
		"darts_archai": {"input () → 3×32×32", "stem0 3.13k (input) → 108×32×32", "stem1 3.13k (input) → 108×32×32",
			"cell 0 25.5k (stem0; stem1) → 144×32×32", "cell 1 26.8k (stem1; cell 0) → 144×32×32",
			"cell 2 66.3k (cell 0; cell 1) → 288×16×16", "cell 3 87.3k (cell 1; cell 2) → 288×16×16",
			"cell 4 97.6k (cell 2; cell 3) → 288×16×16", "cell 5 247k (cell 3; cell 4) → 576×8×8",
			"cell 6 320k (cell 4; cell 5) → 576×8×8", "cell 7 361k (cell 5; cell 6) → 576×8×8",
			"global pool (cell 7) → 576×1×1", "classifier 5.77k (global pool) → 10×1×1"},
		"micro_jigsaw": {"input () → 27×64×64", "9 × (tile 0–8) (input) → 3×64×64", "9 × (stem 19.5k) (tile 0–8) → 64×16×16",
			"9 × (cell 0 394k) (stem) → 128×8×8", "9 × (cells 1–3 3 × 460k) (cell 0) → 128×8×8",
			"9 × (cell 4 1.58M) (cells 1–3) → 256×4×4", "9 × (cells 5–7 3 × 1.84M) (cell 4) → 256×4×4",
			"9 × (cell 8 6.3M) (cells 5–7) → 512×2×2", "9 × (cell 9 7.34M) (cell 8) → 512×2×2",
			"concat (cell 9) → 4608×2×2", "global pool (concat) → 4608×1×1", "classifier 4.61M (global pool) → 1000×1×1"},
		"macro_class_scene": {"input () → 3×256×256", "stem 19.5k (input) → 64×64×64", "cells 0–1 2 × 74k (stem) → 64×64×64",
			"cell 2 230k (cells 0–1) → 128×64×64", "cell 3 295k (cell 2) → 128×64×64", "cell 4 312k (cell 3) → 128×32×32",
			"cell 5 295k (cell 4) → 128×32×32", "cell 6 919k (cell 5) → 256×16×16", "cell 7 1.18M (cell 6) → 256×16×16",
			"global pool (cell 7) → 256×1×1", "classifier 12.1k (global pool) → 47×1×1"},
		"tss_disconnected": {"input dead () → 3×32×32", "stem 464 dead (input, dead) → 16×32×32",
			"cells 0–4 5 × 4.67k dead (stem, dead) → 16×32×32", "cell 5 14.5k dead (cells 0–4, dead) → 32×16×16",
			"cells 6–10 5 × 18.6k dead (cell 5, dead) → 32×16×16", "cell 11 57.6k dead (cells 6–10, dead) → 64×8×8",
			"cells 12–15 4 × 74k dead (cell 11, dead) → 64×8×8", "cell 16 74k (cells 12–15, dead) → 64×8×8",
			"head 128 (cell 16) → 64×8×8", "global pool (head) → 64×1×1", "classifier 650 (global pool) → 10×1×1"},
		"slices between": {"input () → 6×8×8", "2 × (slice) (input) → 3×8×8", "2 × (tower 216) (slice) → 8×8×8",
			"2 × (neck 576) (tower) → 8×8×8", "concat (neck) → 16×8×8", "classifier 5.12k (concat) → 5×1×1"},
		"slices before": {"input () → 6×8×8", "slice (input) → 3×8×8", "2 × (tower 216) (slice) → 8×8×8",
			"2 × (neck 576) (tower) → 8×8×8", "add (neck) → 8×8×8", "classifier 2.56k (add) → 5×1×1"},
		"recurrent": {"input () → 8×8×8", "tower 576 (input) → 8×8×8", "neck 576 (tower) → 8×8×8",
			"tower shared (neck) → 8×8×8", "neck shared (tower) → 8×8×8", "last 576 (neck) → 8×8×8", "classifier 2.56k (last) → 5×1×1"},
		"residual": {"input () → 8×8×8", "blocks 0–2 3 × 1.15k (input) → 8×8×8"},
		"nameless": {"input () → 3×8×8", "max pool (input) → 3×4×4", "global pool (max pool) → 3×1×1"},
	}
	cases := append(append(networkCases(t), userNetworks(t)...), networkCase{"small", smallNet(t)})
	for _, c := range cases {
		blocks := blocksOf(c.graph)
		if w, ok := want[c.name]; ok {
			var got []string
			for i := range blocks {
				got = append(got, describeBlock(blocks, i))
			}
			if diff := cmp.Diff(w, got); diff != "" {
				t.Errorf("%s: mismatch (-want +got)\n%s", c.name, diff)
			}
			delete(want, c.name)
		}
	}
	for name := range want {
		t.Errorf("no network %q", name)
	}
}

// Every layer is in one block, all parameters are counted once, and every map that a block reads from another comes
// with a link and has the shape that is written below that block.
func TestBlocksAgainstLayers(t *testing.T) {
	for _, c := range append(networkCases(t), userNetworks(t)...) {
		blocks := blocksOf(c.graph)
		owner := make([]int, len(c.graph.Layers))
		seen, params := 0, 0
		for i, b := range blocks {
			params += b.params * b.count
			for _, l := range b.layers {
				owner[l] = i
				seen++
			}
		}
		if seen != len(c.graph.Layers) {
			t.Errorf("%s: the blocks have %d layers, the network %d", c.name, seen, len(c.graph.Layers))
		}
		if params != c.graph.ParamCount() {
			t.Errorf("%s: the blocks have %d parameters, the network %d", c.name, params, c.graph.ParamCount())
		}
		links := map[[2]int]bool{}
		for i := range c.graph.Layers {
			for _, j := range c.graph.Layers[i].In {
				from, to := owner[j], owner[i]
				if from == to {
					continue
				}
				links[[2]int{from, to}] = true
				if out := c.graph.Layers[j].Out; out != blocks[from].out {
					t.Errorf("%s: layer %d hands on %v, its block %s says %v", c.name, j, out, blocks[from].name, blocks[from].out)
				}
				if blocks[to].reads(from) < 0 {
					t.Errorf("%s: block %d, %s, reads %s, but has no link from it", c.name, to, blocks[to].name, blocks[from].name)
				}
			}
		}
		for i, b := range blocks {
			for _, l := range b.in {
				if !links[[2]int{l.from, i}] {
					t.Errorf("%s: no layer reads what the link from %s to %s carries", c.name, blocks[l.from].name, b.name)
				}
			}
		}
		if end := blocks[owner[c.graph.Output]]; end.out != c.graph.Layers[c.graph.Output].Out || !end.live {
			t.Errorf("%s: the last block is %+v", c.name, end)
		}
	}
}

// Nothing in a drawing covers anything else, and every link leads from its block to the one that reads it.
func TestNetworkLayout(t *testing.T) {
	p := &canvas.Pen{Theme: plotting.Light()}
	for _, c := range append(networkCases(t), userNetworks(t)...) {
		blocks := blocksOf(c.graph)
		for _, w := range []vg.Length{plotting.OneColumn, 1.5 * plotting.OneColumn, plotting.TwoColumn} {
			room := w - 2*canvas.Margin
			l := layoutNet(p, blocks, room)
			fail := func(format string, args ...any) {
				t.Helper()
				t.Errorf("%s, %.2f in wide: %s", c.name, w/vg.Inch, fmt.Sprintf(format, args...))
			}
			if l.right > room+0.01 {
				fail("%v wide, in %v", l.right, room)
			}
			if l.size < p.Theme.FontSize-0.5 {
				fail("the text is shrunk to %v", l.size)
			}
			if l.bottom > 6*vg.Inch {
				fail("%.2f in high", l.bottom/vg.Inch)
			}
			var solid []vg.Rectangle // of each block the box, then the shape below it; then the frames' labels
			for i := range blocks {
				sw := p.Width(blocks[i].out.String(), canvas.TextStyle{Size: l.size}) / 2
				at := l.boxes[i].shape
				solid = append(solid, l.boxes[i].Rectangle, canvas.Rect(at.X-sw, at.Y, at.X+sw, at.Y+canvas.CapShare*l.size))
			}
			for _, f := range l.frames {
				at := f.label
				if end := at.X + p.Width(f.text, canvas.TextStyle{Size: l.size}); end > f.Max.X {
					fail("the label %q ends at %v, its frame at %v", f.text, end, f.Max.X)
				}
				solid = append(solid, canvas.Rect(at.X, at.Y-0.5*l.size, at.X+p.Width(f.text, canvas.TextStyle{Size: l.size}), at.Y+0.5*l.size))
			}
			for i, r := range solid {
				if r.Min.X < -0.01 || r.Min.Y < 0 || r.Max.X > room+0.01 || r.Max.Y > l.bottom {
					fail("%v of block %d stands out of the figure", r, i/2)
				}
				for j, o := range solid[:i] {
					if overlap(r, o, 0) > 0 {
						fail("blocks %d and %d overlap: %v, %v", j/2, i/2, o, r)
					}
				}
			}
			starts, ends := map[[2]int]bool{}, map[[2]int]bool{}
			for _, line := range l.lines {
				key := [2]int{line.from, line.to}
				first, last := line.points[0], line.points[len(line.points)-1]
				starts[key] = starts[key] || onEdge(first, l.boxes[line.from].Rectangle)
				if line.tip {
					ends[key] = onEdge(last, l.boxes[line.to].Rectangle)
				}
				for i := 1; i < len(line.points); i++ {
					a, b := line.points[i-1], line.points[i]
					if !near(a.X, b.X) && !near(a.Y, b.Y) || near(a.X, b.X) && near(a.Y, b.Y) {
						fail("the link from %d to %d has the piece %v–%v", line.from, line.to, a, b)
					}
					piece := canvas.Rect(min(a.X, b.X)-0.1, min(a.Y, b.Y)-0.1, max(a.X, b.X)+0.1, max(a.Y, b.Y)+0.1)
					for k, r := range solid {
						inner := canvas.Rect(r.Min.X+0.3, r.Min.Y+0.3, r.Max.X-0.3, r.Max.Y-0.3)
						if overlap(piece, inner, 0) > 0 {
							fail("the link from %d to %d runs through block %d", line.from, line.to, k/2)
						}
					}
				}
			}
			for i := range blocks {
				for _, in := range blocks[i].in {
					if key := [2]int{in.from, i}; !starts[key] || !ends[key] {
						fail("the link from %d to %d starts at its block: %v, ends at its block: %v", in.from, i, starts[key], ends[key])
					}
				}
			}
			for i, b := range blocks {
				framed := false
				for _, f := range l.frames {
					r := l.boxes[i].Rectangle
					framed = framed || r.Min.X > f.Min.X && r.Max.X < f.Max.X && r.Min.Y > f.Min.Y && l.boxes[i].shape.Y < f.Max.Y
				}
				if framed != (b.copies > 1) {
					fail("block %d, %s, has %d copies; in a frame: %v", i, b.name, b.copies, framed)
				}
			}
		}
	}
}

func onEdge(q vg.Point, r vg.Rectangle) bool {
	x := near(q.X, r.Min.X) || near(q.X, r.Max.X)
	y := near(q.Y, r.Min.Y) || near(q.Y, r.Max.Y)
	return x && q.Y >= r.Min.Y && q.Y <= r.Max.Y || y && q.X >= r.Min.X && q.X <= r.Max.X
}

// Links that pass over blocks lie at different levels where they run beside each other.
func TestLinksStandApart(t *testing.T) {
	p := &canvas.Pen{Theme: plotting.Light()}
	for _, c := range append(networkCases(t), userNetworks(t)...) {
		l := layoutNet(p, blocksOf(c.graph), plotting.OneColumn-2*canvas.Margin)
		for i, a := range l.lines {
			for _, b := range l.lines[:i] {
				if a.from == b.from || a.to == b.to {
					continue // they branch, or join
				}
				for k := 1; k < len(a.points); k++ {
					for m := 1; m < len(b.points); m++ {
						if common(a.points[k-1], a.points[k], b.points[m-1], b.points[m]) {
							t.Errorf("%s: the links from %d to %d and from %d to %d run in one line", c.name, a.from, a.to, b.from, b.to)
						}
					}
				}
			}
		}
	}
}

// common reports whether two pieces lie in one line and overlap.
func common(a, b, c, d vg.Point) bool {
	switch {
	case near(a.X, b.X) && near(c.X, d.X) && near(a.X, c.X):
		return min(max(a.Y, b.Y), max(c.Y, d.Y))-max(min(a.Y, b.Y), min(c.Y, d.Y)) > 0.1
	case near(a.Y, b.Y) && near(c.Y, d.Y) && near(a.Y, c.Y):
		return min(max(a.X, b.X), max(c.X, d.X))-max(min(a.X, b.X), min(c.X, d.X)) > 0.1
	}
	return false
}

func TestNetworkGolden(t *testing.T) {
	f, err := Network(smallNet(t), small)
	checkGolden(t, "network", f, err)
	options := map[string][]plotting.Option{
		"darts_archai":           nil,
		"micro_jigsaw":           nil,
		"tss_disconnected":       {plotting.WithTheme(plotting.Dark())},
		"macro6_segmentsemantic": {plotting.WithWidth(plotting.TwoColumn)},
	}
	for _, c := range networkCases(t) {
		if o, ok := options[c.name]; ok {
			f, err := Network(c.graph, append(o, small)...)
			checkGolden(t, "network_"+c.name, f, err)
			delete(options, c.name)
		}
	}
	if len(options) > 0 {
		t.Errorf("not drawn: %v", options)
	}
}

func TestNetworkDrawingEdges(t *testing.T) {
	if _, err := Network(nil); err == nil {
		t.Error("a nil network is accepted")
	}
	if _, err := Network(&spaces.Graph{}); err == nil {
		t.Error("an empty network is accepted")
	}
	f, err := Network(&spaces.Graph{Layers: []spaces.Layer{{Kind: spaces.Input, Out: spaces.Shape{C: 1, H: 1, W: 1}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Bundle(); err != nil {
		t.Error(err)
	}
	f, err = Network(smallNet(t), plotting.WithWidth(vg.Inch))
	if err != nil {
		t.Fatal(err)
	}
	if want := "cells 1–2 32×16×16, global pool 32×1×1"; !strings.Contains(f.Alt(), want) {
		t.Errorf("the description lacks %q: %s", want, f.Alt())
	}
	for _, c := range append(userNetworks(t)[:2], networkCase{"small", smallNet(t)}) {
		room := vg.Inch - 2*canvas.Margin
		if c.name != "small" {
			room = 1.5*vg.Inch - 2*canvas.Margin // for the frame's label
		}
		if l := layoutNet(&canvas.Pen{Theme: plotting.Light()}, blocksOf(c.graph), room); l.right > room || l.size >= plotting.Light().FontSize-0.5 {
			t.Errorf("%s: in %v the drawing takes %v, with text of %v", c.name, room, l.right, l.size)
		}
	}
}
