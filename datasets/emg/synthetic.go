package emg

import (
	"fmt"
	"math"

	"github.com/zcnas/zcnas/datasets/stream"
)

// Synthetic makes windows that look like those of NinaPro DB5 to a network: same shape, units, filter and 18
// classes. It is a model, not measured: a forearm with 12 muscles at fixed angles and depths under two rings
// of eight electrodes; each movement contracts its own muscles; a contracting muscle emits noise with the
// spectrum of surface EMG, which every electrode picks up according to its distance. Ten subjects differ in
// gains, in how the bracelets sit and in how strongly they move; repetitions differ in strength and timing.
//
// A window is a function of (seed, split, number) alone, so that nothing is stored.
type Synthetic struct {
	seed    uint64
	filter  Filter
	muscles [muscles]struct{ angle, depth, place float64 } // place along the arm: 0 at the first ring, 1 at the second
	effort  [Classes][muscles]float64                      // contraction of each muscle in each movement
}

const (
	muscles  = 12
	subjects = 10
	warmUp   = 32 // instants for the noise filter to forget its start
)

// NewSynthetic draws the muscles and movements. Errors: an unknown filter.
func NewSynthetic(seed uint64, filter Filter) (*Synthetic, error) {
	if filter != Channels && filter != Time {
		return nil, prepare(nil, filter)
	}
	g := &Synthetic{seed: seed, filter: filter}
	s := stream.New("synthetic-emg/model", seed)
	for i := range g.muscles {
		g.muscles[i].angle = 2 * math.Pi * (float64(i) + 0.6*(s.Uniform()-0.5)) / muscles
		g.muscles[i].depth = 0.3 + 0.7*s.Uniform()
		g.muscles[i].place = s.Uniform()
	}
	for c := 1; c < Classes; c++ {
		// Neighbouring movements of the exercise share muscles, as flexions of neighbouring fingers do.
		for m := range muscles {
			g.effort[c][m] = 0.08 * s.Uniform()
		}
		main := s.Label(muscles)
		g.effort[c][main] += 0.6 + 0.4*s.Uniform()
		for range 3 {
			g.effort[c][s.Label(muscles)] += 0.15 + 0.45*s.Uniform()
		}
	}
	for m := range muscles {
		g.effort[0][m] = 0.04 // tone at rest
	}
	return g, nil
}

// Window writes window i of a split to dst, [52, 16], rectified and filtered, and returns its class: one in
// three is rest, the movements are equally frequent. "train" holds repetitions 1, 3, 4 and 6 of each
// movement, "valid" the second and "test" the fifth.
func (g *Synthetic) Window(split string, i int, dst []float64) (label int) {
	s := stream.New(fmt.Sprintf("synthetic-emg/%s/%d", split, i), g.seed)
	if s.Label(3) > 0 {
		label = 1 + s.Label(Classes-1)
	}
	subject := s.Label(subjects)
	repetition := []int{1, 3, 4, 6}[s.Label(4)]
	switch split {
	case "valid":
		repetition = 2
	case "test":
		repetition = 5
	}
	g.signal(dst, label, subject, repetition, s)
	if err := prepare(dst, g.filter); err != nil {
		panic(err) // NewSynthetic has checked the filter
	}
	return label
}

// signal writes what the sensor would record.
func (g *Synthetic) signal(dst []float64, label, subject, repetition int, s *stream.Stream) {
	person := stream.New(fmt.Sprintf("synthetic-emg/subject/%d", subject), g.seed)
	turn := 0.9 * (person.Uniform() - 0.5) // how the bracelets sit, radians
	slip := 0.3 * (person.Uniform() - 0.5) // along the arm
	strength := 0.7 + 0.6*person.Uniform()
	var gains [Electrodes]float64
	for c := range gains {
		gains[c] = math.Exp(0.4 * person.Norm())
	}
	take := stream.New(fmt.Sprintf("synthetic-emg/subject/%d/movement/%d/%d", subject, label, repetition), g.seed)
	strength *= 0.5 + take.Uniform()
	habit := stream.New(fmt.Sprintf("synthetic-emg/subject/%d/movement/%d", subject, label), g.seed)
	var effort [muscles]float64
	for m := range effort {
		effort[m] = strength * g.effort[label][m] * math.Exp(0.3*habit.Norm()+0.3*take.Norm())
	}
	// Where in the movement the window lies: effort rises within a second, tires slowly and trembles.
	start := 4 * s.Uniform()
	tremble, phase := 4+3*s.Uniform(), 2*math.Pi*s.Uniform()

	// pickup is what an electrode receives from a muscle.
	var pickup [Electrodes][muscles]float64
	for c := range Electrodes {
		ring := float64(c / 8)
		angle := 2*math.Pi*float64(c%8)/8 + turn + ring*math.Pi/8 // the second bracelet is turned by half an electrode
		for m := range muscles {
			u := g.muscles[m]
			along := (ring - u.place - slip) / 0.8
			across := 2 * math.Sin((angle-u.angle)/2) / (0.35 + 0.5*u.depth)
			pickup[c][m] = gains[c] * (1.4 - u.depth) * math.Exp(-along*along-across*across)
		}
	}
	// The noise of each muscle: white noise through a resonance near 60 Hz, without slow parts.
	var state [muscles][2]float64
	var last [muscles]float64
	const radius, peak = 0.6, 60.0
	var (
		a1 = 2 * radius * math.Cos(2*math.Pi*peak/Rate)
		a2 = -radius * radius
	)
	for t := -warmUp; t < Length; t++ {
		at := start + float64(t)/Rate
		level := (1 - math.Exp(-max(0, at+0.1)/0.3)) * (1 - 0.04*at) * (1 + 0.15*math.Sin(2*math.Pi*tremble*at+phase))
		var source [muscles]float64
		for m := range muscles {
			white := s.Norm()
			y := white - last[m] + a1*state[m][0] + a2*state[m][1]
			last[m] = white
			state[m] = [2]float64{y, state[m][0]}
			source[m] = y * effort[m]
		}
		if t < 0 {
			continue
		}
		for c := range Electrodes {
			v := 0.0
			for m := range muscles {
				v += pickup[c][m] * source[m]
			}
			if label != 0 {
				v *= level
			}
			// The sensor gives signed bytes, and has noise of its own.
			dst[t*Electrodes+c] = max(-128, min(127, math.Round(28*v+0.8*s.Norm())))
		}
	}
}
