package netdraw

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"github.com/zcnas/zcnas/spaces"
	"gonum.org/v1/plot/vg"
)

// Cell draws a search-space cell as a labelled graph: nodes from left to right, operations on the edges.
// Edges that skip nodes are arcs above or below, nested so that few cross; "none" edges are pale and dashed. Where
// the figure is narrow, well-known names are shortened (nor_conv_3x3 to conv 3×3, skip_connect to skip).
func Cell(c spaces.Cell, opts ...plotting.Option) (*plotting.Figure, error) {
	if err := checkCell(c); err != nil {
		return nil, fmt.Errorf("netdraw: cell: %w", err)
	}
	d := &cellFigure{spaces.Cell{Title: c.Title, Nodes: slices.Clone(c.Nodes), Edges: slices.Clone(c.Edges)}}
	return plotting.FromDrawing(plotting.Drawing{
		Title: c.Title,
		Alt:   fmt.Sprintf("cell with %s and the edges %s", canvas.Counted(len(c.Nodes), "node"), d.describe()),
		Height: func(p *canvas.Pen, w vg.Length) vg.Length {
			l := d.best(p, w-2*canvas.Margin)
			return l.bounds.Max.Y - l.bounds.Min.Y + 2*canvas.Margin
		},
		Draw: d.draw,
	}, opts...)
}

// checkCell refuses cells that are no graph from left to right, and names that cannot be drawn.
func checkCell(c spaces.Cell) error {
	if len(c.Nodes) == 0 {
		return errors.New("the cell has no nodes")
	}
	for i, n := range c.Nodes {
		if err := canvas.CheckText("node", n); err != nil {
			return fmt.Errorf("node %d: %w", i, err)
		}
	}
	if err := canvas.CheckText("title", c.Title); err != nil {
		return err
	}
	for i, e := range c.Edges {
		if e.From < 0 || e.To >= len(c.Nodes) || e.From >= e.To {
			return fmt.Errorf("edge %d goes from node %d to %d; with %d nodes in topological order it must go forward between 0 and %d",
				i, e.From, e.To, len(c.Nodes), len(c.Nodes)-1)
		}
		if err := canvas.CheckText("label", e.Label); err != nil {
			return fmt.Errorf("edge %d: %w", i, err)
		}
	}
	return nil
}

type cellFigure struct{ cell spaces.Cell }

func (d *cellFigure) describe() string {
	var s []string
	for _, e := range d.cell.Edges {
		s = append(s, strings.TrimSpace(fmt.Sprintf("%s→%s %s", d.cell.Nodes[e.From], d.cell.Nodes[e.To], e.Label)))
	}
	return strings.Join(s, ", ")
}

func (d *cellFigure) draw(p *canvas.Pen) {
	l := d.best(p, p.Max.X-p.Min.X-2*canvas.Margin)
	b := l.bounds
	off := vg.Point{X: (p.Min.X+p.Max.X)/2 - (b.Min.X+b.Max.X)/2, Y: (p.Min.Y+p.Max.Y)/2 - (b.Min.Y+b.Max.Y)/2}
	for i, e := range l.edges {
		for k := range e.curve {
			e.curve[k] = e.curve[k].Add(off)
		}
		col, width, dashes := operation(p, d.cell.Edges[i].Label)
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
		p.Outline(col, width, dashes, q)
		n := vg.Point{X: -dir.Y, Y: dir.X}.Scale(head * 0.42)
		back := tip.Sub(dir.Scale(head))
		p.FillPolygon(col, []vg.Point{tip, back.Add(n), back.Sub(n)})
	}
	for i, r := range l.nodes {
		r = r.Add(off)
		q := canvas.RoundRect(r, (r.Max.Y-r.Min.Y)/2)
		p.FillIn(canvas.Mix(p.Theme.Background, p.Theme.Foreground, 0.07), q)
		p.Outline(p.Theme.Foreground, 0.7, nil, q)
		p.Text(vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2}, l.names[i], canvas.TextStyle{Size: l.size, AX: 0.5, AY: 0.5})
	}
	for i, e := range l.edges {
		if e.label == "" {
			continue
		}
		r := e.box.Add(off)
		p.FillRect(r, p.Theme.Background)
		ts := canvas.TextStyle{Size: l.size, AX: 0.5, AY: 0.5}
		if isNone(d.cell.Edges[i].Label) {
			ts.Color = p.Theme.Muted
		}
		p.Text(vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2}, e.label, ts)
	}
}

func isNone(op string) bool { return op == "none" || op == "zero" || op == "zeroize" }

// operation is the look of an edge: convolutions blue and strong, pools green, identities thin, "none" pale.
func operation(p *canvas.Pen, op string) (color.Color, vg.Length, []vg.Length) {
	switch {
	case isNone(op):
		return canvas.Mix(p.Theme.Background, p.Theme.Muted, 0.6), 0.6, []vg.Length{2, 2}
	case strings.Contains(op, "conv"):
		return p.Theme.Ink(canvas.Blue), 1.2, nil
	case strings.Contains(op, "pool"):
		return p.Theme.Ink(canvas.Green), 1, []vg.Length{5, 1.5}
	case op == "":
		return p.Theme.Muted, 0.6, nil
	}
	return p.Theme.Foreground, 0.7, nil
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
