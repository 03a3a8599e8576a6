// Package search puts zero-cost proxies to use: it combines them, learns from them what architectures reach when they
// are trained, and searches with them. Its functions work on tables, a [Task] holding scores, accuracies and encodings
// of the architectures of one space; none trains or scores a network. Package zc has the calls that do
// (zc.Combine, zc.CombineWith, zc.Search), package study the tasks of published records.
//
// Start with one call:
//
//	task, err := study.Records("nasbench201", "cifar10")
//	scores, err := task.Combine(search.Rules()[0])                               // no network trained
//	fitted, err := task.CombineWith([]int{0, 1, 2, 3, 4}, search.DefaultFit()) // five trained
//	traces, err := search.Replay(ctx, task, search.ReplayOptions{})             // searches, replayed
//
// [Study] says how well that works, with intervals; [Curves] compares predictors over the number of trained
// architectures.
package search
