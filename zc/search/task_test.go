package search

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// toy is a whole space of three choices among four values, whose accuracy is a sum of effects.
func toy() *Task {
	t := &Task{Space: "toy", Name: "sum", Proxies: []string{"flops", "nwot", "useless"}, Scores: make([][]float64, 3)}
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range 64 {
		a, b, c := i/16, i/4%4, i%4
		t.Archs = append(t.Archs, "("+string(rune('0'+a))+", "+string(rune('0'+b))+", "+string(rune('0'+c))+")")
		t.Accuracy = append(t.Accuracy, float64(3*a+2*b+c)+0.01*float64(i%7))
		t.Scores[0] = append(t.Scores[0], float64(a+b)+rng.Float64())
		t.Scores[1] = append(t.Scores[1], float64(b+c)+rng.Float64())
		t.Scores[2] = append(t.Scores[2], rng.Float64())
	}
	var err error
	if t.Encoding, err = Encode(t.Archs); err != nil {
		panic(err)
	}
	return t
}

func TestEncode(t *testing.T) {
	tests := []struct {
		name  string
		archs []string
		want  [][]float64
	}{
		{"tuples", []string{"(0, 2)", "(1, 2)", "(0, 3)"}, [][]float64{{1, 0, 1}, {0, 1, 0}, {1, 1, 0}, {0, 0, 1}}},
		{"official TSS", []string{"|none~0|+|none~0|none~1|", "|skip_connect~0|+|none~0|none~1|"}, [][]float64{{1, 0}, {0, 1}}},
		{"shorter ones have zeros", []string{"(1, 2)", "(1, 2, 4)"}, [][]float64{{1, 0}, {0, 1}}},
		{"TransNAS", []string{"64-1234-basic", "64-12-basic"}, [][]float64{{0, 1}, {1, 0}, {0, 1}, {1, 0}}},
		{"TransNAS micro", []string{"64-41414-1_02_333", "64-41414-1_02_331"}, [][]float64{{0, 1}, {1, 0}}},
		{"SSS", []string{"8:16:8", "8:24:8"}, [][]float64{{1, 0}, {0, 1}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Encode(test.archs)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("columns (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("DARTS counts edges in any order", func(t *testing.T) {
		a := "[[(0, 0), (1, 5), (1, 1), (0, 1), (1, 3), (0, 3), (1, 3), (3, 2)], [(1, 0), (0, 2), (1, 3), (0, 3), (3, 0), (0, 1), (2, 0), (3, 6)]]"
		b := "[[(1, 5), (0, 0), (1, 1), (0, 1), (1, 3), (0, 3), (1, 3), (3, 2)], [(1, 0), (0, 2), (1, 3), (0, 3), (3, 0), (0, 1), (2, 0), (3, 6)]]"
		got, err := Encode([]string{a, b})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 16 {
			t.Errorf("%d columns; want one for each edge", len(got))
		}
		for _, c := range got {
			if c[0] != c[1] {
				t.Errorf("equal cells differ in a column: %v", c)
			}
		}
	})
	for name, archs := range map[string][]string{"no choices": {"|+|"}, "a cell too few": {"[[(0, 0), (1, 5)]]"}} {
		if _, err := Encode(archs); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestNeighbours(t *testing.T) {
	all, err := Neighbours(toy().Archs)
	if err != nil {
		t.Fatal(err)
	}
	for i, near := range all {
		if len(near) != 9 {
			t.Errorf("architecture %d has %d neighbours; want 9", i, len(near))
		}
	}
	if _, err := Neighbours([]string{"(0, 1)", "(0,1)"}); err == nil || !strings.Contains(err.Error(), "the same") {
		t.Errorf("one architecture twice: %v", err)
	}
}

func TestRules(t *testing.T) {
	task := &Task{Space: "s", Name: "t", Archs: []string{"a", "b", "c", "d"}, Accuracy: make([]float64, 4),
		Proxies: []string{"flops", "nwot", "synflow", "jacob_cov", "snip"},
		Scores:  [][]float64{{1, 2, 3, 4}, {10, -1e8, 20, 30}, {1, 2, 3, 4}, {1, 2, 4, 3}, {4, 3, 2, 1}}}
	log := func(r ...float64) (s float64) {
		for _, v := range r {
			s += math.Log(v)
		}
		return s
	}
	tests := []struct {
		rule string
		want []float64
	}{
		{"log-rank", []float64{log(.25, .25), log(.5, .5), log(.75, .5), log(1, .75)}},
		{"rank-sum", []float64{.5, 1, 1.25, 1.75}},
		{"vote", []float64{0, 1, 3, 2}}, // jacob_cov and snip rank c above d
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			rule, err := LookupRule(test.rule)
			if err != nil {
				t.Fatal(err)
			}
			got, err := task.Combine(rule)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("scores (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("weighted", func(t *testing.T) {
		got, err := task.Combine(Weighted(map[string]float64{"flops": 1, "snip": -1}))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]float64{-.75, -.25, .25, .75}, got); diff != "" {
			t.Errorf("scores (-want +got):\n%s", diff)
		}
	})
}

func TestLearn(t *testing.T) {
	task := toy()
	w, err := Learn([]*Task{task}, task.Proxies, 0.01)
	if err != nil {
		t.Fatal(err)
	}
	if w["flops"] < 0.3 || w["nwot"] < 0.1 || math.Abs(w["useless"]) > 0.15 {
		t.Errorf("weights %v", w)
	}
	if _, err := Learn(nil, task.Proxies, 0.01); err == nil {
		t.Error("no tasks: no error")
	}
}

func TestCombineWith(t *testing.T) {
	task := toy()
	rows := []int{0, 10, 20, 30, 40, 50, 60, 5, 15, 25}
	p, err := task.CombineWith(rows, DefaultFit())
	if err != nil {
		t.Fatal(err)
	}
	prior, err := task.CombineWith(nil, DefaultFit())
	if err != nil {
		t.Fatal(err)
	}
	before, after := spearman(prior.Score, task.Accuracy), spearman(p.Score, task.Accuracy)
	if after < 0.9 || after <= before {
		t.Errorf("ten evaluations bring %.3f to %.3f", before, after)
	}
	known, unknown := 0.0, 0.0
	for i, d := range p.Deviation {
		if !(d > 0) {
			t.Fatalf("deviation %d is %v", i, d)
		}
		if i%10 == 0 || i%10 == 5 && i < 30 {
			known += d / 10
		} else {
			unknown += d / 54
		}
	}
	if known >= unknown {
		t.Errorf("what was evaluated is as uncertain, %.3f, as what was not, %.3f", known, unknown)
	}
}

func TestPredictorsLearn(t *testing.T) {
	task := toy()
	rows := rand.New(rand.NewPCG(1, 1)).Perm(64)[:24]
	for _, p := range Predictors() {
		for _, f := range AllFeatures() {
			t.Run(p.Name+" "+string(f), func(t *testing.T) {
				scores, err := task.Predict(p, f, rows)
				if err != nil {
					t.Fatal(err)
				}
				others := rest(64, rows)
				if rho := spearman(take(scores, others), take(task.Accuracy, others)); rho < 0.7 {
					t.Errorf("Spearman %.3f on what it did not see", rho)
				}
				hidden := *task
				hidden.Accuracy = append([]float64(nil), task.Accuracy...)
				for _, i := range others {
					hidden.Accuracy[i] = math.NaN()
				}
				again, err := hidden.Predict(p, f, rows)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(scores, again); diff != "" {
					t.Error("it looks at accuracies that it must not see")
				}
			})
		}
	}
}

func TestTrees(t *testing.T) {
	// One split of one tree, by hand: base 0.5, gradients 0.5 − y, λ = 1, rate 0.3.
	trees := Trees{Rounds: 1}
	if err := trees.Fit([][]float64{{7, 7, 7, 7}, {1, 2, 3, 4}}, []float64{0, 0, 1, 1}); err != nil {
		t.Fatal(err)
	}
	got, err := trees.Predict([][]float64{{7, 7}, {2.4, 2.5}})
	if err != nil {
		t.Fatal(err)
	}
	leaf := func(g, h float64) float64 { return 0.5 - 0.3*g/(h+1) }
	if want := leaf(1, 2); math.Abs(got[0]-want) > 1e-6 {
		t.Errorf("below the threshold: %v; want %v", got[0], want)
	}
	if want := leaf(-1, 2); math.Abs(got[1]-want) > 1e-6 {
		t.Errorf("at the threshold, which goes right: %v; want %v", got[1], want)
	}
	if diff := cmp.Diff([]int{0, 1}, trees.Splits()); diff != "" {
		t.Errorf("splits by column (-want +got):\n%s", diff)
	}
	for name, f := range map[string]func() error{
		"nothing":        func() error { return new(Trees).Fit(nil, nil) },
		"NaN":            func() error { return new(Trees).Fit([][]float64{{math.NaN()}}, []float64{1}) },
		"other lengths":  func() error { return new(Trees).Fit([][]float64{{1, 2}}, []float64{1}) },
		"not learned":    func() error { _, err := new(Trees).Predict([][]float64{{1}}); return err },
		"other features": func() error { _, err := trees.Predict([][]float64{{1}}); return err },
	} {
		if f() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestReplay(t *testing.T) {
	task := toy()
	o := ReplayOptions{Budget: 30, Seeds: 20}
	traces, err := Replay(context.Background(), task, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(traces) != len(Methods()) {
		t.Fatalf("%d methods; want all %d", len(traces), len(Methods()))
	}
	final := map[string]float64{}
	for _, trace := range traces {
		for seed, best := range trace.Best {
			if len(best) != o.Budget {
				t.Fatalf("%s, seed %d: %d evaluations; want %d", trace.Method, seed, len(best), o.Budget)
			}
			for i := 1; i < len(best); i++ {
				if best[i] < best[i-1] {
					t.Fatalf("%s, seed %d: the best falls from %v to %v", trace.Method, seed, best[i-1], best[i])
				}
			}
		}
		final[trace.Method], _, _ = trace.At(15)
	}
	for _, m := range []string{"warm-random", "bayes", "bayes-proxies", "bayes-warm"} {
		if final[m] <= final["random"] {
			t.Errorf("%s finds %.2f in 15 evaluations, random search %.2f", m, final[m], final["random"])
		}
	}
	again, err := Replay(context.Background(), task, o)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(traces, again); diff != "" {
		t.Error("equal seeds search differently")
	}
	all, err := Replay(context.Background(), task, ReplayOptions{Budget: 64, Seeds: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, trace := range all {
		if mean, _, _ := trace.At(64); math.Abs(mean-18) > 0.1 {
			t.Errorf("%s finds %v among all architectures; the best has 18", trace.Method, mean)
		}
	}
}

func TestTopPrecision(t *testing.T) {
	accuracy := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for _, test := range []struct {
		name   string
		scores []float64
		share  float64
		want   float64
	}{
		{"the same order", accuracy, 0.3, 1},
		{"the opposite", []float64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 0.3, 0},
		{"two of three", []float64{1, 2, 3, 4, 5, 6, 10, 7, 8, 9}, 0.3, 2.0 / 3},
		{"NaN last", []float64{1, 2, 3, 4, 5, 6, 7, 8, math.NaN(), 10}, 0.2, 0.5},
		{"at least one", accuracy, 0.01, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := TopPrecision(test.scores, accuracy, test.share)
			if err != nil || math.Abs(got-test.want) > 1e-12 {
				t.Errorf("%v, %v; want %v", got, err, test.want)
			}
		})
	}
}

func TestSpeedup(t *testing.T) {
	for _, test := range []struct{ part, factor, want float64 }{{0.2, math.Inf(1), 1.25}, {0.5, 2, 4.0 / 3}, {0, 100, 1}, {1, 10, 10}} {
		if got, err := Speedup(test.part, test.factor); err != nil || math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%v of the time %v times faster: %v, %v; want %v", test.part, test.factor, got, err, test.want)
		}
	}
}

func TestBiases(t *testing.T) {
	task := toy()
	got, err := Biases(task, "flops")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Proxy != "nwot" || got[0].Without < 0.3 || math.Abs(got[1].Without) > 0.3 {
		t.Errorf("%+v", got)
	}
}

func TestBadInput(t *testing.T) {
	ctx := context.Background()
	ridge, err := LookupPredictor("ridge")
	if err != nil {
		t.Fatal(err)
	}
	change := func(f func(*Task)) *Task {
		task := toy()
		f(task)
		return task
	}
	equal := change(func(t *Task) { t.Accuracy = make([]float64, 64) })
	unknown := change(func(t *Task) { t.Accuracy[3] = math.NaN() })
	bare := change(func(t *Task) { t.Proxies, t.Scores, t.Encoding = nil, nil, nil })
	tests := []struct {
		name string
		run  func() error
		want string
	}{
		{"rule without its proxy", func() error { _, err := toy().Combine(Weighted(map[string]float64{"flpos": 1})); return err }, `did you mean "flops"`},
		{"rule of nothing", func() error { _, err := toy().Combine(Weighted(nil)); return err }, "no proxies"},
		{"a proxy of NaN", func() error {
			_, err := change(func(t *Task) {
				for i := range t.Scores[0] {
					t.Scores[0][i] = math.NaN()
				}
			}).Combine(Rules()[0])
			return err
		}, "0 of 64 architectures have a score"},
		{"a constant proxy", func() error {
			_, err := change(func(t *Task) { t.Scores[0] = make([]float64, 64) }).Combine(Rules()[0])
			return err
		}, "ranks nothing"},
		{"columns of other lengths", func() error {
			_, err := change(func(t *Task) { t.Scores[0] = t.Scores[0][1:] }).Combine(Rules()[0])
			return err
		}, "63 scores of flops"},
		{"no architectures", func() error { _, err := new(Task).Combine(Rules()[0]); return err }, "no architectures"},
		{"unknown rule", func() error { _, err := LookupRule("mean"); return err }, "log-rank, rank-sum, vote"},
		{"one evaluated", func() error { _, err := toy().CombineWith([]int{3}, DefaultFit()); return err }, "ranks nothing"},
		{"evaluated twice", func() error { _, err := toy().CombineWith([]int{3, 3}, DefaultFit()); return err }, "given twice"},
		{"no such row", func() error { _, err := toy().CombineWith([]int{3, 64}, DefaultFit()); return err }, "no row 64"},
		{"accuracy not known", func() error { _, err := unknown.CombineWith([]int{2, 3}, DefaultFit()); return err }, "not known"},
		{"equal accuracies", func() error { _, err := equal.CombineWith([]int{2, 3}, DefaultFit()); return err }, "ranks nothing"},
		{"no noise", func() error { _, err := toy().CombineWith([]int{2, 3}, Fit{Prior: Rules()[0]}); return err }, "noise"},
		{"too few to learn from", func() error { _, err := toy().Predict(ridge, Both, []int{1}); return err }, "at least two"},
		{"equal accuracies to learn from", func() error { _, err := equal.Predict(ridge, Both, []int{1, 2}); return err }, "all have the accuracy"},
		{"unknown features", func() error { _, err := toy().Predict(ridge, "zc", []int{1, 2}); return err }, "unknown features"},
		{"no encoding", func() error { _, err := bare.Predict(ridge, EncodingOnly, []int{1, 2}); return err }, "no encoding"},
		{"no proxies", func() error { _, err := bare.Predict(ridge, ProxiesOnly, []int{1, 2}); return err }, "no proxies"},
		{"unknown predictor", func() error { _, err := LookupPredictor("xgb"); return err }, "trees"},
		{"k too large", func() error { _, err := Curves(ctx, toy(), CurveOptions{Ks: []int{62}}); return err }, "left over"},
		{"no tasks", func() error { _, err := Study(ctx, nil, EvidenceOptions{}); return err }, "no tasks"},
		{"study of too few", func() error { _, err := Study(ctx, []*Task{toy()}, EvidenceOptions{}); return err }, "too few"},
		{"study of unknown accuracies", func() error { _, err := Study(ctx, []*Task{unknown}, EvidenceOptions{Ks: []int{5}}); return err }, "not known"},
		{"study of equal accuracies", func() error { _, err := Study(ctx, []*Task{equal}, EvidenceOptions{Ks: []int{5}}); return err }, "ranks nothing"},
		{"unknown search", func() error {
			_, err := Replay(ctx, toy(), ReplayOptions{Methods: []string{"rea"}, Budget: 5})
			return err
		}, "evolution"},
		{"budget beyond the space", func() error { _, err := Replay(ctx, toy(), ReplayOptions{}); return err }, "64 architectures"},
		{"search by a proxy of none", func() error {
			_, err := Replay(ctx, bare, ReplayOptions{Methods: []string{"move"}, Budget: 5, Seeds: 1})
			return err
		}, "takes a proxy"},
		{"search by an unknown proxy", func() error { _, err := Replay(ctx, toy(), ReplayOptions{Proxy: "zen", Budget: 5}); return err }, `"zen"`},
		{"a share of nothing", func() error { _, err := TopPrecision([]float64{1}, []float64{1}, 0); return err }, "share"},
		{"a part beyond the whole", func() error { _, err := Speedup(1.5, 2); return err }, "[0, 1]"},
		{"a size that there is not", func() error { _, err := Biases(toy(), "depth"); return err }, `"depth"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := test.run(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v; want %q in it", err, test.want)
			}
		})
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Replay(ctx, toy(), ReplayOptions{Budget: 10, Seeds: 1000}); err == nil || ctx.Err() == nil {
		t.Errorf("an interrupted replay: %v", err)
	}
}
