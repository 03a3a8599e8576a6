// Package engine computes with networks: a layer graph is lowered to a [Plan], loaded on a [Device] with weights and a
// minibatch's size, run forward, and gone back over as often as wanted.
//
//	p, err := engine.NewPlan(graph)                                   // what to compute
//	n, err := engine.Load(native.New(), p, engine.Host(params), 64, engine.Mode{})
//	t, err := n.Forward(engine.Feed{Inputs: images})                  // a Tape: all maps
//	r, err := t.Backward(engine.Pass{                                 // as often as wanted
//		Seeds: []engine.Seed{{Loss: &engine.Loss{Kind: engine.CrossEntropy, Labels: labels}}},
//		Sinks: p.EachScored(engine.Squares{}),
//	})
//	numbers, err := n.Fetch(r[0].Params[0].Numbers...)
//
// What varies is data. A [Seed] says where gradients start, a [Sink] what becomes of a parameter's gradient ([Sums] of the
// proxies, [Update] of training, [Signs], [Gram] and others of single proxies), a [Reduction] what is taken from maps, and
// [Mode] how batch norms normalise. [Run] asks for all signals of the common proxies in one sweep forward and one backward.
//
// Training keeps its weights on the device ([Store], [Source]) and ends each step with the sink [Update].
//
// Package native computes on the CPU, package gomlx on whatever GoMLX drives; package enginetest checks either against
// plain float64 code. The driver (tape.go, backward.go, drain.go) is written once for all of them.
package engine
