package netdraw

import (
	"fmt"
	"slices"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot/vg"
)

const (
	netArrow vg.Length = 11 // between boxes
	netPad   vg.Length = 4  // inside a frame
	netStack vg.Length = 2  // by which the copies behind a frame stand out
)

// netLayout is where everything of a network's drawing lies, from its upper left corner (0, 0) right and down.
type netLayout struct {
	size          vg.Length // of the text
	boxes         []netBox  // of each block
	lines         []netLine
	frames        []netFrame
	right, bottom vg.Length
}

type netBox struct {
	vg.Rectangle
	shape vg.Point // centre of the top of the shape's text
}

// netFrame stands around the blocks of which there are copies.
type netFrame struct {
	vg.Rectangle
	label vg.Point // left, on the text's middle
	text  string
}

func frameText(copies int) string { return fmt.Sprintf("%d × in parallel, shared weights", copies) }

// netRow is a row of columns; in a column are the blocks that lie in parallel.
type netRow struct {
	columns     [][]int
	copies      int       // of its blocks
	first, last bool      // of the rows with as many copies
	levels      int       // of links that pass over blocks
	mid         vg.Length // of the boxes; y
	x0, x1      vg.Length // where links from the row before come in, and those to the next go out
	top         vg.Length // of the highest boxes; y
}

// netColumns puts every block one column after the last that it reads; a block that reads none goes after the block
// before it. Copied blocks have columns of their own.
func netColumns(blocks []block) [][]int {
	depth := make([]int, len(blocks))
	end, floor := -1, 0 // the last column in use, and the first that may be used now
	for i := range blocks {
		b := &blocks[i]
		if i > 0 && b.copies != blocks[i-1].copies {
			floor = end + 1
		}
		d := floor
		if len(b.in) == 0 && i > 0 {
			d = max(d, depth[i-1]+1)
		}
		for _, l := range b.in {
			d = max(d, depth[l.from]+1)
		}
		depth[i] = d
		end = max(end, d)
	}
	columns := make([][]int, end+1)
	far := make([]bool, len(blocks)) // handed on over other columns
	for i := range blocks {
		columns[depth[i]] = append(columns[depth[i]], i)
		for _, l := range blocks[i].in {
			far[l.from] = far[l.from] || depth[i] > depth[l.from]+1
		}
	}
	for _, c := range columns {
		// Links over other columns leave at the top.
		slices.SortStableFunc(c, func(a, b int) int {
			switch {
			case far[a] == far[b]:
				return 0
			case far[a]:
				return -1
			}
			return 1
		})
	}
	return columns
}

// netMeasure holds the measures that follow from the text size.
type netMeasure struct {
	size, box, shape, level vg.Length // text; height of a box, of the shape below it, of a level of links above
	gap                     vg.Length // between rows
	widths                  []vg.Length
}

func measureNet(p *canvas.Pen, blocks []block, size vg.Length) netMeasure {
	m := netMeasure{size: size, box: 3.1 * size, shape: 1.5 * size, level: 0.7 * size, gap: 0.9 * size}
	for i := range blocks {
		title, params := blocks[i].lines()
		w := max(p.Width(title, canvas.TextStyle{Size: size, Bold: true})+8, p.Width(params, canvas.TextStyle{Size: size})+8,
			p.Width(blocks[i].out.String(), canvas.TextStyle{Size: size})+2, 3.2*size)
		m.widths = append(m.widths, w)
	}
	return m
}

func (m *netMeasure) width(column []int) (w vg.Length) {
	for _, b := range column {
		w = max(w, m.widths[b])
	}
	return w
}

// pitch is the distance of parallel boxes.
func (m *netMeasure) pitch() vg.Length { return m.box + m.shape + 0.3*m.size }

// fitNet measures the blocks in the largest text in which each, with its arrows and frame, fits the width.
func fitNet(p *canvas.Pen, blocks []block, columns [][]int, w vg.Length) netMeasure {
	size := p.Theme.FontSize - 0.5
	for {
		m := measureNet(p, blocks, size)
		var widest vg.Length
		for _, c := range columns {
			need := m.width(c) + 2*netArrow
			if n := blocks[c[0]].copies; n > 1 {
				label := p.Width(frameText(n), canvas.TextStyle{Size: size})
				need = max(need+frameSides, 2*netPad+label+netPad+2*netStack+netArrow/2)
			}
			widest = max(widest, need)
		}
		if widest <= w || size-0.5 < canvas.MinText {
			return m
		}
		size -= 0.5
	}
}

// frameSides is what a frame needs to the left and right of the blocks and arrows in it.
const frameSides = 2*netPad + 2*netStack + 2

// layoutNet lays a network out within a width, in smaller text where a block is wider than that.
func layoutNet(p *canvas.Pen, blocks []block, w vg.Length) netLayout {
	columns := netColumns(blocks)
	m := fitNet(p, blocks, columns, w)
	rows := netRows(&m, blocks, columns, w)
	l := netLayout{size: m.size, boxes: make([]netBox, len(blocks))}
	at := make([]netPlace, len(blocks)) // row and column
	n := 0
	for r := range rows {
		for _, c := range rows[r].columns {
			for k, b := range c {
				at[b] = netPlace{r, n, k, len(c)}
			}
			n++
		}
	}
	levels := netLevels(blocks, at, rows)
	l.placeBoxes(p, &m, rows, w)
	for i := range blocks {
		for _, in := range blocks[i].in {
			l.connect(&m, rows, at, levels[[2]int{in.from, i}], in, i)
		}
	}
	return l
}

// netRows breaks the columns into as few rows as fit the width, and these as even as can be. Copied blocks have rows of
// their own.
func netRows(m *netMeasure, blocks []block, columns [][]int, w vg.Length) []netRow {
	var rows []netRow
	for from := 0; from < len(columns); {
		copies := blocks[columns[from][0]].copies
		to := from
		for to < len(columns) && blocks[columns[to][0]].copies == copies {
			to++
		}
		room := w
		if copies > 1 {
			room -= frameSides
		}
		part := m.breakAt(columns[from:to], room, from > 0)
		for room -= 4; room > 20; room -= 4 {
			even := m.breakAt(columns[from:to], room, from > 0)
			if len(even) > len(part) {
				break
			}
			part = even
		}
		for i, cs := range part {
			rows = append(rows, netRow{columns: cs, copies: copies, first: i == 0, last: i == len(part)-1})
		}
		from = to
	}
	return rows
}

// breakAt fills rows with columns, an arrow after each, and one before the first in a row but for the network's input.
// Parallel blocks stay with what is before and after them where there is room.
func (m *netMeasure) breakAt(columns [][]int, room vg.Length, goesOn bool) [][][]int {
	var groups [][][]int
	for i, c := range columns {
		if i > 0 && (len(c) > 1 || len(columns[i-1]) > 1) {
			groups[len(groups)-1] = append(groups[len(groups)-1], c)
		} else {
			groups = append(groups, [][]int{c})
		}
	}
	var rows [][][]int
	var used vg.Length
	add := func(group [][]int) bool {
		var need vg.Length
		for _, c := range group {
			need += m.width(c) + netArrow
		}
		if len(rows) == 0 || used+need > room {
			if len(group) > 1 && netArrow+need > room {
				return false
			}
			used = 0
			if goesOn || len(rows) > 0 {
				used = netArrow
			}
			rows = append(rows, nil)
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], group...)
		used += need
		return true
	}
	for _, g := range groups {
		if !add(g) {
			for i := range g {
				add(g[i : i+1])
			}
		}
	}
	return rows
}

// placeBoxes places the boxes, the rows and the frames.
func (l *netLayout) placeBoxes(p *canvas.Pen, m *netMeasure, rows []netRow, w vg.Length) {
	var y vg.Length
	for r := range rows {
		row := &rows[r]
		framed := row.copies > 1
		if framed && row.first {
			l.frames = append(l.frames, netFrame{
				Rectangle: canvas.Rect(netPad, y, netPad, y),
				label:     vg.Point{X: 2 * netPad, Y: y + 0.9*m.size},
				text:      frameText(row.copies),
			})
			y += 1.8 * m.size
		}
		if row.levels > 0 {
			y += vg.Length(row.levels)*m.level + 0.3*m.size
		}
		deep := 1
		for _, c := range row.columns {
			deep = max(deep, len(c))
		}
		row.top = y
		row.mid = y + m.box/2 + vg.Length(deep-1)*m.pitch()/2
		var x vg.Length
		if len(rows) == 1 { // centred
			sum := -netArrow
			for _, c := range row.columns {
				sum += m.width(c) + netArrow
			}
			x = max(0, (w-sum)/2)
		}
		if r > 0 {
			x += netArrow
		}
		if framed {
			x += netPad + 1
			if !row.first {
				row.x0 = netPad + 1
			}
		}
		for _, c := range row.columns {
			cw := m.width(c)
			for k, b := range c {
				mid := row.mid + (vg.Length(k)-vg.Length(len(c)-1)/2)*m.pitch()
				l.boxes[b] = netBox{canvas.Rect(x, mid-m.box/2, x+cw, mid+m.box/2), vg.Point{X: x + cw/2, Y: mid + m.box/2 + 0.4*m.size}}
			}
			x += cw + netArrow
		}
		row.x1 = x
		if r == len(rows)-1 {
			row.x1 -= netArrow
		}
		y += vg.Length(deep-1)*m.pitch() + m.box + m.shape
		if framed {
			f := &l.frames[len(l.frames)-1]
			if row.last {
				f.Max.X = max(f.Max.X, x-netArrow+netPad, f.label.X+p.Width(f.text, canvas.TextStyle{Size: m.size})+netPad)
				if r < len(rows)-1 {
					row.x1 = f.Max.X + 2*netStack + netArrow/2
				}
				y += 0.3 * m.size
				f.Max.Y = y
				y += 2 * netStack
				l.right = max(l.right, f.Max.X+2*netStack)
			} else {
				f.Max.X = max(f.Max.X, x+1)
			}
		}
		l.right = max(l.right, row.x1)
		l.bottom = y
		y += m.gap
	}
}
