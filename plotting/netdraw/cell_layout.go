package netdraw

import (
	"math"
	"slices"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"github.com/zcnas/zcnas/spaces"
	"gonum.org/v1/plot/vg"
)

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
func (d *cellFigure) best(p *canvas.Pen, w vg.Length) cellLayout {
	var best cellLayout
	first := true
	for _, try := range []struct {
		ops, nodes bool
		scale      vg.Length
	}{{false, false, 1}, {true, false, 1}, {true, true, 1}, {true, true, 0.9}, {true, true, 0.8}, {true, true, 0.7}, {true, true, 0.6}} {
		l := d.layout(p, w, max(canvas.MinText, p.Theme.FontSize*try.scale), try.ops, try.nodes)
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

func (d *cellFigure) layout(p *canvas.Pen, w, size vg.Length, shortOps, shortNodes bool) cellLayout {
	l := cellLayout{size: size}
	h := 1.8 * size
	var sum vg.Length
	widths := make([]vg.Length, len(d.cell.Nodes))
	for i, n := range d.cell.Nodes {
		if shortNodes {
			n = shortNode(n)
		}
		l.names = append(l.names, n)
		widths[i] = max(h, p.Width(n, canvas.TextStyle{Size: size})+0.9*size)
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
		l.nodes = append(l.nodes, canvas.Rect(x, -h/2, x+nw, h/2))
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
		l.bounds = canvas.Rect(min(l.bounds.Min.X, r.Min.X), min(l.bounds.Min.Y, r.Min.Y), max(l.bounds.Max.X, r.Max.X), max(l.bounds.Max.Y, r.Max.Y))
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
			grow(canvas.Rect(q.X, q.Y, q.X, q.Y))
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
func (l *cellLayout) placeLabels(p *canvas.Pen) {
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
		w, h := p.Width(e.label, canvas.TextStyle{Size: l.size})+2, 1.15*l.size
		bestCost, bestOff := math.Inf(1), 0.0
		for _, dy := range []vg.Length{0, 1, -1, 1.8, -1.8} {
			for _, t := range []float64{0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7, 0.25, 0.75} {
				c := e.at(t)
				c.Y += dy * 1.6 * l.size
				r := canvas.Rect(c.X-w/2, c.Y-h/2, c.X+w/2, c.Y+h/2)
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
