// Package truth holds what trained architectures reached: the records of published benchmarks, by search space, task
// and metric. Scores are compared with these.
//
//	records, err := truth.SuiteZero(ctx, "nasbench201")
//	accuracy, ok := records.Accuracy("cifar10", "(0, 2, 3, 2, 3, 1)")
//
// Files are looked for as package fetch says, under the names of the published archives:
//
//	nas-bench-suite-zero/zc_nasbench201.json …
//
// and the records are downloaded where they are missing.
package truth
