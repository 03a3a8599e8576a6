package plotting

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/spaces"
	"gonum.org/v1/plot/vg"
)

// CellDrawing draws a search-space cell as a labelled graph: nodes from left to right, operations on the edges.
// Edges that skip nodes are arcs above or below, nested so that few cross; "none" edges are pale and dashed. Where
// the figure is narrow, well-known names are shortened (nor_conv_3x3 to conv 3×3, skip_connect to skip).
func CellDrawing(c spaces.Cell, opts ...Option) (*Figure, error) {
	return newFigure("CellDrawing", opts, func(f *Figure) error {
		if len(c.Nodes) == 0 {
			return fmt.Errorf("the cell has no nodes")
		}
		for i, n := range c.Nodes {
			if err := checkText("node", n); err != nil {
				return fmt.Errorf("node %d: %w", i, err)
			}
		}
		if err := checkText("title", c.Title); err != nil {
			return err
		}
		for i, e := range c.Edges {
			if e.From < 0 || e.To >= len(c.Nodes) || e.From >= e.To {
				return fmt.Errorf("edge %d goes from node %d to %d; with %d nodes in topological order it must go forward between 0 and %d",
					i, e.From, e.To, len(c.Nodes), len(c.Nodes)-1)
			}
			if err := checkText("label", e.Label); err != nil {
				return fmt.Errorf("edge %d: %w", i, err)
			}
		}
		d := &cellFigure{spaces.Cell{Title: c.Title, Nodes: slices.Clone(c.Nodes), Edges: slices.Clone(c.Edges)}}
		if f.cfg.title == "" {
			f.cfg.title = c.Title
		}
		f.alt = fmt.Sprintf("cell with %s and the edges %s", counted(len(c.Nodes), "node"), d.describe())
		f.body = func(p *pen, w vg.Length) vg.Length {
			l := d.best(p, w-2*margin)
			return l.bounds.Max.Y - l.bounds.Min.Y + 2*margin
		}
		f.draw = d.draw
		return nil
	})
}

type cellFigure struct{ cell spaces.Cell }

func (d *cellFigure) describe() string {
	var s []string
	for _, e := range d.cell.Edges {
		s = append(s, strings.TrimSpace(fmt.Sprintf("%s→%s %s", d.cell.Nodes[e.From], d.cell.Nodes[e.To], e.Label)))
	}
	return strings.Join(s, ", ")
}

// curve is a cubic Bézier curve.
type curve [4]vg.Point

func (c curve) at(t float64) vg.Point {
	u := 1 - t
	k := [4]vg.Length{vg.Length(u * u * u), vg.Length(3 * u * u * t), vg.Length(3 * u * t * t), vg.Length(t * t * t)}
	var p vg.Point
	for i := range c {
		p = p.Add(c[i].Scale(k[i]))
	}
	return p
}

type cellEdge struct {
	curve
	label string
	box   vg.Rectangle // of the label; empty without one
}

type cellLayout struct {
	nodes  []vg.Rectangle
	names  []string
	edges  []cellEdge
	size   vg.Length
	bounds vg.Rectangle
	cost   float64 // 0 where nothing overlaps
}

// best tries full names, then shorter ones, then smaller text, and takes the first layout without overlaps.
func (d *cellFigure) best(p *pen, w vg.Length) cellLayout {
	var best cellLayout
	first := true
	for _, try := range []struct {
		ops, nodes bool
		scale      vg.Length
	}{{false, false, 1}, {true, false, 1}, {true, true, 1}, {true, true, 0.9}, {true, true, 0.8}, {true, true, 0.7}, {true, true, 0.6}} {
		l := d.layout(p, w, max(minText, p.th.FontSize*try.scale), try.ops, try.nodes)
		l.cost += 5 * float64(1-try.scale)
		if first || l.cost < best.cost-1e-9 {
			best, first = l, false
		}
		if best.cost == 0 {
			break
		}
	}
	return best
}

func (d *cellFigure) layout(p *pen, w, size vg.Length, shortOps, shortNodes bool) cellLayout {
	l := cellLayout{size: size}
	h := 1.8 * size
	var sum vg.Length
	widths := make([]vg.Length, len(d.cell.Nodes))
	for i, n := range d.cell.Nodes {
		if shortNodes {
			n = shortNode(n)
		}
		l.names = append(l.names, n)
		widths[i] = max(h, p.width(n, textStyle{size: size})+0.9*size)
		sum += widths[i]
	}
	gap := vg.Length(0)
	if len(widths) > 1 {
		gap = min((w-sum)/vg.Length(len(widths)-1), 80)
		if gap < 1.8*size {
			l.cost += 1000 * float64(1.8*size-gap)
			gap = max(gap, 2)
		}
	}
	x := vg.Length(0)
	for _, nw := range widths {
		l.nodes = append(l.nodes, rect(x, -h/2, x+nw, h/2))
		x += nw + gap
	}
	l.route(d.cell.Edges, h/2)
	for i, e := range d.cell.Edges {
		l.edges[i].label = e.Label
		if shortOps {
			l.edges[i].label = shortOperation(e.Label)
		}
	}
	l.placeLabels(p)
	l.bounds = l.nodes[0]
	grow := func(r vg.Rectangle) {
		l.bounds = rect(min(l.bounds.Min.X, r.Min.X), min(l.bounds.Min.Y, r.Min.Y), max(l.bounds.Max.X, r.Max.X), max(l.bounds.Max.Y, r.Max.Y))
	}
	for _, r := range l.nodes {
		grow(r)
	}
	for _, e := range l.edges {
		if e.label != "" {
			grow(e.box)
		}
		for t := 0.0; t <= 1; t += 0.1 {
			q := e.at(t)
			grow(rect(q.X, q.Y, q.X, q.Y))
		}
	}
	if over := l.bounds.Max.X - l.bounds.Min.X - w; over > 0.01 {
		l.cost += 100 * float64(over)
	}
	return l
}

// route gives every edge its curve: a straight line between neighbours, else an arc above or below. Shorter arcs
// come first and lie inside longer ones; each edge takes the side where it crosses less, then the lower one.
func (l *cellLayout) route(edges []spaces.CellEdge, half vg.Length) {
	type arc struct{ from, to, level int }
	var sides [2][]arc
	straight := map[int]bool{}
	order := make([]int, len(edges))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return (edges[a].To - edges[a].From) - (edges[b].To - edges[b].From)
	})
	l.edges = make([]cellEdge, len(edges))
	for _, i := range order {
		e := edges[i]
		a, b := l.nodes[e.From], l.nodes[e.To]
		if e.To == e.From+1 && !straight[e.From] {
			straight[e.From] = true
			p, q := vg.Point{X: a.Max.X}, vg.Point{X: b.Min.X}
			l.edges[i].curve = curve{p, p.Add(q.Sub(p).Scale(1. / 3)), p.Add(q.Sub(p).Scale(2. / 3)), q}
			continue
		}
		var crossings, level [2]int
		for s, arcs := range sides {
			level[s] = 1
			for _, o := range arcs {
				if o.from < e.To && e.From < o.to {
					level[s] = max(level[s], o.level+1)
				}
				if o.from < e.From && e.From < o.to && o.to < e.To || e.From < o.from && o.from < e.To && e.To < o.to {
					crossings[s]++
				}
			}
		}
		s := 0
		if crossings[1] < crossings[0] || crossings[1] == crossings[0] && level[1] < level[0] {
			s = 1
		}
		sides[s] = append(sides[s], arc{e.From, e.To, level[s]})
		sign := vg.Length(1 - 2*s)
		rise := vg.Length(level[s]) * 2.1 * l.size
		p := vg.Point{X: a.Min.X + 0.72*(a.Max.X-a.Min.X), Y: sign * half}
		q := vg.Point{X: b.Min.X + 0.28*(b.Max.X-b.Min.X), Y: sign * half}
		dx := (q.X - p.X) * 0.13
		top := sign * (half + rise*4/3)
		l.edges[i].curve = curve{p, {X: p.X + dx, Y: top}, {X: q.X - dx, Y: top}, q}
	}
}

// placeLabels puts each label on its edge, as near the middle as it can without covering a node, another label or
// another edge; edges too short for their label have it above or below.
func (l *cellLayout) placeLabels(p *pen) {
	const samples = 40
	points := make([][samples + 1]vg.Point, len(l.edges))
	for i, e := range l.edges {
		for k := range points[i] {
			points[i][k] = e.at(float64(k) / samples)
		}
	}
	order := make([]int, 0, len(l.edges))
	for i, e := range l.edges {
		if e.label != "" {
			order = append(order, i)
		}
	}
	var placed []vg.Rectangle
	for _, i := range order {
		e := &l.edges[i]
		w, h := p.width(e.label, textStyle{size: l.size})+2, 1.15*l.size
		bestCost, bestOff := math.Inf(1), 0.0
		for _, dy := range []vg.Length{0, 1, -1, 1.8, -1.8} {
			for _, t := range []float64{0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7, 0.25, 0.75} {
				c := e.at(t)
				c.Y += dy * 1.6 * l.size
				r := rect(c.X-w/2, c.Y-h/2, c.X+w/2, c.Y+h/2)
				cost := 0.0
				for _, o := range append(placed[:len(placed):len(placed)], l.nodes...) {
					cost += 10 * float64(overlap(r, o, 1.2))
				}
				for j := range points {
					if j == i && dy == 0 {
						continue
					}
					for _, q := range points[j] {
						if inside(q, r) {
							cost += 4
						}
					}
				}
				total := cost + math.Abs(t-0.5)*0.1 + math.Abs(float64(dy))*0.2
				if total < bestCost {
					bestCost, bestOff = total, math.Abs(float64(dy))
					e.box = r
				}
			}
		}
		if bestCost >= 1 {
			l.cost += bestCost
		}
		l.cost += 0.2 * bestOff // beside its edge, a label is less clear than on it
		// Of an edge between neighbours something must be seen beside its label.
		if hidden := w + 9 - (e.curve[3].X - e.curve[0].X); hidden > 0 && e.box.Min.Y < 0 && e.box.Max.Y > 0 {
			l.cost += float64(hidden)
		}
		placed = append(placed, e.box)
	}
}

// overlap is the common area of two rectangles, the second grown by a pad.
func overlap(a, b vg.Rectangle, pad vg.Length) vg.Length {
	w := min(a.Max.X, b.Max.X+pad) - max(a.Min.X, b.Min.X-pad)
	h := min(a.Max.Y, b.Max.Y) - max(a.Min.Y, b.Min.Y)
	if w <= 0 || h <= 0 {
		return 0
	}
	return w * h
}

func inside(q vg.Point, r vg.Rectangle) bool {
	return q.X > r.Min.X && q.X < r.Max.X && q.Y > r.Min.Y && q.Y < r.Max.Y
}

func (d *cellFigure) draw(p *pen) {
	l := d.best(p, p.Max.X-p.Min.X-2*margin)
	b := l.bounds
	off := vg.Point{X: (p.Min.X+p.Max.X)/2 - (b.Min.X+b.Max.X)/2, Y: (p.Min.Y+p.Max.Y)/2 - (b.Min.Y+b.Max.Y)/2}
	for i, e := range l.edges {
		for k := range e.curve {
			e.curve[k] = e.curve[k].Add(off)
		}
		col, width, dashes := p.operation(d.cell.Edges[i].Label)
		tip := e.curve[3]
		dir := tip.Sub(e.curve[2])
		if n := vg.Length(math.Hypot(float64(dir.X), float64(dir.Y))); n > 0 {
			dir = dir.Scale(1 / n)
		}
		const head = 4
		c := e.curve
		c[3] = tip.Sub(dir.Scale(head * 0.8))
		var q vg.Path
		q.Move(c[0])
		q.CubeTo(c[1], c[2], c[3])
		p.stroke(col, width, dashes, q)
		n := vg.Point{X: -dir.Y, Y: dir.X}.Scale(head * 0.42)
		back := tip.Sub(dir.Scale(head))
		p.FillPolygon(col, []vg.Point{tip, back.Add(n), back.Sub(n)})
	}
	for i, r := range l.nodes {
		r = r.Add(off)
		q := roundRect(r, (r.Max.Y-r.Min.Y)/2)
		p.fill(mix(p.th.Background, p.th.Foreground, 0.07), q)
		p.stroke(p.th.Foreground, 0.7, nil, q)
		p.text(vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2}, l.names[i], textStyle{size: l.size, ax: 0.5, ay: 0.5})
	}
	for i, e := range l.edges {
		if e.label == "" {
			continue
		}
		r := e.box.Add(off)
		p.fillRect(r, p.th.Background)
		ts := textStyle{size: l.size, ax: 0.5, ay: 0.5}
		if isNone(d.cell.Edges[i].Label) {
			ts.color = p.th.Muted
		}
		p.text(vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2}, e.label, ts)
	}
}

func isNone(op string) bool { return op == "none" || op == "zero" || op == "zeroize" }

// operation is the look of an edge: convolutions blue and strong, pools green, identities thin, "none" pale.
func (p *pen) operation(op string) (color.Color, vg.Length, []vg.Length) {
	switch {
	case isNone(op):
		return mix(p.th.Background, p.th.Muted, 0.6), 0.6, []vg.Length{2, 2}
	case strings.Contains(op, "conv"):
		return p.th.ink(blue), 1.2, nil
	case strings.Contains(op, "pool"):
		return p.th.ink(green), 1, []vg.Length{5, 1.5}
	case op == "":
		return p.th.Muted, 0.6, nil
	}
	return p.th.Foreground, 0.7, nil
}

var shortNames = strings.NewReplacer("nor_conv_", "conv ", "sep_conv_", "sep ", "dil_conv_", "dil ", "avg_pool_", "avg ", "max_pool_", "max ",
	"skip_connect", "skip", "conv_", "conv ", "1x1", "1×1", "3x3", "3×3", "5x5", "5×5", "7x7", "7×7", "_", " ",
	"channels ×", "C ×", "resolution /", "HW /")

func shortOperation(op string) string { return shortNames.Replace(op) }

func shortNode(n string) string {
	switch {
	case n == "input":
		return "in"
	case n == "output":
		return "out"
	case n == "cell k":
		return "c_{k}"
	case strings.HasPrefix(n, "cell k-"):
		return "c_{k−" + strings.TrimPrefix(n, "cell k-") + "}"
	}
	return n
}
