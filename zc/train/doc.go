// Package train trains networks, which makes ground truth of one's own.
//
//	p, err := train.ByName("quick")
//	t, err := train.New(device, train.Network{Graph: graph, Loss: engine.CrossEntropy}, weights, p, seed)
//	for e := range p.Epochs {
//		epoch, err := t.Epoch(ctx, e, loader.Steps(n), loader.Epoch(ctx, e))
//	}
//	test, err := t.Evaluate(ctx, tests.Epoch(ctx, 0))
//
// A [Protocol] says how: those of NATS-Bench, NAS-Bench-301 and of "A Deeper Look at Zero-Cost Proxies for Lightweight
// NAS" (White et al. 2022) are there by name. Everything random is a draw of a stream named by what it is for, and sums
// do not depend on the number of threads, so the same seed gives the same bits.
package train
