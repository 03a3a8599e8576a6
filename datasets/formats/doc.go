// Package formats reads the files that data sets and benchmarks are published in: NumPy's .npy and .npz,
// MATLAB's .mat (version 5 and 7.3), Python's pickles and PyTorch's .pth. Memory is bounded by what a file really
// holds, and nothing in a file is executed.
//
// [ReadNPY], [OpenNPZ], [OpenMat], [ReadPickle] and [ReadTorch] are the calls to start with.
package formats
