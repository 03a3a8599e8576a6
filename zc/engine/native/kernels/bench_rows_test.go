package kernels

import "testing"

// BenchmarkRows runs each row kernel on a 32×32 map (64 KiB per argument).
func BenchmarkRows(b *testing.B) {
	eachSet(b, func(b *testing.B) {
		s := For[float32]()
		type buffers struct {
			p    [5][]float32
			c    [5][]float32
			s1   []float64
			s2   []float64
			bits []uint16
		}
		var bufs [2]buffers
		for i := range bufs {
			for j := range bufs[i].p {
				bufs[i].p[j], bufs[i].c[j] = make([]float32, mapLen), make([]float32, Lanes)
			}
			bufs[i].s1, bufs[i].s2, bufs[i].bits = make([]float64, Lanes), make([]float64, Lanes), make([]uint16, mapLen/Lanes)
		}
		for _, k := range []struct {
			name string
			maps float64 // read, written and fetched to be written
			op   func(u *buffers)
		}{
			{"Affine", 3, func(u *buffers) { s.Affine(u.p[0], u.p[1], u.c[0], u.c[1]) }},
			{"AffineReLU", 3, func(u *buffers) { s.AffineReLU(u.p[0], u.p[1], u.c[0], u.c[1], 0) }},
			{"AffineAcc", 3, func(u *buffers) { s.AffineAcc(u.p[0], u.p[1], u.c[0], u.c[1]) }},
			{"Lin2", 4, func(u *buffers) { s.Lin2(u.p[0], u.p[1], u.p[2], u.c[0], u.c[1], u.c[2]) }},
			{"Lin2Acc", 4, func(u *buffers) { s.Lin2Acc(u.p[0], u.p[1], u.p[2], u.c[0], u.c[1], u.c[2]) }},
			{"Lin2Mask", 4, func(u *buffers) {
				s.Lin2Mask(u.p[0], u.p[1], u.p[2], u.c[0], u.c[1], u.c[2], u.c[3], u.c[4], 0)
			}},
			{"Lin4", 6, func(u *buffers) {
				s.Lin4(u.p[0], u.p[1], u.p[2], u.p[3], u.p[4], u.c[0], u.c[1], u.c[2], u.c[3], u.c[4])
			}},
			{"Mask", 4, func(u *buffers) { s.Mask(u.p[0], u.p[1], u.p[2], u.c[0], u.c[1], 0) }},
			{"MaskAcc", 4, func(u *buffers) { s.MaskAcc(u.p[0], u.p[1], u.p[2], u.c[0], u.c[1], 0) }},
			{"Add", 3, func(u *buffers) { s.Add(u.p[0], u.p[1]) }},
			{"Mul", 3, func(u *buffers) { s.Mul(u.p[0], u.p[1]) }},
			{"MaxArg", 5, func(u *buffers) { s.MaxArg(u.p[0], u.p[1], u.p[2], 1) }},
			{"SelectAcc", 4, func(u *buffers) { s.SelectAcc(u.p[0], u.p[1], u.p[2], 0) }},
			{"AddScaled", 3, func(u *buffers) { s.AddScaled(u.p[0], u.p[1], 0.5) }},
			{"Moments", 1, func(u *buffers) { s.Moments(u.p[0], u.s1, u.s2) }},
			{"Cross", 2, func(u *buffers) { s.Cross(u.p[0], u.p[1], u.s1, u.s2) }},
			{"Codes", 1, func(u *buffers) { s.Codes(u.bits, u.p[0], u.c[0], u.c[1]) }},
			{"BoxRow", 3, func(u *buffers) {
				const row = 32 * Lanes
				for r := range 32 {
					var up, down []float32
					if r > 0 {
						up = u.p[1][(r-1)*row:]
					}
					if r < 31 {
						down = u.p[1][(r+1)*row:]
					}
					s.BoxRow(u.p[0][r*row:(r+1)*row], up, u.p[1][r*row:], down, 1, 1, 1, 1, 1, 1, 1, false)
				}
			}},
		} {
			b.Run(k.name, func(b *testing.B) {
				measure(b, traffic(k.maps, func(th int) { k.op(&bufs[th]) }), copying(mapLen*4))
			})
		}
	})
}
