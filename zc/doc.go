// Package zc scores neural architectures at initialisation with zero-cost proxies. The call to start with is [Score]:
//
//	space := spaces.TSS()
//	archs, err := space.Sample(100, 0)
//	scores, err := zc.Score(ctx, space, archs, zc.WithDataName("cifar10"))
//
// Proxies are small functions from signals to a number, one file each (proxy_*.go), registered by name
// ([Register], also for one's own); a [Scorer] runs the fewest passes that deliver the signals that the chosen
// proxies need. [Correlate] joins the scores with accuracies.
//
// What can be done with scores lies in packages below this one, which need no engine: table holds and writes them,
// stats has the statistics, compare compares proxies over many tasks.
//
// The reference cases that define correct scores are checked by [Case.Verify] and by "zc verify".
package zc
