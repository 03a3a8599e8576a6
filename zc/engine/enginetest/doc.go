// Package enginetest checks devices: an implementation of every layer, loss and gradient that is obviously right,
// and a suite that compares a device with it.
//
// [Net] evaluates a layer graph one layer at a time, one value at a time, in float64, with no thought of speed.
package enginetest
