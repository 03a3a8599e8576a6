// Package stats has the statistics that judge proxies, as functions on slices of numbers: rank correlations with
// confidence intervals, and the tests that compare several proxies over several tasks.
//
//	c, interval, err := stats.Bootstrap(stats.StatisticSpearman, scores, accuracies)
//
// Numbers that are not there are NaN; where a statistic is undefined the result is NaN with a reason.
package stats
