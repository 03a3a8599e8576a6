package rooms

import (
	"fmt"
	"math"

	"github.com/zcnas/zcnas/datasets/stream"
	"github.com/zcnas/zcnas/datasets/taskonomy"
)

// vec is a point, a direction or a colour.
type vec [3]float64

func (a vec) plus(b vec) vec           { return vec{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }
func (a vec) minus(b vec) vec          { return vec{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }
func (a vec) times(f float64) vec      { return vec{a[0] * f, a[1] * f, a[2] * f} }
func (a vec) dot(b vec) float64        { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
func (a vec) filter(b vec) vec         { return vec{a[0] * b[0], a[1] * b[1], a[2] * b[2]} }
func (a vec) mix(b vec, f float64) vec { return a.times(1 - f).plus(b.times(f)) }
func (a vec) unit() vec                { return a.times(1 / math.Sqrt(a.dot(a))) }

// The kinds of things in a room, which are the classes of its segmentation: two of the room itself, then furnitureKinds
// of furniture.
const (
	kindShell = iota // walls and ceiling
	kindFloor
	kindWindow
	kindDoor
	kindPainting
	kindRug
	kindTable
	kindChair
	kindShelf
	kindBed
	kindSofa
	kindLamp
	kindCrate
	kindBall
	kindColumn
	kindPlant
	kindScreen
	segmentKinds

	firstFurniture = kindWindow
	furnitureKinds = segmentKinds - firstFurniture
	colours        = 5
)

// The numbers of classes, those of TransNAS-Bench-101.
const (
	Segments = segmentKinds             // kinds of surfaces: shell, floor, and 15 kinds of furniture
	Objects  = furnitureKinds * colours // furniture by kind and colour
	Scenes   = floors*walls*lights - 1  // combinations of floor, walls and light
)

// The traits of a scene: what its floor and walls are made of, and its light. The last of the 48 combinations does
// not occur, so that there are as many scenes as classes in TransNAS-Bench-101.
const (
	floors = 4 // planks, tiles, carpet, concrete
	walls  = 4 // paint, stripes, bricks, panels
	lights = 3 // day, warm lamp, dusk
)

// furniture is one thing in a room: primitives in its own frame, which is turned about the vertical and moved.
type furniture struct {
	kind, colour int
	at           vec
	sin, cos     float64
	radius       float64 // of a sphere about at plus (0, 0, height/2) that holds it
	middle       vec     // that sphere's centre in the room
	parts        []part
	tint         vec
}

// Room is one scene and the camera in it. Lengths are metres; z is up, the floor is z = 0.
type Room struct {
	size               vec
	floor, wall, light int
	wallTint           vec
	floorTint          vec
	things             []*furniture
	lamp               vec // place of the light
	eye                vec
	yaw, pitch, roll   float64 // of the camera, radians; it looks along +y where all are 0
	view               float64 // half the width of the picture at distance 1

	name   string
	seed   uint64
	shares []float64 // of each object class among the furniture that the camera sees
}

// palette are the colours of furniture, by class.
var palette = [colours]vec{{0.75, 0.2, 0.17}, {0.2, 0.42, 0.72}, {0.25, 0.58, 0.3}, {0.85, 0.68, 0.22}, {0.5, 0.36, 0.26}}

// sceneTarget gives probabilities of the scenes: those that share two traits with the room get a little, as a
// classifier would give it. (Taskonomy's labels are a classifier's.)
func (r *Room) sceneTarget() []float32 {
	weights, sum := make([]float64, Scenes), 0.0
	for s := range weights {
		different := 0.0
		for _, pair := range [][2]int{{s / lights / walls, r.floor}, {s / lights % walls, r.wall}, {s % lights, r.light}} {
			if pair[0] != pair[1] {
				different++
			}
		}
		weights[s] = math.Exp(-4 * different)
		sum += weights[s]
	}
	p := make([]float32, Scenes)
	for s, w := range weights {
		p[s] = float32(w / sum)
	}
	return p
}

// info describes the view as Taskonomy does, for the layout. Taskonomy's boxes have the axes x and y of its cameras
// the other way round, so the camera is turned back here.
func (r *Room) info() *taskonomy.PointInfo {
	p := &taskonomy.PointInfo{}
	p.Location = [3]float64{-r.eye[1], r.eye[0], r.eye[2]}
	p.Rotation = [3]float64{math.Pi/2 + r.pitch, r.roll, math.Remainder(r.yaw+math.Pi/2, 2*math.Pi)}
	p.Box.X = [2]float64{0, r.size[0]}
	p.Box.Y = [2]float64{-r.size[1], 0}
	p.Box.Z = [2]float64{0, r.size[2]}
	return p
}

// between draws a number in [lo, hi).
func between(s *stream.Stream, lo, hi float64) float64 { return lo + (hi-lo)*s.Uniform() }

// New makes room i of a split: a function of these and of the seed, so that nothing is stored. At least one thing is
// before the camera.
func New(split string, i int, seed uint64) *Room {
	name := fmt.Sprintf("synthetic-rooms/%s/%d", split, i)
	s := stream.New(name, seed)
	for {
		r := furnish(s)
		if r.shares = r.look(); r.shares != nil {
			r.name, r.seed = name, seed
			return r
		}
	}
}

// furnish draws a room.
func furnish(s *stream.Stream) *Room {
	scene := s.Label(Scenes)
	r := &Room{floor: scene / lights / walls, wall: scene / lights % walls, light: scene % lights}
	r.size = vec{between(s, 3.4, 7), between(s, 3.2, 6), between(s, 2.3, 3.2)}
	for c := range 3 {
		r.wallTint[c] = between(s, 0.6, 0.95)
		r.floorTint[c] = between(s, 0.75, 1)
	}
	r.view = between(s, 0.55, 0.85)
	r.lamp = vec{r.size[0] * between(s, 0.3, 0.7), r.size[1] * between(s, 0.3, 0.7), r.size[2] - 0.25}
	r.eye = vec{r.size[0] * between(s, 0.12, 0.88), r.size[1] * between(s, 0.12, 0.88), between(s, 1.1, 1.8)}
	// The camera looks at a place around the room's middle, so that most of the room is before it.
	target := vec{r.size[0] * between(s, 0.35, 0.65), r.size[1] * between(s, 0.35, 0.65)}
	r.yaw = math.Atan2(r.eye[0]-target[0], target[1]-r.eye[1])
	r.pitch, r.roll = between(s, -0.3, 0.08), between(s, -0.025, 0.025)

	r.hang(s)
	for range 5 + s.Label(6) {
		r.place(s)
	}
	return r
}

// look returns the share of each object class in what the camera sees of the furniture; nil where it sees none. The
// rays are few, and the same for pictures of any size.
func (r *Room) look() []float64 {
	const side = 64
	shares, sum := make([]float64, Objects), 0.0
	camera := r.camera()
	for i := range side * side {
		h := r.cast(r.eye, camera.ray(i%side, i/side, side))
		if h.thing != nil {
			shares[(h.thing.kind-firstFurniture)*colours+h.thing.colour]++
			sum++
		}
	}
	if sum == 0 {
		return nil
	}
	for i := range shares {
		shares[i] /= sum
	}
	return shares
}

// hang puts doors, windows, paintings and screens on the walls, and a rug on the floor.
func (r *Room) hang(s *stream.Stream) {
	for wall := range 4 {
		length := r.size[wall%2]
		for _, span := range [][2]float64{{0.08, 0.47}, {0.53, 0.92}} {
			kind := [...]int{kindWindow, kindWindow, kindDoor, kindPainting, kindPainting, kindScreen, -1, -1}[s.Label(8)]
			width := between(s, 0.7, 1) * (span[1] - span[0]) * length
			middle := (span[0] + span[1]) / 2 * length
			colour := s.Label(colours)
			if kind < 0 {
				continue
			}
			f := build(s, kind, colour, width, r.size[2])
			// A thing's back is at y = 0 of its frame and it faces +y.
			switch wall {
			case 0:
				f.turn(0, vec{middle, 0, 0})
			case 1:
				f.turn(-math.Pi/2, vec{0, middle, 0})
			case 2:
				f.turn(math.Pi, vec{middle, r.size[1], 0})
			default:
				f.turn(math.Pi/2, vec{r.size[0], middle, 0})
			}
			r.things = append(r.things, f)
		}
	}
	if s.Label(2) == 0 {
		f := build(s, kindRug, s.Label(colours), between(s, 1.2, 2.4), r.size[2])
		f.turn(between(s, 0, math.Pi), vec{r.size[0] * between(s, 0.4, 0.6), r.size[1] * between(s, 0.4, 0.6), 0})
		r.things = append(r.things, f)
	}
}

// place tries to stand one thing on the floor, clear of the walls, of the camera and of other things.
func (r *Room) place(s *stream.Stream) {
	kind := kindTable + s.Label(kindScreen-kindTable)
	// Some things are commoner in some rooms, so that furniture and floor tell of each other.
	if s.Label(3) == 0 {
		kind = [floors]int{kindSofa, kindTable, kindBed, kindCrate}[r.floor]
	}
	f := build(s, kind, s.Label(colours), 0, r.size[2])
	yaw := float64(s.Label(4)) * math.Pi / 2
	if s.Label(3) == 0 {
		yaw += between(s, -0.6, 0.6)
	}
	reach := f.reach()
	for range 12 {
		at := vec{between(s, 0, r.size[0]), between(s, 0, r.size[1]), 0}
		clear := at[0] > reach+0.05 && at[1] > reach+0.05 && at[0] < r.size[0]-reach-0.05 && at[1] < r.size[1]-reach-0.05 &&
			math.Hypot(at[0]-r.eye[0], at[1]-r.eye[1]) > reach+0.5
		for _, other := range r.things {
			if other.kind == kindRug {
				continue
			}
			if math.Hypot(at[0]-other.at[0], at[1]-other.at[1]) < reach+other.reach() {
				clear = false
			}
		}
		if clear {
			f.turn(yaw, at)
			r.things = append(r.things, f)
			return
		}
	}
}
