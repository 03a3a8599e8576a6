package rooms

import "math"

// finish is how a surface is painted.
type finish int

const (
	plain finish = iota
	stripes
	checks
	grain
	finishes // those that things are drawn with at random

	sky    finish = iota + 10 // what is seen through a window
	mural                     // a picture in colours
	glow                      // shines by itself
	leaves                    // speckled
)

// lattice is a pseudo-random number in [0, 1) for each integer place.
func lattice(x, y, z int) float64 {
	h := uint64(x)*0x9E3779B97F4A7C15 ^ uint64(y)*0xC2B2AE3D27D4EB4F ^ uint64(z)*0x165667B19E3779F9
	h ^= h >> 29
	h *= 0xBF58476D1CE4E5B9
	h ^= h >> 32
	return float64(h>>40) / (1 << 24)
}

// noise is smooth in its two arguments, in [0, 1].
func noise(x, y float64, layer int) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	u, v := x-fx, y-fy
	u, v = u*u*(3-2*u), v*v*(3-2*v)
	i, j := int(fx), int(fy)
	low := lattice(i, j, layer)*(1-u) + lattice(i+1, j, layer)*u
	high := lattice(i, j+1, layer)*(1-u) + lattice(i+1, j+1, layer)*u
	return low*(1-v) + high*v
}

// fraction is x modulo 1.
func fraction(x float64) float64 { return x - math.Floor(x) }

// odd tells the stripes of a pattern apart.
func odd(x float64) bool { return int64(math.Floor(x))&1 == 1 }

// surface is the colour of what was hit, without light.
func (r *Room) surface(h hit) vec {
	if h.part == nil {
		return r.shellColour(h)
	}
	tint := h.part.tint
	if tint == (vec{}) {
		tint = h.thing.tint
	}
	// Two coordinates on the surface: those across its normal, in the thing's own frame.
	a, b := h.local[0]+h.local[1], h.local[2]
	if math.Abs(h.normal[2]) > 0.9 {
		a, b = h.local[0], h.local[1]
	}
	switch h.part.finish {
	case stripes:
		if odd(a * 12) {
			return tint.mix(vec{0.95, 0.93, 0.9}, 0.55)
		}
	case checks:
		if odd(a*7) != odd(b*7) {
			return tint.mix(vec{0.1, 0.1, 0.12}, 0.5)
		}
	case grain:
		return tint.times(0.72 + 0.5*noise(a*3, b*40, h.thing.kind))
	case sky:
		high := (b - h.part.lo[2]) / (h.part.hi[2] - h.part.lo[2])
		bright := [lights]float64{1, 0.35, 0.12}[r.light]
		outside := vec{0.95, 0.97, 1}.mix(tint, high)
		if high < 0.25+0.25*noise(a*4, 0, 3) {
			outside = vec{0.25, 0.42, 0.22}
		}
		return outside.times(bright)
	case mural:
		n, m := noise(a*5, b*5, h.thing.colour), noise(a*9+7, b*9, h.thing.colour+1)
		return tint.mix(palette[int(n*colours)%colours], 0.75).times(0.6 + 0.7*m)
	case glow:
		return tint.mix(vec{1, 0.95, 0.8}, 0.6)
	case leaves:
		return tint.times(0.45 + 0.9*lattice(int(math.Floor(a*30)), int(math.Floor(b*30)), 5))
	}
	return tint
}

// shellColour is that of floor, walls and ceiling.
func (r *Room) shellColour(h hit) vec {
	x, y := h.local[0], h.local[1]
	switch {
	case h.normal[2] < 0:
		return vec{0.93, 0.93, 0.91}
	case h.normal[2] > 0:
		switch r.floor {
		case 0: // planks
			row := math.Floor(x * 7)
			shade := 0.75 + 0.35*lattice(int(row), int(math.Floor(y*0.8+row*0.37)), 1)
			if fraction(x*7) < 0.05 {
				shade *= 0.6
			}
			return vec{0.62, 0.43, 0.26}.filter(r.floorTint).times(shade * (0.85 + 0.25*noise(x*50, y*4, 2)))
		case 1: // tiles
			if fraction(x*2.5) < 0.03 || fraction(y*2.5) < 0.03 {
				return vec{0.4, 0.4, 0.4}
			}
			if odd(x*2.5) != odd(y*2.5) {
				return vec{0.86, 0.86, 0.84}.filter(r.floorTint)
			}
			return vec{0.45, 0.52, 0.58}.filter(r.floorTint)
		case 2: // carpet
			return vec{0.55, 0.35, 0.4}.filter(r.floorTint).times(0.75 + 0.4*lattice(int(x*90), int(y*90), 3))
		}
		return vec{0.5, 0.5, 0.49}.filter(r.floorTint).times(0.8 + 0.35*noise(x*3, y*3, 4)) // concrete
	}
	a, z := x+y, h.local[2]
	if z < 0.09 { // skirting
		return vec{0.85, 0.84, 0.8}
	}
	switch r.wall {
	case 1: // stripes
		if odd(a * 5) {
			return r.wallTint.times(0.72)
		}
	case 2: // bricks
		row := math.Floor(z * 11)
		along := a*4 + 0.5*math.Mod(row, 2)
		if fraction(z*11) < 0.12 || fraction(along) < 0.05 {
			return vec{0.75, 0.73, 0.7}
		}
		return vec{0.62, 0.32, 0.24}.filter(r.wallTint).times(0.85 + 0.4*lattice(int(row), int(math.Floor(along)), 6))
	case 3: // panels
		if z < 1 {
			if fraction(a*2) < 0.04 || z > 0.95 {
				return vec{0.3, 0.2, 0.13}
			}
			return vec{0.5, 0.36, 0.24}.times(0.8 + 0.35*noise(a*40, z*3, 7))
		}
	}
	return r.wallTint
}
