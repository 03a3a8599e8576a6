// Package emg prepares surface electromyograms of hand movements, as the data set NinaPro DB5 of
// NAS-Bench-360 (Tu et al. 2022) was made: windows of 52 instants of 16 electrodes, rectified and filtered
// (semg_repro, shipped with NAS-Bench-360; recordings: Pizzolato et al. 2017). [Synthetic] makes signals of
// the same shape where there are no recordings.
//
// [Recording.Windows] is the call to start with.
package emg

import (
	"fmt"

	"github.com/zcnas/zcnas/datasets/formats"
)

const (
	Electrodes = 16
	Length     = 52  // instants of a window
	Step       = 5   // instants from one window to the next
	Classes    = 18  // rest and the 17 movements of exercise B
	Rate       = 200 // instants per second
)

// Filter says along what the high-pass filter runs.
type Filter string

const (
	// Channels runs the filter across the 16 electrodes of one instant: a slip of the original code
	// (a filter without axis takes the last one) that its files keep. Electrode 0 is then 0.939 times a
	// whole number.
	Channels Filter = "channels"

	// Time runs the filter along time, as a high-pass filter is meant to.
	Time Filter = "time"
)

// The high-pass filter: Butterworth of order 3, 2 Hz at 200 Hz, direct form.
var (
	filterB = [4]float64{0.9390916523119581, -3 * 0.9390916523119581, 3 * 0.9390916523119581, -0.9390916523119581}
	filterA = [4]float64{1, -2.874356892677484, 2.7564831952256954, -0.8818931305924855}
)

// highPass filters n values of x, stride apart, in place, from a state of zero.
func highPass(x []float64, n, stride int) {
	var in, out [3]float64 // the last three, latest first
	for i := range n {
		v := x[i*stride]
		y := filterB[0] * v
		for k := range 3 {
			y += filterB[k+1]*in[k] - filterA[k+1]*out[k]
		}
		in = [3]float64{v, in[0], in[1]}
		out = [3]float64{y, out[0], out[1]}
		x[i*stride] = y
	}
}

// prepare rectifies and filters a signal [n, 16] in place.
func prepare(signal []float64, filter Filter) error {
	for i, v := range signal {
		signal[i] = max(v, -v)
	}
	n := len(signal) / Electrodes
	switch filter {
	case Channels:
		for i := range n {
			highPass(signal[i*Electrodes:], Electrodes, 1)
		}
	case Time:
		for c := range min(Electrodes, len(signal)) { // a recording may be empty
			highPass(signal[c:], n, Electrodes)
		}
	default:
		return fmt.Errorf("emg: unknown filter %q; known: %s, %s", filter, Channels, Time)
	}
	return nil
}

// Recording is one exercise of one subject, as recorded at 200 Hz.
type Recording struct {
	Signal      []float64 // [instants, 16], signed bytes of the sensor
	Movements   []int     // per instant (restimulus): 0 is rest
	Repetitions []int     // per instant (rerepetition)
}

// Windows are pieces of recordings.
type Windows struct {
	Values      []float64 // [n, 52, 16], rectified and filtered
	Labels      []int     // the smallest movement within the window: rest wins over any
	Repetitions []int     // a window lies within one repetition
}

// Windows cuts the prepared recording at 0, 5, 10, … instants and leaves out what spans two repetitions.
// Errors: lengths that do not fit, an unknown filter.
func (r Recording) Windows(filter Filter) (Windows, error) {
	var w Windows
	if err := r.check(); err != nil {
		return w, err
	}
	signal := append([]float64(nil), r.Signal...)
	if err := prepare(signal, filter); err != nil {
		return w, err
	}
	for _, s := range r.spans() {
		w.Values = append(w.Values, signal[s.start*Electrodes:(s.start+Length)*Electrodes]...)
		w.Labels = append(w.Labels, s.label)
		w.Repetitions = append(w.Repetitions, s.repetition)
	}
	return w, nil
}

func (r Recording) check() error {
	if n := len(r.Movements); len(r.Signal) != n*Electrodes || len(r.Repetitions) != n {
		return fmt.Errorf("emg: %d values of %d electrodes, %d movements and %d repetitions: a recording has one of each per instant",
			len(r.Signal), Electrodes, n, len(r.Repetitions))
	}
	return nil
}

// span is where a window lies and what it shows.
type span struct{ start, label, repetition int }

func (r Recording) spans() []span {
	var list []span
	for at := 0; at+Length <= len(r.Movements); at += Step {
		label, repetition := r.Movements[at], r.Repetitions[at]
		whole := true
		for i := at; i < at+Length; i++ {
			label = min(label, r.Movements[i])
			whole = whole && r.Repetitions[i] == repetition
		}
		if whole {
			list = append(list, span{at, label, repetition})
		}
	}
	return list
}

// ReadRecording reads a recording of NinaPro DB5 as published, "S1_E2_A1.mat": variables emg [T, 16],
// restimulus and rerepetition [T, 1]. Errors name the file and the variable.
func ReadRecording(path string) (Recording, error) {
	var r Recording
	m, err := formats.OpenMat(path)
	if err != nil {
		return r, err
	}
	defer m.Close()
	columns, shape, err := formats.ReadMat[float64](m, "emg")
	if err != nil {
		return r, err
	}
	if len(shape) != 2 || shape[1] != Electrodes {
		return r, fmt.Errorf("%s: emg of shape %v, expected one row of %d electrodes per instant", path, shape, Electrodes)
	}
	n := shape[0]
	r.Signal = make([]float64, n*Electrodes)
	for c := range Electrodes {
		for i := range n {
			r.Signal[i*Electrodes+c] = columns[c*n+i]
		}
	}
	for _, v := range []struct {
		name string
		to   *[]int
	}{{"restimulus", &r.Movements}, {"rerepetition", &r.Repetitions}} {
		values, _, err := formats.ReadMat[int32](m, v.name)
		if err != nil {
			return r, err
		}
		if len(values) != n {
			return r, fmt.Errorf("%s: %s of %d instants, and emg has %d", path, v.name, len(values), n)
		}
		*v.to = make([]int, n)
		for i, x := range values {
			(*v.to)[i] = int(x)
		}
	}
	return r, nil
}
