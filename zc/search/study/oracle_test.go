package study

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/zcnas/zcnas/zc/search"
	"github.com/zcnas/zcnas/zc/stats"
)

func task(t *testing.T, bench, name string) *search.Task {
	t.Helper()
	out, err := Records(bench, name)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func first(k int) []int {
	rows := make([]int, k)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// The numbers of these tests come from an independent implementation in Python (NumPy, SciPy, XGBoost 1.7.4) on the
// same records.

func TestCombinationsLikePython(t *testing.T) {
	tests := []struct {
		bench, task               string
		archs, proxies            int
		flops, params, nwot, rule float64
		fitted                    []float64 // to the first 5, 10, 20, 50, 100
	}{
		{"nasbench201", "cifar10", 725, 12, .711, .738, .785, .810, []float64{.825, .848, .860, .892, .909}},
		{"nasbench301", "cifar10", 725, 10, .482, .523, .555, .524, []float64{.596, .571, .592, .615, .629}},
		{"transbench101_micro", "autoencoder", 711, 10, -.103, -.094, -.042, -.065, []float64{.264, .468, .582, .650, .729}},
		{"transbench101_macro", "class_scene", 662, 9, .844, .445, .834, .853, []float64{.850, .828, .725, .870, .876}},
	}
	for _, test := range tests {
		t.Run(test.bench+" "+test.task, func(t *testing.T) {
			task := task(t, test.bench, test.task)
			e, err := search.Study(context.Background(), []*search.Task{task}, search.EvidenceOptions{Draws: 1, Resamples: 10})
			if err != nil {
				t.Fatal(err)
			}
			got := e.Tasks[0]
			if got.Architectures != test.archs || got.Features != test.proxies {
				t.Errorf("%d architectures, %d proxies; want %d, %d", got.Architectures, got.Features, test.archs, test.proxies)
			}
			equal := func(name string, got, want float64) {
				if math.Abs(got-want) > 0.00051 {
					t.Errorf("%s: %.4f; want %.3f", name, got, want)
				}
			}
			equal("flops", got.Proxies["flops"], test.flops)
			equal("params", got.Proxies["params"], test.params)
			equal("nwot", got.Proxies["nwot"], test.nwot)
			equal("log-rank", got.Rules["log-rank"], test.rule)
			for i, want := range test.fitted {
				equal(fmt.Sprint("fitted to the first ", got.Fitted[i].K), got.Fitted[i].First, want)
			}
		})
	}
}

func TestPredictorsLikePython(t *testing.T) {
	type row struct {
		k                    int
		features             search.Features
		tau                  float64 // Kendall's of boosted trees, mean of 20 random draws
		first, firstRho      float64 // fitted to the first k: Kendall's, Spearman's
		ridge                float64 // the same of ridge regression
		ridgeFirst, ridgeRho float64
	}
	table := []row{
		{5, search.EncodingOnly, .142, -.025, -.037, .189, .229, .340},
		{5, search.ProxiesOnly, .342, .488, .673, .548, .585, .783},
		{5, search.Both, .186, .012, .016, .552, .595, .793},
		{10, search.EncodingOnly, .123, .202, .298, .282, .440, .623},
		{10, search.ProxiesOnly, .498, .502, .678, .643, .648, .840},
		{10, search.Both, .371, .257, .369, .644, .654, .846},
		{20, search.EncodingOnly, .252, .277, .401, .429, .569, .766},
		{20, search.ProxiesOnly, .599, .554, .741, .676, .671, .860},
		{20, search.Both, .577, .553, .743, .676, .683, .869},
		{50, search.EncodingOnly, .370, .359, .512, .576, .550, .745},
		{50, search.ProxiesOnly, .683, .719, .900, .704, .718, .895},
		{50, search.Both, .686, .719, .899, .714, .719, .895},
		{100, search.EncodingOnly, .472, .495, .678, .635, .624, .815},
		{100, search.ProxiesOnly, .733, .719, .899, .716, .729, .904},
		{100, search.Both, .737, .726, .903, .730, .740, .911},
		{200, search.EncodingOnly, .561, .561, .750, .656, .647, .840},
		{200, search.ProxiesOnly, .770, .784, .935, .722, .727, .903},
		{200, search.Both, .779, .788, .938, .741, .742, .913},
		{400, search.EncodingOnly, .641, .644, .833, .669, .674, .863},
		{400, search.ProxiesOnly, .791, .814, .950, .727, .737, .911},
		{400, search.Both, .807, .824, .957, .751, .754, .921},
	}
	task := task(t, "nasbench201", "cifar10")
	correlations := func(t *testing.T, name string, f search.Features, rows, others []int) (tau, rho float64) {
		predictor, err := search.LookupPredictor(name)
		if err != nil {
			t.Fatal(err)
		}
		scores, err := task.Predict(predictor, f, rows)
		if err != nil {
			t.Fatal(err)
		}
		var x, y []float64
		for _, i := range others {
			x, y = append(x, scores[i]), append(y, task.Accuracy[i])
		}
		kendall, err := stats.KendallTauB(x, y)
		if err != nil {
			t.Fatal(err)
		}
		spearman, err := stats.Spearman(x, y)
		if err != nil {
			t.Fatal(err)
		}
		return kendall.Rho, spearman.Rho
	}
	const (
		draws = 20
		half  = 0.00052 // of the last digit, and one pair that float32 may swap
	)
	check := func(t *testing.T, name string, r row, wantFirst, wantRho, wantMean float64) {
		all := first(len(task.Archs))
		tau, rho := correlations(t, name, r.features, all[:r.k], all[r.k:])
		if math.Abs(tau-wantFirst) > half || math.Abs(rho-wantRho) > half {
			t.Errorf("fitted to the first %d: Kendall %.4f, Spearman %.4f; want %.3f, %.3f", r.k, tau, rho, wantFirst, wantRho)
		}
		if r.k > 50 {
			return // seconds of fitting, and nothing that smaller numbers do not show
		}
		mean := 0.0
		for seed := range draws {
			order := newNumPy(uint32(seed)).permutation(len(task.Archs))
			tau, _ := correlations(t, name, r.features, order[:r.k], order[r.k:])
			mean += tau / draws
		}
		if math.Abs(mean-wantMean) > half {
			t.Errorf("fitted to %d at random: Kendall %.4f on average; want %.3f", r.k, mean, wantMean)
		}
	}
	for _, r := range table {
		t.Run(fmt.Sprintf("trees %s %d", r.features, r.k), func(t *testing.T) {
			t.Parallel()
			check(t, "trees", r, r.first, r.firstRho, r.tau)
		})
		t.Run(fmt.Sprintf("ridge %s %d", r.features, r.k), func(t *testing.T) {
			t.Parallel()
			check(t, "ridge", r, r.ridgeFirst, r.ridgeRho, r.ridge)
		})
	}
}

func TestStudyOfRecords(t *testing.T) {
	tasks, err := Tasks(true)
	if err != nil {
		t.Fatal(err)
	}
	if len(tasks) != 27 {
		t.Fatalf("%d tasks; want 27", len(tasks))
	}
	e, err := search.Study(context.Background(), tasks, search.EvidenceOptions{Ks: []int{10}, Draws: 4, Resamples: 500})
	if err != nil {
		t.Fatal(err)
	}
	c := contrast(t, e.Rules, "log-rank", "flops")
	if c.Wins != 24 || c.Tasks != 27 || math.Abs(c.Mean-.561) > .00051 || math.Abs(c.Difference-.045) > .00051 {
		t.Errorf("log-rank against flops: %+v; want 24 of 27, .561, +.045", c)
	}
	if o := c.OverTasks; math.Abs(o[0]-.029) > .004 || math.Abs(o[1]-.060) > .004 {
		t.Errorf("over tasks: %.3f; want about [.029, .060]", *o)
	}
	if c := contrast(t, e.Fitted, "fitted, k = 10", "flops"); c.OverSpaces[0] <= 0 || c.Difference < .08 {
		t.Errorf("fitted to 10 against flops: %+v, spaces %v; want it above zero over spaces", c, *c.OverSpaces)
	}
	// What is chosen on other tasks flatters; on other spaces it is no better than flops.
	if c := contrast(t, e.Chosen, "the best combination of the other tasks", "flops"); c.OverTasks[0] <= 0 {
		t.Errorf("%+v", c)
	}
	if c := contrast(t, e.Chosen, "the best combination of the other spaces", "flops"); c.OverSpaces[0] > 0 {
		t.Errorf("%+v", c)
	}
	if len(e.Choices) != 2*(27+4) {
		t.Errorf("%d choices", len(e.Choices))
	}
}

func contrast(t *testing.T, list []search.Contrast, what, against string) search.Contrast {
	t.Helper()
	for _, c := range list {
		if c.What == what && c.Against == against {
			return c
		}
	}
	t.Fatalf("%q is not compared with %q", what, against)
	return search.Contrast{}
}
