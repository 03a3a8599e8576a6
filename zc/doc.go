// Package zc scores neural architectures at initialisation with zero-cost proxies and says how well the scores
// rank them. The call to start with is [Score]:
//
//	space := spaces.TSS()
//	archs, err := space.Sample(100, 0)
//	table, err := zc.Score(ctx, space, archs, zc.WithDataName("cifar10"))
//
// Proxies are small functions from signals to a number, one file each (proxy_*.go), registered by name
// ([Register], also for one's own); a [Scorer] runs the fewest passes that deliver the signals that the chosen
// proxies need. A [Table] holds the scores; [Correlate] joins it with accuracies; [Results] holds correlations
// from any source, computed, published or of a benchmark, for [AverageRanks], [PerformanceProfiles] and
// [CriticalDifferences].
//
// The reference cases that define correct scores are checked by [Case.Verify] and by "zc verify".
package zc
