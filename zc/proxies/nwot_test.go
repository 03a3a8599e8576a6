package proxies

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/zc/engine"
)

// codeKernel is the kernel of random ReLU codes of n samples; sample n-1 has the codes of sample `like`.
func codeKernel(n, bits, like int, seed uint64) *Session {
	r := rand.New(rand.NewPCG(seed, 0))
	codes := make([][]bool, n)
	for i := range codes {
		codes[i] = make([]bool, bits)
		for b := range codes[i] {
			codes[i][b] = r.IntN(2) == 0
		}
	}
	codes[n-1] = codes[like]
	k := make([]float64, n*n)
	for i := range codes {
		for j := range codes {
			for b := range bits {
				if codes[i][b] == codes[j][b] {
					k[i*n+j]++
				}
			}
		}
	}
	return &Session{Batch: n, Signals: engine.Signals{Codes: k}}
}

// Equal codes are told whatever noise elimination leaves of the determinant.
func TestNWOTSingular(t *testing.T) {
	for seed := range uint64(200) {
		n := 2 + int(seed%20)
		v, err := nwot(codeKernel(n, 300, int(seed)%(n-1), seed))
		var why Undefined
		if !errors.As(err, &why) || !strings.Contains(string(why), "same ReLU codes") {
			t.Fatalf("%d samples, two with the same codes: %v, %v", n, v, err)
		}
		if v, err = nwot(codeKernel(n, 300, n-1, seed)); err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("%d samples with codes of their own: %v, %v", n, v, err)
		}
	}
	if _, err := nwot(&Session{Batch: 1, Signals: engine.Signals{Codes: []float64{0}}}); err == nil {
		t.Error("one sample and no ReLU: the logarithm of 0 is defined")
	}
}
