package search

import (
	"fmt"
	"strings"
)

// Method is a search: it asks for the accuracies of architectures, one after the other, until its budget is spent.
type Method struct {
	Name  string
	Title string
	Paper string
	// Needs of the task: one-edit neighbours, a proxy, an encoding.
	Neighbours, Proxy, Encoding bool
	run                         func(*searcher)
}

// Methods lists the searches.
func Methods() []Method {
	zeroCost := "Abdelfattah et al., \"Zero-Cost Proxies for Lightweight NAS\", ICLR 2021"
	bananas := "White et al., \"BANANAS\", AAAI 2021; the surrogate is a Gaussian process on ranks"
	return []Method{
		{Name: "random", Title: "random search", Paper: "Li and Talwalkar, UAI 2019", run: randomSearch},
		{Name: "evolution", Title: "ageing evolution", Paper: "Real et al., \"Regularized Evolution for Image Classifier Architecture Search\", AAAI 2019",
			Neighbours: true, run: func(s *searcher) { s.evolve(s.draw(64), 64, 10, false) }},
		{Name: "warm-random", Title: "random architectures in the proxy's order", Paper: zeroCost, Proxy: true, run: warmRandom},
		{Name: "warm-evolution", Title: "ageing evolution that starts with the proxy's best", Paper: zeroCost, Neighbours: true, Proxy: true,
			run: func(s *searcher) { s.evolve(s.warm(3000, 64), 64, 10, false) }},
		{Name: "move", Title: "ageing evolution with moves that the proxy proposes", Paper: zeroCost, Neighbours: true, Proxy: true,
			run: func(s *searcher) { s.evolve(s.draw(64), 64, 10, true) }},
		{Name: "area", Title: "assisted ageing evolution", Paper: "Mellor et al., \"Neural Architecture Search without Training\", ICML 2021, algorithm 2",
			Neighbours: true, Proxy: true, run: func(s *searcher) { s.evolve(s.warm(20, 10), 10, 3, false) }},
		{Name: "bayes", Title: "Bayesian optimisation on the encoding", Paper: bananas, Encoding: true,
			run: func(s *searcher) { s.bayes(EncodingOnly, s.draw(10), false) }},
		{Name: "bayes-proxies", Title: "Bayesian optimisation on encoding and proxies", Paper: bananas, Proxy: true, Encoding: true,
			run: func(s *searcher) { s.bayes(Both, s.draw(10), false) }},
		{Name: "bayes-warm", Title: "the same, started with the proxy's best", Paper: bananas, Proxy: true, Encoding: true,
			run: func(s *searcher) { s.bayes(Both, s.warm(3000, 10), false) }},
		{Name: "proxybo", Title: "Bayesian optimisation that weighs proxies by how well they order what is evaluated",
			Paper: "Shen et al., \"ProxyBO\", AAAI 2023; read from the paper, no public code", Proxy: true, Encoding: true,
			run: func(s *searcher) { s.bayes(EncodingOnly, s.draw(10), true) }},
	}
}

// LookupMethod finds a method by its name.
func LookupMethod(name string) (Method, error) {
	var names []string
	for _, m := range Methods() {
		if m.Name == name {
			return m, nil
		}
		names = append(names, m.Name)
	}
	return Method{}, fmt.Errorf("search: unknown method %q; there are %s", name, strings.Join(names, ", "))
}
