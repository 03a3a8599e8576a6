package zc_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
)

// Scores on real CIFAR-10 rank architectures as the published scores of NAS-Bench-Suite-Zero do, which PyTorch
// computed from other weights and another minibatch. The bounds leave room for that: between two seeds of ours
// the proxies agree about as well.
func TestSuiteZero(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	shared := filepath.Join("..", "..", "shared", "data")
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("the data are not at hand: %v", err)
	}
	truth, err := datasets.OpenSuiteZero(filepath.Join(shared, "nas-bench-suite-zero", "zc_nasbench201.json"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := datasets.Get("cifar10", datasets.WithDir(shared), datasets.WithOffline())
	if err != nil {
		t.Fatal(err)
	}
	// published name and least agreement, by our name
	proxies := map[string]struct {
		name  string
		least float64
	}{
		"fisher": {"fisher", 0.9}, "grad_norm": {"grad_norm", 0.9}, "snip": {"snip", 0.9}, "jacob_cov": {"jacov", 0.75},
		"log_synflow": {"synflow", 0.95}, "nwot": {"nwot", 0.95}, "naslib_flops": {"flops", 1}, "params": {"params", 1},
	}
	space := spaces.TSS()
	var archs []spaces.Arch
	published := map[string]map[string]float64{}
	for i, key := range truth.Archs("cifar10") {
		if i%25 != 0 {
			continue
		}
		arch, err := space.Parse(key)
		if err != nil {
			t.Fatal(err)
		}
		archs = append(archs, arch)
		for name, p := range proxies {
			if published[name] == nil {
				published[name] = map[string]float64{}
			}
			if v, ok := truth.Score("cifar10", key, p.name); ok {
				published[name][string(arch)] = v
			}
		}
	}
	var names []string
	for name := range proxies {
		names = append(names, name)
	}
	table, err := zc.Score(context.Background(), space, archs, zc.WithProxies(names...), zc.WithData(data), zc.WithBatch(32))
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range proxies {
		theirs := make([]float64, len(archs))
		for i, a := range archs {
			theirs[i] = published[name][string(a)]
		}
		c, err := zc.Spearman(table.Column(name), theirs)
		if err != nil {
			t.Fatal(err)
		}
		if c.N < len(archs)-2 || c.Rho < p.least-1e-12 {
			t.Errorf("%s agrees with the published scores to %.3f on %d architectures, want %v", name, c.Rho, c.N, p.least)
		}
		t.Logf("%-12s %.3f (%d)", name, c.Rho, c.N)
	}
}
