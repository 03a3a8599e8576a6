package taskonomy

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// PointInfo is what room_layout is computed from: Taskonomy's description of one view, or a generated room.
type PointInfo struct {
	Location [3]float64 `json:"camera_location"`
	Rotation [3]float64 `json:"camera_rotation_final"` // Euler angles about fixed x, y, z, radians
	Box      struct {
		X [2]float64 `json:"x"`
		Y [2]float64 `json:"y"`
		Z [2]float64 `json:"z"`
	} `json:"bounding_box_ranges"`
}

// ReadPointInfo reads Taskonomy's JSON of one view; other fields than those of [PointInfo] are ignored.
func ReadPointInfo(data []byte) (*PointInfo, error) {
	var p struct {
		Location []float64            `json:"camera_location"`
		Rotation []float64            `json:"camera_rotation_final"`
		Box      map[string][]float64 `json:"bounding_box_ranges"`
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("no readable point_info: %w", err)
	}
	info := &PointInfo{}
	for _, f := range []struct {
		name string
		from []float64
		to   []float64
	}{
		{"camera_location", p.Location, info.Location[:]}, {"camera_rotation_final", p.Rotation, info.Rotation[:]},
		{"bounding_box_ranges.x", p.Box["x"], info.Box.X[:]}, {"bounding_box_ranges.y", p.Box["y"], info.Box.Y[:]},
		{"bounding_box_ranges.z", p.Box["z"], info.Box.Z[:]},
	} {
		if len(f.from) != len(f.to) {
			return nil, fmt.Errorf("point_info: %s has %d numbers, expected %d", f.name, len(f.from), len(f.to))
		}
		copy(f.to, f.from)
	}
	return info, nil
}

// layoutMean and layoutStd standardise the nine numbers, as TransNASBench's code does.
var (
	layoutMean = [9]float64{-1.64378987e-02, 7.03680296e-02, -2.72496318, 1.56155458, -2.83141191e-04, -1.57136446, 4.81219593, 3.69077521, 2.61998101}
	layoutStd  = [9]float64{0.73644884, 0.53726124, 1.45194796, 0.19338562, 0.01549811, 0.42258508, 2.80763433, 1.92678054, 0.89655357}
)

// RoomLayout is the target of room_layout: the centre of the room's box in the camera's frame, the camera's Euler
// angles and the box's sides, standardised. The room is first turned by a multiple of 90° about the vertical, so that
// the camera looks within 45° of the first axis.
func (p *PointInfo) RoomLayout() ([]float64, error) {
	camera := EulerMatrix(p.Rotation)
	at := p.Location
	// The benchmark's boxes have x and y the other way round from its cameras.
	camera[0], camera[1] = camera[1], [3]float64{-camera[0][0], -camera[0][1], -camera[0][2]}
	at[0], at[1] = at[1], -at[0]
	ranges := [3][2]float64{p.Box.X, {-p.Box.Y[1], -p.Box.Y[0]}, p.Box.Z}

	// Turn by k·90°: the x axis, turned so, as the camera sees it, is to be nearest to its line of sight, −z.
	best, turn := math.Inf(-1), [3][3]float64{}
	for k := range 4 {
		c, s := [4]float64{1, 0, -1, 0}[k], [4]float64{0, 1, 0, -1}[k]
		if sight := -(camera[0][2]*c + camera[1][2]*s); sight > best {
			best, turn = sight, [3][3]float64{{c, s, 0}, {-s, c, 0}, {0, 0, 1}}
		}
	}
	camera = multiply(turn, camera)
	at = apply(turn, at)
	lo := apply(turn, [3]float64{ranges[0][0], ranges[1][0], ranges[2][0]})
	hi := apply(turn, [3]float64{ranges[0][1], ranges[1][1], ranges[2][1]})
	var centre, sides [3]float64
	for i := range 3 {
		centre[i] = (lo[i]+hi[i])/2 - at[i]
		sides[i] = math.Abs(hi[i] - lo[i])
	}
	angles := matrixEuler(camera)
	out := make([]float64, 0, 9)
	for i := range 3 {
		out = append(out, camera[0][i]*centre[0]+camera[1][i]*centre[1]+camera[2][i]*centre[2]) // the inverse rotation
	}
	out = append(append(out, angles[:]...), sides[:]...)
	for i := range out {
		out[i] = (out[i] - layoutMean[i]) / layoutStd[i]
		if math.IsNaN(out[i]) || math.IsInf(out[i], 0) {
			return nil, errors.New("the layout is no finite number: camera and box make none")
		}
	}
	return out, nil
}

// EulerMatrix is the rotation by Euler angles about the fixed axes x, then y, then z.
func EulerMatrix(a [3]float64) [3][3]float64 {
	sx, cx := math.Sincos(a[0])
	sy, cy := math.Sincos(a[1])
	sz, cz := math.Sincos(a[2])
	return [3][3]float64{
		{cz * cy, cz*sy*sx - sz*cx, cz*sy*cx + sz*sx},
		{sz * cy, sz*sy*sx + cz*cx, sz*sy*cx - cz*sx},
		{-sy, cy * sx, cy * cx},
	}
}

// matrixEuler is its inverse.
func matrixEuler(m [3][3]float64) [3]float64 {
	cy := math.Hypot(m[0][0], m[1][0])
	if cy < 4*0x1p-52 {
		return [3]float64{math.Atan2(-m[1][2], m[1][1]), math.Atan2(-m[2][0], cy), 0}
	}
	return [3]float64{math.Atan2(m[2][1], m[2][2]), math.Atan2(-m[2][0], cy), math.Atan2(m[1][0], m[0][0])}
}

func multiply(a, b [3][3]float64) (m [3][3]float64) {
	for i := range 3 {
		for j := range 3 {
			m[i][j] = a[i][0]*b[0][j] + a[i][1]*b[1][j] + a[i][2]*b[2][j]
		}
	}
	return m
}

func apply(m [3][3]float64, v [3]float64) (w [3]float64) {
	for i := range 3 {
		w[i] = m[i][0]*v[0] + m[i][1]*v[1] + m[i][2]*v[2]
	}
	return w
}
