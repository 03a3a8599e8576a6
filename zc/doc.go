// Package zc scores neural architectures at initialisation with zero-cost proxies. The call to start with is [Score]:
//
//	space := spaces.TSS()
//	archs, err := space.Sample(100, 0)
//	scores, err := zc.Score(ctx, space, archs, zc.WithDataName("cifar10"))
//
// Proxies lie in package proxies, one file each; [proxies.Register] adds one's own. A [Scorer] runs the fewest passes
// that deliver what the chosen proxies need. [Correlate] joins the scores with accuracies.
//
// What can be done with scores lies in packages below this one, which need no engine: table holds and writes them,
// stats has the statistics, compare compares proxies over many tasks. Package reference checks scores against
// reference cases.
package zc
