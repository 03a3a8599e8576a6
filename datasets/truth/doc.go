// Package truth holds what trained architectures reached: the numbers of published benchmarks, by search space, task and
// epoch of the training. Scores are compared with these.
//
//	truth, err := truth.Get(spaces.TSS(), "cifar10") // with package records imported
//	accuracy, ok := truth.Value(arch)
//	archs := truth.Sample(100, 0)
//
// [Get] asks the sources that are registered: package records below has the published numbers within the program. [New]
// and [ReadCSV] make a [Truth] of numbers of one's own. names.go has the names of spaces, benchmarks, tasks and metrics.
//
// The files of the benchmarks have readers: [SuiteZero] and [ReadSuiteZero] (NAS-Bench-Suite-Zero's JSON),
// [NATSBench] and [OpenTransNAS]. Files are looked for as package fetch says, under the names of the published
// archives, such as nas-bench-suite-zero/zc_nasbench201.json.
package truth
