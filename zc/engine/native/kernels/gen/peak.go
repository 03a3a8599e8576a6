package main

// peak runs n rounds of independent fused multiply-adds on registers: what the
// CPU can do at most.
func (t target) peak() *function {
	f := t.function("Peak", "runs n rounds of independent multiply-adds.", ints("n")...)
	accs := t.peakAccs()
	for i := range accs + 2 {
		f.zero(f.v(i))
	}
	f.load("n", "CX")
	loop := f.newLabel("round")
	f.mark(loop)
	for i := range accs {
		f.ps("VFMADD231", f.v(accs), f.v(accs+1), f.v(i))
	}
	f.op("DECQ", "CX")
	f.op("JNE", loop)
	f.ret()
	return f
}

// peakAccs is the number of multiply-adds in a round.
func (t target) peakAccs() int { return 12 }
