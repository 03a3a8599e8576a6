package netdraw

import (
	"slices"

	"gonum.org/v1/plot/vg"
)

// netLine is a connection of straight pieces, with a tip at its end or going on in the next row.
type netLine struct {
	link
	to     int
	tip    bool
	points []vg.Point
}

// netPlace is a block's row, its column counted through all rows, and its place among the parallel blocks there.
type netPlace struct{ row, column, place, of int }

// netLevels gives every link that passes over columns a level above the boxes, so that links at one level have no
// common part, and counts the levels of each row.
func netLevels(blocks []block, at []netPlace, rows []netRow) map[[2]int]int {
	type span struct{ from, to int }
	var used [][]span
	levels := map[[2]int]int{}
	for i := range blocks {
		for _, in := range blocks[i].in {
			s := span{at[in.from].column, at[i].column}
			if s.to <= s.from+1 {
				continue
			}
			level := 0
			for ; level < len(used); level++ {
				if !slices.ContainsFunc(used[level], func(o span) bool { return o.from < s.to && s.from < o.to }) {
					break
				}
			}
			if level == len(used) {
				used = append(used, nil)
			}
			used[level] = append(used[level], s)
			levels[[2]int{in.from, i}] = level + 1
			for r := at[in.from].row; r <= at[i].row; r++ {
				rows[r].levels = max(rows[r].levels, level+1)
			}
		}
	}
	return levels
}

// connect draws the link in to block i: straight between neighbouring columns, over the boxes at its level between
// others. In a later row it goes on where it went out of the one before.
func (l *netLayout) connect(m *netMeasure, rows []netRow, at []netPlace, level int, in link, i int) {
	s, t := l.boxes[in.from], l.boxes[i]
	from, to := at[in.from], at[i]
	add := func(tip bool, points ...vg.Point) {
		l.lines = append(l.lines, netLine{link: in, to: i, tip: tip, points: straight(points)})
	}
	if level == 0 {
		ys, yt := (s.Min.Y+s.Max.Y)/2, (t.Min.Y+t.Max.Y)/2
		if from.row == to.row {
			x := s.Max.X + 0.4*netArrow
			add(true, vg.Point{X: s.Max.X, Y: ys}, vg.Point{X: x, Y: ys}, vg.Point{X: x, Y: yt}, vg.Point{X: t.Min.X, Y: yt})
			return
		}
		// Links from one block or to one block are joined at the row's end.
		a, b := &rows[from.row], &rows[to.row]
		ya, yb := a.mid, b.mid
		if from.of > 1 && to.of > 1 {
			ya = ys
			yb += (vg.Length(from.place) - vg.Length(from.of-1)/2) * m.pitch()
		}
		x := s.Max.X + 0.4*netArrow
		add(false, vg.Point{X: s.Max.X, Y: ys}, vg.Point{X: x, Y: ys}, vg.Point{X: x, Y: ya}, vg.Point{X: a.x1, Y: ya})
		x = t.Min.X - 0.6*netArrow
		add(true, vg.Point{X: b.x0, Y: yb}, vg.Point{X: x, Y: yb}, vg.Point{X: x, Y: yt}, vg.Point{X: t.Min.X, Y: yt})
		return
	}
	over := func(r int) vg.Length { return rows[r].top - 0.3*m.size - (vg.Length(level)-0.5)*m.level }
	y := over(from.row)
	var points []vg.Point
	if from.place == 0 {
		x := s.Min.X + 0.7*(s.Max.X-s.Min.X)
		points = []vg.Point{{X: x, Y: s.Min.Y}, {X: x, Y: y}}
	} else {
		ys := (s.Min.Y + s.Max.Y) / 2
		x := s.Max.X + 0.25*netArrow
		points = []vg.Point{{X: s.Max.X, Y: ys}, {X: x, Y: ys}, {X: x, Y: y}}
	}
	for r := from.row; r < to.row; r++ {
		add(false, append(points, vg.Point{X: rows[r].x1, Y: y})...)
		y = over(r + 1)
		points = []vg.Point{{X: rows[r+1].x0, Y: y}}
	}
	if to.place == 0 {
		x := t.Min.X + 0.3*(t.Max.X-t.Min.X)
		points = append(points, vg.Point{X: x, Y: y}, vg.Point{X: x, Y: t.Min.Y})
	} else {
		yt := (t.Min.Y + t.Max.Y) / 2
		x := t.Min.X - 0.55*netArrow
		points = append(points, vg.Point{X: x, Y: y}, vg.Point{X: x, Y: yt}, vg.Point{X: t.Min.X, Y: yt})
	}
	add(true, points...)
}

// straight leaves out the points at which a line does not turn.
func straight(points []vg.Point) []vg.Point {
	out := points[:1:1]
	for i := 1; i < len(points); i++ {
		if i+1 < len(points) {
			a, b, c := out[len(out)-1], points[i], points[i+1]
			if near(a.X, b.X) && near(b.X, c.X) || near(a.Y, b.Y) && near(b.Y, c.Y) {
				continue
			}
		}
		out = append(out, points[i])
	}
	return out
}

func near(a, b vg.Length) bool { return max(a-b, b-a) < 0.01 }
