package plotting

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zcnas/zcnas/spaces"
	"gonum.org/v1/plot/vg"
)

// NetworkDrawing draws a network from its input to its output, a box per block: the block's name, its number of
// parameters, and below it the shape of its output, channels × height × width. A block is what shares the first
// part of its layers' names ("stem", "cells.3"); equal blocks in a row are one box with their number. Layers without
// a name belong to the block before them, so a cell without any parameters is not seen apart; "mean" is the global
// average pooling.
func NetworkDrawing(g *spaces.Graph, opts ...Option) (*Figure, error) {
	return newFigure("NetworkDrawing", opts, func(f *Figure) error {
		if g == nil || len(g.Layers) == 0 {
			return fmt.Errorf("the network has no layers")
		}
		d := &network{blocks: blocksOf(g), params: g.ParamCount()}
		f.alt = fmt.Sprintf("network of %d layers in %d blocks with %d parameters", len(g.Layers), len(d.blocks), d.params)
		if f.cfg.note == "" {
			f.cfg.note = fmt.Sprintf("%s parameters in all. Below each block: output channels × height × width.", quantity(float64(d.params)))
		}
		f.body = func(p *pen, w vg.Length) vg.Length {
			rows := d.rows(p, w)
			return 2*margin + vg.Length(len(rows))*d.rowHeight(p) + vg.Length(len(rows)-1)*0.6*p.th.FontSize
		}
		f.draw = d.draw
		return nil
	})
}

type block struct {
	name        string // "stem", "cells"
	first, last int    // numbers of the blocks, -1 without
	count       int
	params      int // of each
	out         spaces.Shape
}

func (b block) lines() (title, params string) {
	title = b.name
	switch {
	case b.first >= 0 && b.count == 1:
		title = strings.TrimSuffix(b.name, "s") + " " + strconv.Itoa(b.first)
	case b.first >= 0:
		title = fmt.Sprintf("%s %d–%d", b.name, b.first, b.last)
	}
	if b.params > 0 {
		params = quantity(float64(b.params))
		if b.count > 1 {
			params = fmt.Sprintf("%d × %s", b.count, params)
		}
	}
	return title, params
}

// blocksOf gathers the layers of a network into blocks.
func blocksOf(g *spaces.Graph) []block {
	owner := make([]int, len(g.Layers))
	blocks := []block{{name: "input", first: -1, last: -1, count: 1, out: g.Layers[0].Out}}
	outNamed := []spaces.Shape{g.Layers[0].Out}
	for i := 1; i < len(g.Layers); i++ {
		l := &g.Layers[i]
		if l.Name != "" || len(blocks) == 1 {
			name, number := blockName(l.Name)
			last := &blocks[len(blocks)-1]
			if len(blocks) == 1 || last.name != name || last.first != number {
				blocks = append(blocks, block{name: name, first: number, last: number, count: 1})
				outNamed = append(outNamed, l.Out)
			}
		}
		if l.Kind == spaces.GlobalAvgPool && blocks[len(blocks)-1].first >= 0 {
			// It ends the cells, and is not a part of the last.
			blocks = append(blocks, block{name: "mean", first: -1, last: -1, count: 1})
			outNamed = append(outNamed, l.Out)
		}
		n := len(blocks) - 1
		owner[i] = n
		blocks[n].out = l.Out
		if l.Name != "" || l.Kind == spaces.Add || l.Kind == spaces.Concat {
			outNamed[n] = l.Out
		}
	}
	for _, pr := range g.Params() {
		blocks[owner[pr.Layer]].params += pr.Size()
	}
	// A nameless pool or ReLU at the start of a numbered block has been counted to the block before; the shape
	// is taken before it.
	for i := range blocks[:len(blocks)-1] {
		if blocks[i+1].first >= 0 && i > 0 {
			blocks[i].out = outNamed[i]
		}
	}
	merged := blocks[:1]
	for _, b := range blocks[1:] {
		m := &merged[len(merged)-1]
		if b.first >= 0 && m.name == b.name && m.first >= 0 && m.params == b.params && m.out == b.out {
			m.last = b.last
			m.count++
			continue
		}
		merged = append(merged, b)
	}
	return merged
}

// blockName is "cells" and 3 for "cells.3.edge_1_0.conv", "stem" and -1 for "stem.conv".
func blockName(layer string) (string, int) {
	parts := strings.Split(layer, ".")
	if parts[0] == "" {
		return "layers", -1
	}
	if len(parts) > 2 {
		if n, err := strconv.Atoi(parts[1]); err == nil && n >= 0 {
			return parts[0], n
		}
	}
	return parts[0], -1
}

type network struct {
	blocks []block
	params int
}

func (d *network) size(p *pen) vg.Length { return p.th.FontSize - 0.5 }

func (d *network) boxHeight(p *pen) vg.Length { return 3.1 * d.size(p) }

func (d *network) rowHeight(p *pen) vg.Length { return d.boxHeight(p) + 1.7*d.size(p) }

func (d *network) width(p *pen, b block) vg.Length {
	title, params := b.lines()
	ts := textStyle{size: d.size(p)}
	bold := ts
	bold.bold = true
	return max(p.width(title, bold)+8, p.width(params, ts)+8, p.width(b.out.String(), ts)+2, 24)
}

const arrow vg.Length = 11 // between boxes

// rows breaks the chain of blocks into as few rows as fit the width, and these as even as can be.
func (d *network) rows(p *pen, w vg.Length) [][]block {
	room := w - 2*margin - arrow // the arrow that leads on to the next row
	rows := d.breakAt(p, room)
	for room -= 4; room > 20; room -= 4 {
		even := d.breakAt(p, room)
		if len(even) > len(rows) {
			break
		}
		rows = even
	}
	return rows
}

func (d *network) breakAt(p *pen, room vg.Length) [][]block {
	var rows [][]block
	var x vg.Length
	for _, b := range d.blocks {
		bw := d.width(p, b) + arrow
		if len(rows) == 0 || x+bw-arrow > room {
			rows = append(rows, nil)
			x = 0
			if len(rows) > 1 {
				x = arrow // and the one that comes from the row before
			}
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], b)
		x += bw
	}
	return rows
}

func (d *network) draw(p *pen) {
	rows := d.rows(p, p.Max.X-p.Min.X)
	size := d.size(p)
	h := d.boxHeight(p)
	top := p.Max.Y - margin
	tip := func(x, y vg.Length) {
		p.FillPolygon(p.th.Foreground, []vg.Point{{X: x, Y: y}, {X: x - 4, Y: y + 1.8}, {X: x - 4, Y: y - 1.8}})
	}
	line := func(x0, x1, y vg.Length) {
		p.line(p.th.Foreground, 0.7, nil, vg.Point{X: x0, Y: y}, vg.Point{X: x1, Y: y})
	}
	for r, row := range rows {
		x := p.Min.X + margin
		y := top - h/2
		if len(rows) == 1 { // centred
			w := -arrow
			for _, b := range row {
				w += d.width(p, b) + arrow
			}
			x = p.Min.X + (p.Max.X-p.Min.X-w)/2
		}
		if r > 0 {
			line(x, x+arrow-3, y)
			tip(x+arrow, y)
			x += arrow
		}
		for i, b := range row {
			w := d.width(p, b)
			q := roundRect(rect(x, top-h, x+w, top), 2.5)
			col := mix(p.th.Background, p.th.Foreground, 0.06)
			if b.first >= 0 {
				col = mix(p.th.Background, p.th.ink(blue), 0.18)
			}
			p.fill(col, q)
			p.stroke(p.th.Foreground, 0.6, nil, q)
			title, params := b.lines()
			mid := x + w/2
			at := y + 0.72*size
			if params == "" {
				at = y
			} else {
				p.text(vg.Point{X: mid, Y: y - 0.65*size}, params, textStyle{size: size, ax: 0.5, ay: 0.5})
			}
			p.text(vg.Point{X: mid, Y: at}, title, textStyle{size: size, bold: true, ax: 0.5, ay: 0.5})
			p.text(vg.Point{X: mid, Y: top - h - 0.5*size}, b.out.String(), textStyle{size: size, color: p.th.Muted, ax: 0.5, ay: 1})
			x += w
			if i+1 < len(row) || r+1 < len(rows) {
				line(x, x+arrow-3, y)
				tip(x+arrow, y)
			}
			x += arrow
		}
		top -= d.rowHeight(p) + 0.6*p.th.FontSize
	}
}
