package kernels

// active is the value and the activity of a rectified unit before its slope:
// every kernel of the portable set that asks goes through here.
func active[T Float](a, y, b T) (v T, on bool) {
	v = T(a*y) + b
	return v, v > 0
}

func affine[T Float](dst, y, a, b []T) {
	if !checkRow("Affine", len(dst), len(y), min(len(a), len(b))) {
		return
	}
	av, bv := pixel(a, 0), pixel(b, 0)
	for k := 0; k < len(dst); k += Lanes {
		out, in := pixel(dst, k), pixel(y, k)
		for l := range out {
			out[l] = T(av[l]*in[l]) + bv[l]
		}
	}
}

func affineReLU[T Float](dst, y, a, b []T, slope T) {
	if !checkRow("AffineReLU", len(dst), len(y), min(len(a), len(b))) {
		return
	}
	av, bv := pixel(a, 0), pixel(b, 0)
	for k := 0; k < len(dst); k += Lanes {
		out, in := pixel(dst, k), pixel(y, k)
		for l := range out {
			v, on := active(av[l], in[l], bv[l])
			if !on {
				v *= slope
			}
			out[l] = v
		}
	}
}

func affineAcc[T Float](dst, y, a, b []T) {
	if !checkRow("AffineAcc", len(dst), len(y), min(len(a), len(b))) {
		return
	}
	av, bv := pixel(a, 0), pixel(b, 0)
	for k := 0; k < len(dst); k += Lanes {
		out, in := pixel(dst, k), pixel(y, k)
		for l := range out {
			out[l] += T(av[l]*in[l]) + bv[l]
		}
	}
}

func lin2[T Float](dst, d, y, a, b, c []T) {
	if !checkRow("Lin2", len(dst), min(len(d), len(y)), min(len(a), len(b), len(c))) {
		return
	}
	av, bv, cv := pixel(a, 0), pixel(b, 0), pixel(c, 0)
	for k := 0; k < len(dst); k += Lanes {
		out, dv, yv := pixel(dst, k), pixel(d, k), pixel(y, k)
		for l := range out {
			out[l] = T(av[l]*dv[l]) + (T(bv[l]*yv[l]) + cv[l])
		}
	}
}

func lin2Acc[T Float](dst, d, y, a, b, c []T) {
	if !checkRow("Lin2Acc", len(dst), min(len(d), len(y)), min(len(a), len(b), len(c))) {
		return
	}
	av, bv, cv := pixel(a, 0), pixel(b, 0), pixel(c, 0)
	for k := 0; k < len(dst); k += Lanes {
		out, dv, yv := pixel(dst, k), pixel(d, k), pixel(y, k)
		for l := range out {
			out[l] += T(av[l]*dv[l]) + (T(bv[l]*yv[l]) + cv[l])
		}
	}
}

func lin2Mask[T Float](dst, d, y, p, q, r, a, b []T, slope T) {
	if !checkRow("Lin2Mask", len(dst), min(len(d), len(y)), min(len(p), len(q), len(r), len(a), len(b))) {
		return
	}
	pv, qv, rv, av, bv := pixel(p, 0), pixel(q, 0), pixel(r, 0), pixel(a, 0), pixel(b, 0)
	for k := 0; k < len(dst); k += Lanes {
		out, dv, yv := pixel(dst, k), pixel(d, k), pixel(y, k)
		for l := range out {
			v := T(pv[l]*dv[l]) + (T(qv[l]*yv[l]) + rv[l])
			if _, on := active(av[l], yv[l], bv[l]); !on {
				v *= slope
			}
			out[l] = v
		}
	}
}

func lin4[T Float](dst, d, e, y, g, a, b, c, f, h []T) {
	if !checkRow("Lin4", len(dst), min(len(d), len(e), len(y), len(g)), min(len(a), len(b), len(c), len(f), len(h))) {
		return
	}
	av, bv, cv, fv, hv := pixel(a, 0), pixel(b, 0), pixel(c, 0), pixel(f, 0), pixel(h, 0)
	for k := 0; k < len(dst); k += Lanes {
		out, dv, ev, yv, gv := pixel(dst, k), pixel(d, k), pixel(e, k), pixel(y, k), pixel(g, k)
		for l := range out {
			out[l] = T(av[l]*dv[l]) + (T(bv[l]*ev[l]) + (T(cv[l]*yv[l]) + (T(fv[l]*gv[l]) + hv[l])))
		}
	}
}

func mask[T Float](dst, g, y, a, b []T, slope T) {
	if !checkRow("Mask", len(dst), min(len(g), len(y)), min(len(a), len(b))) {
		return
	}
	av, bv := pixel(a, 0), pixel(b, 0)
	for k := 0; k < len(dst); k += Lanes {
		out, gv, yv := pixel(dst, k), pixel(g, k), pixel(y, k)
		for l := range out {
			v := gv[l]
			if _, on := active(av[l], yv[l], bv[l]); !on {
				v *= slope
			}
			out[l] = v
		}
	}
}

func maskAcc[T Float](dst, g, y, a, b []T, slope T) {
	if !checkRow("MaskAcc", len(dst), min(len(g), len(y)), min(len(a), len(b))) {
		return
	}
	av, bv := pixel(a, 0), pixel(b, 0)
	for k := 0; k < len(dst); k += Lanes {
		out, gv, yv := pixel(dst, k), pixel(g, k), pixel(y, k)
		for l := range out {
			v := gv[l]
			if _, on := active(av[l], yv[l], bv[l]); !on {
				v = T(v * slope)
			}
			out[l] += v
		}
	}
}

func add[T Float](dst, x []T) {
	if !checkRow("Add", len(dst), len(x), Lanes) {
		return
	}
	for k := 0; k < len(dst); k += Lanes {
		out, in := pixel(dst, k), pixel(x, k)
		for l := range out {
			out[l] += in[l]
		}
	}
}

func addScaled[T Float](dst, x []T, s T) {
	if !checkRow("AddScaled", len(dst), len(x), Lanes) {
		return
	}
	for k := 0; k < len(dst); k += Lanes {
		out, in := pixel(dst, k), pixel(x, k)
		for l := range out {
			out[l] += T(s * in[l])
		}
	}
}

func mul[T Float](dst, x []T) {
	if !checkRow("Mul", len(dst), len(x), Lanes) {
		return
	}
	for k, v := range x[:len(dst)] {
		dst[k] *= v
	}
}

func maxArg[T Float](dst, arg, x []T, tap T) {
	if !checkRow("MaxArg", len(dst), min(len(arg), len(x)), Lanes) {
		return
	}
	for k, v := range x[:len(dst)] {
		if v > dst[k] {
			dst[k], arg[k] = v, tap
		}
	}
}

func selectAcc[T Float](dst, x, arg []T, tap T) {
	if !checkRow("SelectAcc", len(dst), min(len(x), len(arg)), Lanes) {
		return
	}
	for k, v := range arg[:len(dst)] {
		if v == tap {
			dst[k] += x[k]
		}
	}
}

// sumPixels is how many pixels Moments and Cross add in the precision of T.
const sumPixels = 64

func moments[T Float](y []T, sum, sumSq []float64) {
	if !checkRow("Moments", len(y), len(y), min(len(sum), len(sumSq))) {
		return
	}
	s1, s2 := pixel(sum, 0), pixel(sumSq, 0)
	for k := 0; k < len(y); k += sumPixels * Lanes {
		var t1, t2 vec[T]
		for j := k; j < min(k+sumPixels*Lanes, len(y)); j += Lanes {
			v := pixel(y, j)
			for l := range v {
				t1[l] += v[l]
				t2[l] += v[l] * v[l]
			}
		}
		for l := range t1 {
			s1[l] += float64(t1[l])
			s2[l] += float64(t2[l])
		}
	}
}

func cross[T Float](d, y []T, sum, dot []float64) {
	if !checkRow("Cross", len(d), len(y), min(len(sum), len(dot))) {
		return
	}
	s1, s2 := pixel(sum, 0), pixel(dot, 0)
	for k := 0; k < len(d); k += sumPixels * Lanes {
		var t1, t2 vec[T]
		for j := k; j < min(k+sumPixels*Lanes, len(d)); j += Lanes {
			u, v := pixel(d, j), pixel(y, j)
			for l := range v {
				t1[l] += u[l]
				t2[l] += u[l] * v[l]
			}
		}
		for l := range t1 {
			s1[l] += float64(t1[l])
			s2[l] += float64(t2[l])
		}
	}
}

func codes[T Float](bits []uint16, y, a, b []T) {
	if !checkCodes(bits, y, a, b) {
		return
	}
	av, bv := pixel(a, 0), pixel(b, 0)
	for p := range bits {
		v := pixel(y, p*Lanes)
		var w uint16
		for l := range v {
			if _, on := active(av[l], v[l], bv[l]); on {
				w |= 1 << l
			}
		}
		bits[p] = w
	}
}

func boxRow[T Float](dst, r0, r1, r2 []T, s0, s1, s2, preMid, preEdge, postMid, postEdge T, acc bool) {
	if !checkBoxRow(dst, r0, r1, r2) {
		return
	}
	width := len(dst) / Lanes
	column := func(q int) (u vec[T]) {
		if q >= width {
			return u
		}
		add := func(r []T, s T) {
			if r == nil {
				return
			}
			in := pixel(r, q*Lanes)
			for l := range u {
				u[l] += s * in[l]
			}
		}
		add(r0, s0)
		add(r1, s1)
		add(r2, s2)
		pre := preMid
		if q == 0 || q == width-1 {
			pre = preEdge
		}
		for l := range u {
			u[l] *= pre
		}
		return u
	}
	var left vec[T]
	mid := column(0)
	for p := range width {
		right := column(p + 1)
		post := postMid
		if p == 0 || p == width-1 {
			post = postEdge
		}
		out := pixel(dst, p*Lanes)
		for l := range out {
			v := T(post * (left[l] + mid[l] + right[l]))
			if acc {
				v += out[l]
			}
			out[l] = v
		}
		left, mid = mid, right
	}
}
