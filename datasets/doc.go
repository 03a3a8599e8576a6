// Package datasets supplies what networks are fed and what scores are compared with: data sets that
// yield minibatches, generated data, and ground truth from published benchmarks. Of networks it knows no
// more than the tasks of TransNAS-Bench-101.
//
// Start with one call:
//
//	data, err := datasets.Get("cifar10")
//	batch, err := data.Minibatch(ctx, 64, 0, datasets.Random)
//
// and, for ground truth,
//
//	truth, err := datasets.SuiteZero(ctx, "nasbench201")
//	accuracy, ok := truth.Accuracy("cifar10", "(0, 2, 3, 2, 3, 1)")
//
// # Where data is looked for
//
// First under the folder that [WithDir] names, or $ZC_DATA, then in the user's cache folder
// (os.UserCacheDir()/zcnas). Folders and files keep the names of the published archives:
//
//	cifar-10-batches-bin/data_batch_1.bin …, test_batch.bin
//	cifar-100-binary/train.bin, test.bin
//	nas-bench-suite-zero/zc_nasbench201.json …
//
// What is found in none of them is downloaded from a pinned URL, checked against a pinned SHA-256 and
// kept: in the first of these folders that can be written to. An interrupted download is resumed by the
// next call. [WithOffline] forbids the network; the error then names the file, its URL and where to put
// it. The data sets "synthetic-cifar10" and "reference" are computed and need no file.
package datasets
