// Package datasets supplies what networks are fed: data sets that yield minibatches, and generated data. What scores
// are compared with is in package truth below it. Of networks it knows no more than the tasks of TransNAS-Bench-101.
//
// Start with one call:
//
//	data, err := datasets.Get("cifar10")
//	batch, err := data.Minibatch(ctx, 64, 0, datasets.Random)
//
// For training, a [Loader] gives all samples of a split in epochs, augmented, one batch in memory at a time:
//
//	loader := datasets.Loader{Data: data, Batch: 256, Augment: datasets.Augment{Crop: 4, Flip: 0.5}}
//	for batch, err := range loader.Epoch(ctx, 0) { … }
//
// # A data set of one's own
//
// A data set is one file: a type with the methods of [Samples], options of its own, and a registration.
//
//	func init() { datasets.Register("ninapro", open) }
//
//	func WithSubjects(n int) datasets.Option { return datasets.With("subjects", n) }
//
//	func open(o *datasets.Options) (datasets.Dataset, error) {
//		s := &samples{split: o.Split(datasets.Train, datasets.Valid, datasets.Test)}
//		s.subjects = o.Int("subjects", 10, 1, 10, "people whose signals are used")
//		s.options = o.Changed() // what Info().Options says
//		return datasets.FromSamples(s), nil
//	}
//
// [Get] reports options that cannot be read and options that the data set has not asked for. Files come from package
// fetch, with o.Files() for its options. teacher.go is a short data set that is computed, cifar.go one of files.
//
// # Where data is looked for
//
// First under the folder that [WithDir] names, or $ZC_DATA, then in the user's cache folder
// (os.UserCacheDir()/zcnas). Folders and files keep the names of the published archives:
//
//	cifar-10-batches-bin/data_batch_1.bin …, test_batch.bin
//	cifar-100-binary/train.bin, test.bin
//	spherical/s2_cifar100.gz
//	ninapro/ninapro_train.npy, label_train.npy, … val, … test
//	darcy/piececonst_r421_N1024_smooth1.mat, … smooth2.mat
//	svhn/train_32x32.mat, test_32x32.mat
//
// What is found in none of them is downloaded from a pinned URL, checked against a pinned SHA-256 and
// kept: in the first of these folders that can be written to. An interrupted download is resumed by the
// next call. [WithOffline] forbids the network; the error then names the file, its URL and where to put
// it. Other sets may not be redistributed, or have no address that a program could download from; they are put in place
// by hand, and the error of a missing file says where they are to be had:
//
//	ImageNet16/train_data_batch_1 … train_data_batch_10, val_data
//	taskonomy/BUILDING/DOMAIN/point_P_view_V_domain_DOMAIN.png …, final5k/, masks/ (package taskonomy)
//
// The sets whose names begin with "synthetic", and "reference" and "teacher", are computed and need no file; so are
// Darcy Flow and the projections on the sphere where the published files are not there. OptionsOf lists the options of
// a set, and "zc data list" shows all sets with their terms.
package datasets
