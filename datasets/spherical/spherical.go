// Package spherical projects pictures onto the sphere, as the data set Spherical CIFAR-100 was made: the
// generator of Cohen et al. (Spherical CNNs, ICLR 2018; s2cnn's gendata.py) in the form that
// NAS-Bench-360 (Tu et al. 2022) applied to three channels. A picture is put on the sphere by
// stereographic projection from the north pole, the sphere is turned at random, and read on the
// Driscoll–Healy grid of bandwidth 30.
//
// [NewProjection] is the call to start with.
package spherical

import "math"

const (
	Size    = 60 // rows (polar angle) and columns (azimuth) of a projected picture
	Picture = 32 // rows and columns of the picture
)

// Version says which neighbours of a point are interpolated between.
type Version string

const (
	// Version2021 takes the pixels before and after the point's own, as the generator did until 2024; the
	// weights then sum to 4, and what lies outside the picture is 0. The published file was almost
	// certainly made so: its background is 0.
	Version2021 Version = "2021"

	// Fixed takes the point's own pixel and the next (s2cnn, commit af34379). It extrapolates left of and
	// above the picture to negative values, which put the background near 100.
	Fixed Version = "fixed"
)

// Rotation is a rotation of the sphere: rows of its matrix.
type Rotation [3][3]float64

// Identity turns nothing.
var Identity = Rotation{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}

// NewRotation is the uniformly distributed rotation of three numbers uniform in [0, 1) (Arvo, Fast Random
// Rotation Matrices, 1992).
func NewRotation(a, b, c float64) Rotation {
	t, f, w := 2*math.Pi*a, 2*math.Pi*b, 2*c
	v := [3]float64{math.Sin(f) * math.Sqrt(w), math.Cos(f) * math.Sqrt(w), math.Sqrt(2 - w)}
	turn := [3][3]float64{{math.Cos(t), math.Sin(t), 0}, {-math.Sin(t), math.Cos(t), 0}, {0, 0, 1}}
	var m Rotation
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				h := v[i] * v[k]
				if i == k {
					h--
				}
				m[i][j] += h * turn[k][j]
			}
		}
	}
	return m
}

// Projection reads pictures under one rotation.
type Projection struct {
	taps [Size * Size]tap
}

// tap is how one point is read: four pixels, −1 outside the picture, and their weights.
type tap struct {
	pixel  [4]int
	weight [4]float64
}

// Coordinates returns where each point of the sphere falls in the picture: row and column of the point at
// polar angle πj/60 and azimuth πk/30, at index 60·j + k.
func Coordinates(m Rotation) (rows, columns [Size * Size]float64) {
	for j := range Size {
		theta := math.Pi * float64(j) / Size
		for k := range Size {
			phi := 2 * math.Pi * float64(k) / Size
			x, y, z := math.Sin(theta)*math.Cos(phi), math.Sin(theta)*math.Sin(phi), math.Cos(theta)
			x, y, z = m[0][0]*x+m[0][1]*y+m[0][2]*z, m[1][0]*x+m[1][1]*y+m[1][2]*z, m[2][0]*x+m[2][1]*y+m[2][2]*z
			height := z + 1
			s := -height / (height - 2.001)
			// x runs along the picture's rows.
			rows[Size*j+k] = ((s*x + x) + 1.5) / 3 * Picture
			columns[Size*j+k] = ((s*y + y) + 1.5) / 3 * Picture
		}
	}
	return rows, columns
}

// NewProjection prepares the reading of pictures under the rotation m.
func NewProjection(m Rotation, version Version) *Projection {
	p := new(Projection)
	before := 0.0
	if version == Version2021 {
		before = 1
	}
	rows, columns := Coordinates(m)
	for i := range p.taps {
		r, c := rows[i], columns[i]
		r0, r1 := math.Trunc(r)-before, math.Trunc(r)+1
		c0, c1 := math.Trunc(c)-before, math.Trunc(c)+1
		p.taps[i] = tap{
			pixel:  [4]int{pixel(r0, c0), pixel(r1, c0), pixel(r0, c1), pixel(r1, c1)},
			weight: [4]float64{(c1 - c) * (r1 - r), (c1 - c) * (r - r0), (c - c0) * (r1 - r), (c - c0) * (r - r0)},
		}
	}
	return p
}

func pixel(r, c float64) int {
	if r < 0 || r >= Picture || c < 0 || c >= Picture {
		return -1
	}
	return Picture*int(r) + int(c)
}

// Sample reads one channel [32, 32] into dst [60, 60], without scaling.
func (p *Projection) Sample(dst []float64, channel []uint8) {
	for i := range p.taps {
		t := &p.taps[i]
		v := 0.0
		for k, at := range t.pixel {
			if at >= 0 {
				v += t.weight[k] * float64(channel[at])
			}
		}
		dst[i] = v
	}
}

// Project projects a picture, [channels, 32, 32], into dst, [channels, 60, 60]. Each channel is scaled so
// that its values fill 0…255, as the published files are; whole scales the picture as one instead. Where all
// values are the same, the result is 0.
func (p *Projection) Project(dst, picture []uint8, whole bool) {
	const in, out = Picture * Picture, Size * Size
	channels := len(picture) / in
	values := make([]float64, channels*out)
	for c := range channels {
		p.Sample(values[c*out:(c+1)*out], picture[c*in:(c+1)*in])
	}
	each := out
	if whole {
		each = len(values)
	}
	for at := 0; at < len(values); at += each {
		stretch(dst[at:at+each], values[at:at+each])
	}
}

// stretch maps the values' range to 0…255 and cuts off what follows the point.
func stretch(dst []uint8, values []float64) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	if low == high {
		clear(dst)
		return
	}
	for i, v := range values {
		dst[i] = uint8((v - low) / (high - low) * 255)
	}
}
