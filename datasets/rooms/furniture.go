package rooms

import (
	"math"

	"github.com/zcnas/zcnas/datasets/stream"
)

// shape is that of a part.
type shape int

const (
	slab     shape = iota // a box from lo to hi
	cylinder              // upright, about the axis through the middle of lo and hi, as wide as lo to hi along x
	cone                  // the same, with its tip up
	ball                  // about the middle of lo and hi
)

// part is one primitive of a thing, in its frame.
type part struct {
	shape  shape
	lo, hi vec
	tint   vec // its colour; that of the thing where it is 0
	finish finish
}

// build makes a thing of some kind about the origin of its frame. width counts for what hangs on walls and for rugs.
func build(s *stream.Stream, kind, colour int, width, ceiling float64) *furniture {
	f := &furniture{kind: kind, colour: colour, tint: palette[colour].times(between(s, 0.85, 1.15))}
	style := finish(s.Label(int(finishes)))
	white, wood, dark := vec{0.9, 0.9, 0.88}, vec{0.55, 0.38, 0.22}, vec{0.12, 0.12, 0.14}
	box := func(x0, x1, y0, y1, z0, z1 float64, tint vec, how finish) {
		f.parts = append(f.parts, part{slab, vec{x0, y0, z0}, vec{x1, y1, z1}, tint, how})
	}
	round := func(what shape, x, y, r, z0, z1 float64, tint vec, how finish) {
		f.parts = append(f.parts, part{what, vec{x - r, y - r, z0}, vec{x + r, y + r, z1}, tint, how})
	}
	legs := func(x, y, height, thick float64, tint vec) {
		for _, sx := range []float64{-1, 1} {
			for _, sy := range []float64{-1, 1} {
				box(sx*x-thick, sx*x+thick, sy*y-thick, sy*y+thick, 0, height, tint, plain)
			}
		}
	}
	none := vec{}
	switch kind {
	case kindWindow:
		w, z0, z1 := width/2, between(s, 0.7, 1), math.Min(ceiling-0.2, between(s, 1.9, 2.3))
		box(-w, w, 0, 0.05, z0, z1, none, plain)                                // the frame, in the thing's colour
		box(-w+0.07, w-0.07, 0, 0.06, z0+0.07, z1-0.07, vec{0.6, 0.78, 1}, sky) // the pane
		box(-0.03, 0.03, 0, 0.07, z0, z1, none, plain)
		box(-w-0.05, w+0.05, 0, 0.18, z0-0.04, z0, white, plain)
	case kindDoor:
		w := math.Min(width, between(s, 0.8, 1)) / 2
		z1 := math.Min(ceiling-0.1, 2.05)
		box(-w-0.07, w+0.07, 0, 0.04, 0, z1+0.07, white, plain)
		box(-w, w, 0, 0.07, 0, z1, none, plain)
		box(-w+0.12, w-0.12, 0, 0.08, z1*0.55, z1-0.15, none, style)
		round(ball, w-0.1, 0.1, 0.035, 0.98, 1.05, vec{0.8, 0.75, 0.5}, plain)
	case kindPainting:
		w, h := math.Min(width, between(s, 0.5, 1.4))/2, between(s, 0.4, 0.8)
		box(-w, w, 0, 0.04, 1.2, 1.2+h, none, plain)
		box(-w+0.06, w-0.06, 0, 0.045, 1.26, 1.14+h, none, mural)
	case kindScreen:
		w := math.Min(width, between(s, 0.8, 1.4)) / 2
		box(-w, w, 0, 0.07, 0.9, 0.9+1.2*w, dark, plain)
		box(-w+0.03, w-0.03, 0, 0.075, 0.93, 0.87+1.2*w, none, style)
	case kindRug:
		w := width / 2
		box(-w, w, -0.65*w, 0.65*w, 0, 0.015, none, style)
		box(-w-0.06, w+0.06, -0.65*w-0.06, 0.65*w+0.06, 0, 0.012, white, plain)
	case kindTable:
		x, y, z := between(s, 0.5, 0.9), between(s, 0.35, 0.5), between(s, 0.6, 0.78)
		box(-x, x, -y, y, z-0.05, z, none, style)
		legs(x-0.08, y-0.08, z-0.05, 0.035, none)
	case kindChair:
		box(-0.22, 0.22, -0.22, 0.22, 0.42, 0.47, none, style)
		box(-0.22, 0.22, -0.22, -0.18, 0.47, 0.95, none, plain)
		legs(0.19, 0.19, 0.42, 0.025, wood)
	case kindShelf:
		x, z := between(s, 0.35, 0.6), between(s, 1.2, 1.95)
		z = math.Min(z, ceiling-0.2)
		box(-x, -x+0.03, -0.16, 0.16, 0, z, none, plain)
		box(x-0.03, x, -0.16, 0.16, 0, z, none, plain)
		box(-x, x, -0.16, -0.14, 0, z, none, plain)
		levels := 3 + s.Label(3)
		for k := range levels + 1 {
			at := float64(k) / float64(levels) * (z - 0.03)
			box(-x, x, -0.16, 0.16, at, at+0.03, none, plain)
			if k < levels { // books
				end := between(s, 0.2, 1.9)*x - x
				box(-x+0.05, end, -0.12, 0.1, at+0.03, at+0.03+0.7*z/float64(levels), palette[s.Label(colours)], stripes)
			}
		}
	case kindBed:
		x, y := between(s, 0.5, 0.85), 1.0
		box(-x, x, -y, y, 0.12, 0.32, wood, plain)
		box(-x+0.03, x-0.03, -y+0.04, y-0.04, 0.32, 0.5, none, style)
		box(-x+0.1, x-0.1, -y+0.1, -y+0.45, 0.5, 0.6, white, plain)
		box(-x, x, -y-0.05, -y, 0, 0.95, wood, plain)
	case kindSofa:
		x := between(s, 0.7, 1.05)
		box(-x, x, -0.4, 0.4, 0.1, 0.4, none, style)
		box(-x, x, -0.45, -0.22, 0.4, 0.85, none, style)
		box(-x-0.14, -x, -0.45, 0.4, 0.08, 0.6, none, plain)
		box(x, x+0.14, -0.45, 0.4, 0.08, 0.6, none, plain)
	case kindLamp:
		z := between(s, 1.2, 1.7)
		round(cylinder, 0, 0, 0.16, 0, 0.04, dark, plain)
		round(cylinder, 0, 0, 0.02, 0.04, z-0.2, dark, plain)
		round(cone, 0, 0, 0.24, z-0.25, z+0.12, none, glow)
	case kindCrate:
		a := between(s, 0.2, 0.4)
		box(-a, a, -a, a, 0, 2*a, none, style)
		if s.Label(2) == 0 {
			box(-0.6*a, 0.6*a, -0.6*a, 0.6*a, 2*a, 3.2*a, none, plain)
		}
	case kindBall:
		r := between(s, 0.14, 0.35)
		round(ball, 0, 0, r, 0, 2*r, none, style)
	case kindColumn:
		r := between(s, 0.12, 0.22)
		round(cylinder, 0, 0, r, 0, ceiling, none, style)
		round(cylinder, 0, 0, r+0.07, 0, 0.15, white, plain)
	case kindPlant:
		z := between(s, 0.8, 1.5)
		round(cylinder, 0, 0, 0.17, 0, 0.32, vec{0.6, 0.35, 0.25}, plain)
		round(cone, 0, 0, between(s, 0.25, 0.38), 0.3, z, none, leaves)
	}
	f.turn(0, vec{})
	return f
}

// turn puts the thing in its place, turned about the vertical.
func (f *furniture) turn(yaw float64, at vec) {
	f.sin, f.cos = math.Sincos(yaw)
	f.at = at
	lo, hi := f.parts[0].lo, f.parts[0].hi
	for _, p := range f.parts {
		for i := range 3 {
			lo[i], hi[i] = min(lo[i], p.lo[i]), max(hi[i], p.hi[i])
		}
	}
	f.middle = f.outside(lo.plus(hi).times(0.5)).plus(at)
	half := hi.minus(lo).times(0.5)
	f.radius = math.Sqrt(half.dot(half))
}

// reach is the radius of the thing's ground.
func (f *furniture) reach() float64 {
	r := 0.0
	for _, p := range f.parts {
		r = max(r, math.Hypot(max(-p.lo[0], p.hi[0]), max(-p.lo[1], p.hi[1])))
	}
	return r
}

// inside turns a direction of the room into the thing's frame, outside the other way.
func (f *furniture) inside(v vec) vec {
	return vec{f.cos*v[0] + f.sin*v[1], f.cos*v[1] - f.sin*v[0], v[2]}
}

func (f *furniture) outside(v vec) vec {
	return vec{f.cos*v[0] - f.sin*v[1], f.sin*v[0] + f.cos*v[1], v[2]}
}
