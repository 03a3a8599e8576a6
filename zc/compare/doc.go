// Package compare says how well proxies rank architectures, task by task, and which of them do so best. [Correlate]
// joins a score table with accuracies:
//
//	c, err := compare.Correlate(scores, accuracies)
//
// [Results] holds correlations from any source, computed, published ([PublishedResults]) or of a benchmark
// ([TruthResults]), for [AverageRanks], [PerformanceProfiles] and [CriticalDifferences]; [AllPairs] says how far
// proxies agree with each other.
package compare
