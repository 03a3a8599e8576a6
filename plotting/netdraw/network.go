package netdraw

import (
	"errors"
	"fmt"
	"image/color"
	"strings"

	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"github.com/zcnas/zcnas/spaces"
	"gonum.org/v1/plot/vg"
)

// Network draws a network from its input to its output, a box per block: the block's name, its number of
// parameters, and below it the shape of its output, channels × height × width. A block is what shares the first
// part of its layers' names ("stem", "cells.3"); layers without a name belong to what [spaces.Builder.Within] says,
// else to the block before them. "global pool" is the global average pooling.
//
// Arrows are what a block reads, those over other blocks included, such as the output of the cell before the
// previous one in DARTS. Blocks that read the same input stand one above the other. Equal blocks in a plain chain are
// one box with their numbers; blocks that are applied to several inputs with the same parameters, as those of
// TransNAS-Bench-101's jigsaw are to nine tiles, stand once, in a frame. A block that is dashed, or a dashed arrow,
// does not reach the output. A cell that only hands on its input has no layers, so it is not drawn.
func Network(g *spaces.Graph, opts ...plotting.Option) (*plotting.Figure, error) {
	if g == nil || len(g.Layers) == 0 {
		return nil, errors.New("netdraw: the network has no layers")
	}
	d := &network{blocksOf(g)}
	params := g.ParamCount()
	note := fmt.Sprintf("%s parameters in all. Shapes: channels × height × width.", canvas.Quantity(float64(params)))
	if d.unused() {
		note += " What is dashed does not reach the output."
	}
	return plotting.FromDrawing(plotting.Drawing{
		Note: note,
		Alt:  fmt.Sprintf("network of %s with %s: %s", canvas.Counted(len(g.Layers), "layer"), canvas.Counted(params, "parameter"), d.describe()),
		Height: func(p *canvas.Pen, w vg.Length) vg.Length {
			return layoutNet(p, d.blocks, w-2*canvas.Margin).bottom + 2*canvas.Margin
		},
		Draw: d.draw,
	}, opts...)
}

type network struct{ blocks []block }

func (d *network) describe() string {
	var s []string
	for i := range d.blocks {
		title, _ := d.blocks[i].lines()
		s = append(s, title+" "+d.blocks[i].out.String())
	}
	return strings.Join(s, ", ")
}

func (d *network) unused() bool {
	for i := range d.blocks {
		if !d.blocks[i].live {
			return true
		}
		for _, l := range d.blocks[i].in {
			if !l.live {
				return true
			}
		}
	}
	return false
}

func (d *network) draw(p *canvas.Pen) {
	l := layoutNet(p, d.blocks, p.Max.X-p.Min.X-2*canvas.Margin)
	on := func(q vg.Point) vg.Point {
		return vg.Point{X: p.Min.X + canvas.Margin + q.X, Y: p.Max.Y - canvas.Margin - q.Y}
	}
	box := func(r vg.Rectangle, round, by vg.Length) vg.Path {
		a, b := on(r.Min), on(r.Max)
		return canvas.RoundRect(canvas.Rect(a.X+by, b.Y-by, b.X+by, a.Y-by), round)
	}
	for _, f := range l.frames {
		for k := 2; k >= 0; k-- {
			q := box(f.Rectangle, 4, vg.Length(k)*netStack)
			p.FillIn(p.Theme.Background, q)
			p.Outline(p.Theme.Muted, 0.5, nil, q)
		}
		p.Text(on(f.label), f.text, canvas.TextStyle{Size: l.size, Color: p.Theme.Muted, AY: 0.5})
	}
	for _, line := range l.lines {
		var points []vg.Point
		for _, q := range line.points {
			points = append(points, on(q))
		}
		connection(p, points, line.live, line.tip)
	}
	for i := range d.blocks {
		b, r := &d.blocks[i], l.boxes[i]
		q := box(r.Rectangle, 2.5, 0)
		col := canvas.Mix(p.Theme.Background, p.Theme.Foreground, 0.06)
		if b.first >= 0 {
			col = canvas.Mix(p.Theme.Background, p.Theme.Ink(canvas.Blue), 0.18)
		}
		ink, dashes := look(p, b.live)
		if b.live {
			p.FillIn(col, q)
		}
		p.Outline(ink, 0.6, dashes, q)
		title, params := b.lines()
		mid := on(vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2})
		up := 0.72 * l.size
		if params == "" {
			up = 0
		}
		p.Text(mid.Add(vg.Point{Y: up}), title, canvas.TextStyle{Size: l.size, Bold: true, AX: 0.5, AY: 0.5})
		p.Text(mid.Sub(vg.Point{Y: 0.65 * l.size}), params, canvas.TextStyle{Size: l.size, AX: 0.5, AY: 0.5})
		p.Text(on(r.shape), b.out.String(), canvas.TextStyle{Size: l.size, Color: p.Theme.Muted, AX: 0.5, AY: 1})
	}
}

// look is the colour and the dashes of what reaches the output, or does not.
func look(p *canvas.Pen, live bool) (color.Color, []vg.Length) {
	if live {
		return p.Theme.Foreground, nil
	}
	return p.Theme.Muted, []vg.Length{2, 2}
}

// connection is a line with round corners, and with a tip at its end.
func connection(p *canvas.Pen, points []vg.Point, live, tip bool) {
	col, dashes := look(p, live)
	end := len(points) - 1
	way := points[end].Sub(points[end-1])
	way = way.Scale(1 / max(way.X, -way.X, way.Y, -way.Y)) // pieces are horizontal or vertical
	if tip {
		at, side := points[end], vg.Point{X: way.Y, Y: way.X}.Scale(1.8)
		back := at.Sub(way.Scale(4))
		p.FillPolygon(col, []vg.Point{at, back.Add(side), back.Sub(side)})
		points[end] = at.Sub(way.Scale(3))
	}
	var q vg.Path
	q.Move(points[0])
	for i := 1; i < end; i++ {
		a, b, c := points[i-1], points[i], points[i+1]
		in, out := b.Sub(a), c.Sub(b)
		n, m := max(in.X, -in.X, in.Y, -in.Y), max(out.X, -out.X, out.Y, -out.Y)
		r := min(2.5, n/2, m/2)
		q.Line(b.Sub(in.Scale(r / n)))
		q.CubeTo(b.Sub(in.Scale(0.45*r/n)), b.Add(out.Scale(0.45*r/m)), b.Add(out.Scale(r/m)))
	}
	q.Line(points[end])
	p.Outline(col, 0.7, dashes, q)
}
