package rooms

import (
	"math"

	"github.com/zcnas/zcnas/datasets/stream"
	"github.com/zcnas/zcnas/datasets/taskonomy"
)

// hit is where a ray meets a surface.
type hit struct {
	distance float64
	normal   vec
	thing    *furniture // nil for the room itself
	part     *part
	local    vec // place, in the frame of what was hit
}

// meet returns the distance along the ray at which it enters the part, and the normal there; inf where it does not.
// The ray is in the part's frame.
func (p *part) meet(from, along vec) (float64, vec) {
	inf := math.Inf(1)
	middle := p.lo.plus(p.hi).times(0.5)
	r := (p.hi[0] - p.lo[0]) / 2
	switch p.shape {
	case slab:
		near, far, axis := 0.0, inf, -1
		for i := range 3 {
			if along[i] == 0 {
				if from[i] < p.lo[i] || from[i] > p.hi[i] {
					return inf, vec{}
				}
				continue
			}
			a, b := (p.lo[i]-from[i])/along[i], (p.hi[i]-from[i])/along[i]
			if a > b {
				a, b = b, a
			}
			if a > near {
				near, axis = a, i
			}
			far = min(far, b)
		}
		if axis < 0 || near > far {
			return inf, vec{}
		}
		var n vec
		n[axis] = -math.Copysign(1, along[axis])
		return near, n
	case ball:
		o := from.minus(middle)
		a, b, c := along.dot(along), o.dot(along), o.dot(o)-r*r
		root := b*b - a*c
		if root < 0 {
			return inf, vec{}
		}
		if t := (-b - math.Sqrt(root)) / a; t > 0 {
			return t, o.plus(along.times(t)).times(1 / r)
		}
		return inf, vec{}
	}
	best, normal := inf, vec{}
	x, y := from[0]-middle[0], from[1]-middle[1]
	// The radius is r at the bottom; at height h above it a cone's is r − slope·h.
	slope := 0.0
	if p.shape == cone {
		slope = r / (p.hi[2] - p.lo[2])
	}
	rim := r - slope*(from[2]-p.lo[2])
	a := along[0]*along[0] + along[1]*along[1] - slope*slope*along[2]*along[2]
	b := x*along[0] + y*along[1] + rim*slope*along[2]
	c := x*x + y*y - rim*rim
	if root := b*b - a*c; root >= 0 && a != 0 {
		for _, sign := range []float64{-1, 1} {
			t := (-b + sign*math.Sqrt(root)) / a
			if z := from[2] + t*along[2]; t > 0 && t < best && z >= p.lo[2] && z <= p.hi[2] {
				px, py := x+t*along[0], y+t*along[1]
				best, normal = t, vec{px, py, slope * (r - slope*(z-p.lo[2]))}.unit()
			}
		}
	}
	for end, z := range []float64{p.lo[2], p.hi[2]} {
		if end == 1 && p.shape == cone || along[2] == 0 {
			continue
		}
		t := (z - from[2]) / along[2]
		px, py := x+t*along[0], y+t*along[1]
		if t > 0 && t < best && px*px+py*py <= r*r {
			best, normal = t, vec{0, 0, float64(2*end - 1)}
		}
	}
	return best, normal
}

// shell is where the ray from within the room meets its walls, floor or ceiling.
func (r *Room) shell(from, along vec) hit {
	h := hit{distance: math.Inf(1)}
	for i := range 3 {
		wall := 0.0
		if along[i] > 0 {
			wall = r.size[i]
		}
		if along[i] == 0 {
			continue
		}
		if t := (wall - from[i]) / along[i]; t < h.distance {
			h.distance, h.normal = t, vec{}
			h.normal[i] = -math.Copysign(1, along[i])
		}
	}
	h.local = from.plus(along.times(h.distance))
	return h
}

// cast follows a ray to the first surface.
func (r *Room) cast(from, along vec) hit {
	h := r.shell(from, along)
	for _, f := range r.things {
		f.cast(from, along, &h)
	}
	return h
}

// cast replaces h where the thing is nearer.
func (f *furniture) cast(from, along vec, h *hit) bool {
	to := f.middle.minus(from)
	nearest := to.dot(along) // along has length 1
	if nearest < -f.radius || nearest-f.radius > h.distance || to.dot(to)-nearest*nearest > f.radius*f.radius {
		return false
	}
	from, along = f.inside(from.minus(f.at)), f.inside(along)
	found := false
	for i := range f.parts {
		p := &f.parts[i]
		if t, n := p.meet(from, along); t < h.distance {
			*h = hit{t, f.outside(n), f, p, from.plus(along.times(t))}
			found = true
		}
	}
	return found
}

// dark reports whether something stands between a place and the lamp.
func (r *Room) dark(at vec) bool {
	to := r.lamp.minus(at)
	length := math.Sqrt(to.dot(to))
	to = to.times(1 / length)
	for _, f := range r.things {
		h := hit{distance: length}
		if f.cast(at, to, &h) && h.part.finish != glow {
			return true
		}
	}
	return false
}

// The lights: colour of the lamp, and of what comes from everywhere.
var lightColours = [lights][2]vec{
	{{0.75, 0.75, 0.72}, {0.42, 0.44, 0.48}},
	{{1, 0.8, 0.52}, {0.28, 0.22, 0.16}},
	{{0.45, 0.5, 0.7}, {0.16, 0.18, 0.28}},
}

// shade is the colour of what was hit.
func (r *Room) shade(h hit, at vec) vec {
	colour := r.surface(h)
	if h.part != nil && (h.part.finish == sky || h.part.finish == glow) {
		return colour
	}
	lamp, ambient := lightColours[r.light][0], lightColours[r.light][1]
	light := ambient.times(0.8 + 0.2*h.normal[2])
	to := r.lamp.minus(at)
	far := to.dot(to)
	if facing := h.normal.dot(to) / math.Sqrt(far); facing > 0 && !r.dark(at.plus(h.normal.times(1e-4))) {
		light = light.plus(lamp.times(facing * 1.25 / (1 + 0.12*far)))
	}
	return colour.filter(light)
}

// camera holds the axes of the camera's frame.
type camera struct {
	right, up, ahead vec
	view             float64
}

func (r *Room) camera() camera {
	m := taskonomy.EulerMatrix([3]float64{math.Pi/2 + r.pitch, r.roll, r.yaw})
	return camera{vec{m[0][0], m[1][0], m[2][0]}, vec{m[0][1], m[1][1], m[2][1]}, vec{-m[0][2], -m[1][2], -m[2][2]}, r.view}
}

// ray is the direction through the middle of a pixel of a picture of side×side.
func (c *camera) ray(x, y, side int) vec {
	px := (2*(float64(x)+0.5)/float64(side) - 1) * c.view
	py := (1 - 2*(float64(y)+0.5)/float64(side)) * c.view
	return c.ahead.plus(c.right.times(px)).plus(c.up.times(py)).unit()
}

// View renders the room as side×side pixels, with the target of a task of TransNAS-Bench-101.
//
// Normals are (n + 1)/2 as bytes, in the camera's frame: x right, y up, z towards the camera. Segments are the kinds of
// surfaces, class_object the shares of the classes in the furniture in sight, class_scene probabilities that give the
// other scenes of two equal traits a little, and room_layout is computed from camera and walls as Taskonomy's is.
func (r *Room) View(task string, side int) (*taskonomy.View, error) {
	v := &taskonomy.View{RGB: taskonomy.NewPicture(side, side, 3)}
	switch task {
	case "normal":
		v.Normal = taskonomy.NewPicture(side, side, 3)
	case "segmentsemantic":
		v.Segments = taskonomy.NewPicture(side, side, 1)
	case "class_object":
		for _, share := range r.shares {
			v.Target = append(v.Target, float32(share))
		}
	case "class_scene":
		v.Target = r.sceneTarget()
	case "room_layout":
		layout, err := r.info().RoomLayout()
		if err != nil {
			return nil, err
		}
		for _, x := range layout {
			v.Target = append(v.Target, float32(x))
		}
	}
	camera := r.camera()
	s := stream.New(r.name+"/grain", r.seed)
	for y := range side {
		for x := range side {
			i := y*side + x
			along := camera.ray(x, y, side)
			h := r.cast(r.eye, along)
			colour := r.shade(h, r.eye.plus(along.times(h.distance)))
			grain := between(s, 0.988, 1.012)
			for c := range 3 {
				v.RGB.Pix[3*i+c] = pixel(math.Sqrt(max(0, colour[c])) * grain) // gamma 2
			}
			if v.Normal != nil {
				for c, axis := range []vec{camera.right, camera.up, camera.ahead.times(-1)} {
					v.Normal.Pix[3*i+c] = pixel((h.normal.dot(axis) + 1) / 2)
				}
			}
			if v.Segments != nil {
				v.Segments.Pix[i] = byte(h.kind())
			}
		}
	}
	return v, nil
}

// pixel is the byte of a value in [0, 1].
func pixel(v float64) byte { return byte(min(max(255*v+0.5, 0), 255)) }

// kind is that of the surface that was hit.
func (h *hit) kind() int {
	switch {
	case h.thing != nil:
		return h.thing.kind
	case h.normal[2] > 0:
		return kindFloor
	}
	return kindShell
}
