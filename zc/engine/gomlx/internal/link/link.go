// Package link tells package gomlx how package gomlx/xla was built.
package link

// NoCgo reports that gomlx/xla is in the program but was built without cgo, so that it does not hold XLA.
var NoCgo bool
