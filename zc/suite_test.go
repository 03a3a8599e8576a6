package zc_test

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/datasets/truth"
	"github.com/zcnas/zcnas/internal/outside"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/stats"
)

// Scores on real CIFAR-10 rank architectures as the published scores of NAS-Bench-Suite-Zero do, and as well, by
// the accuracies of the trained networks, as those do. PyTorch computed them from other weights and another
// minibatch, so the bounds leave room for what a draw of these changes: over seeds 0 to 19 of ours, on these 29
// architectures and batches of 16, the least agreement and the largest difference of ρ with the accuracy were
//
//	fisher 0.942, 0.069   grad_norm 0.958, 0.061   snip 0.960, 0.047   grasp 0.412, 0.279
//	jacob_cov 0.790, 0.158   log_synflow 0.998, 0.003   nwot 0.963, 0.097
//
// which the bounds leave a little room beside. params and the suite's flops are counts and must be equal.
func TestSuiteZero(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	records, err := truth.OpenSuiteZero(outside.File(t, "data/nas-bench-suite-zero/zc_nasbench201.json"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := datasets.Get("cifar10", datasets.WithDir(filepath.Dir(outside.File(t, "data/cifar-10-batches-bin"))), datasets.WithOffline())
	if err != nil {
		t.Fatal(err)
	}
	// published name, least agreement, and largest difference of the correlations with the accuracy, by our name
	proxies := map[string]struct {
		name        string
		least, most float64
	}{
		"fisher": {"fisher", 0.9, 0.08}, "grad_norm": {"grad_norm", 0.9, 0.07}, "snip": {"snip", 0.9, 0.05}, "grasp": {"grasp", 0.4, 0.3},
		"jacob_cov": {"jacov", 0.75, 0.2}, "log_synflow": {"synflow", 0.95, 0.01}, "nwot": {"nwot", 0.95, 0.1},
		"naslib_flops": {"flops", 1, 0}, "params": {"params", 1, 0},
	}
	space := spaces.TSS()
	var archs []spaces.Arch
	var accuracies []float64
	published := map[string]map[string]float64{}
	for i, key := range records.Archs("cifar10") {
		if i%25 != 0 {
			continue
		}
		arch, err := space.Parse(key)
		if err != nil {
			t.Fatal(err)
		}
		accuracy, ok := records.Accuracy("cifar10", key)
		if !ok {
			t.Fatalf("%s has no accuracy", key)
		}
		archs, accuracies = append(archs, arch), append(accuracies, accuracy)
		for name, p := range proxies {
			if published[name] == nil {
				published[name] = map[string]float64{}
			}
			if v, ok := records.Score("cifar10", key, p.name); ok {
				published[name][string(arch)] = v
			}
		}
	}
	var names []string
	for name := range proxies {
		names = append(names, name)
	}
	table, err := zc.Score(context.Background(), space, archs, zc.WithProxies(names...), zc.WithData(data), zc.WithBatch(16))
	if err != nil {
		t.Fatal(err)
	}
	spearman := func(x, y []float64) stats.Correlation {
		t.Helper()
		c, err := stats.Spearman(x, y)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for name, p := range proxies {
		ours, theirs := table.Column(name), make([]float64, len(archs))
		for i, a := range archs {
			theirs[i] = published[name][string(a)]
		}
		c := spearman(ours, theirs)
		if c.N < len(archs)-2 || c.Rho < p.least-1e-12 {
			t.Errorf("%s agrees with the published scores to %.3f on %d architectures, want %v", name, c.Rho, c.N, p.least)
		}
		our, their := spearman(ours, accuracies), spearman(theirs, accuracies)
		if d := math.Abs(our.Rho - their.Rho); !(d <= p.most+1e-12) {
			t.Errorf("%s has ρ = %.3f with the accuracy, the published scores %.3f: want them within %v", name, our.Rho, their.Rho, p.most)
		}
		t.Logf("%-12s %.3f (%d), with the accuracy %.3f and %.3f", name, c.Rho, c.N, our.Rho, their.Rho)
	}
}
