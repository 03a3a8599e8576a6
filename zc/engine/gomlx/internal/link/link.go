// Package link tells package gomlx how package gomlx/xla was built.
package link

// NoCgo reports that gomlx/xla is in the program but was built without cgo, so that it does not hold XLA.
var NoCgo bool

// Plugins finds XLA's plugins on this machine, paths by names; nil in programs without XLA.
var Plugins func() map[string]string
