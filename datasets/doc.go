// Package datasets supplies what networks are fed: data sets that yield minibatches, and generated data. What scores
// are compared with is in package truth below it. Of networks it knows no more than the tasks of TransNAS-Bench-101.
//
// Start with one call:
//
//	data, err := datasets.Get("cifar10")
//	batch, err := data.Minibatch(ctx, 64, 0, datasets.Random)
//
// # Where data is looked for
//
// First under the folder that [WithDir] names, or $ZC_DATA, then in the user's cache folder
// (os.UserCacheDir()/zcnas). Folders and files keep the names of the published archives:
//
//	cifar-10-batches-bin/data_batch_1.bin …, test_batch.bin
//	cifar-100-binary/train.bin, test.bin
//
// What is found in none of them is downloaded from a pinned URL, checked against a pinned SHA-256 and
// kept: in the first of these folders that can be written to. An interrupted download is resumed by the
// next call. [WithOffline] forbids the network; the error then names the file, its URL and where to put
// it. The data sets "synthetic-cifar10" and "reference" are computed and need no file.
package datasets
