package kernels

// PeakFMA runs n rounds of float32 multiply-adds that wait for nothing but the
// arithmetic units, with the instructions of the set that [For] returns, and
// says how many floating-point operations that was. Timed, it is the ceiling
// for every other kernel on one thread.
func PeakFMA(n int) (flops int) {
	if n <= 0 {
		return 0
	}
	current.peak(n)
	return n * current.roundFlops
}

// peakSink keeps portablePeak from being compiled away.
var peakSink float32

func portablePeak(n int) {
	x, y := 1+peakSink, peakSink
	var a, b, c, d, e, f, g, h, i, j, k, l float32
	for range n {
		a = a*x + y
		b = b*x + y
		c = c*x + y
		d = d*x + y
		e = e*x + y
		f = f*x + y
		g = g*x + y
		h = h*x + y
		i = i*x + y
		j = j*x + y
		k = k*x + y
		l = l*x + y
	}
	if s := a + b + c + d + e + f + g + h + i + j + k + l; s != 0 {
		peakSink = s
	}
}
