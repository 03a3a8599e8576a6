package claims

import "testing"

// The verdicts that follow from published numbers: they change only if a computation does.
func TestPost(t *testing.T) {
	want := map[string]Verdict{
		"Micro has 4 operations for each edge, NAS-Bench-201 has 6":                                             Partly,
		"On DARTS, fisher, grad_norm, grasp and params are each best on at least one data set":                  Partly,
		"No proxy performs significantly better than the others: on more tasks than the post had":               Fails,
		"On Synthetic CIFAR-10 (TSS), all proxies but jacob_cov are negatively correlated":                      Holds,
		"Over all spaces, every proxy has an average rank between 4.0 and 5.5":                                  Holds,
		"On DARTS Spherical CIFAR-100, snip is 1.46-suboptimal":                                                 Holds,
		"NATS-Bench TSS has 15,625 architectures, 6,466 of them not isomorphic":                                 Holds,
		"flops has the best average rank over all 12 tasks":                                                     Holds,
		"No proxy performs significantly better than the others":                                                Holds,
		"TransNAS-Bench-101 micro has 4,096 architectures and macro 3,256":                                      Holds,
		"A six-fold faster search (0.3 to 0.05 GPU-days) before 1.2 days of training gains 1.2×; at best 1.25×": Holds,
	}
	seen := 0
	for _, c := range Post() {
		t.Run(c.Text, func(t *testing.T) {
			f, err := c.Check()
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s | %s | %s", f.Verdict, f.Value, f.Source)
			if f.Value == "" || f.Source == "" {
				t.Error("a finding without a value or a source")
			}
			if v, ok := want[c.Text]; ok {
				seen++
				if f.Verdict != v {
					t.Errorf("%s, want %s", f.Verdict, v)
				}
			}
		})
	}
	if seen != len(want) {
		t.Errorf("%d of the claims that are checked here are among the post's, want %d", seen, len(want))
	}
}
