// Package spaces is what can be built: search spaces, the encodings of their architectures, and the layer graph
// that a network is.
//
// Start with [Get], or with a constructor such as [TSS] where there are options to set:
//
//	space, err := spaces.Get("nats-tss")
//	archs, err := space.Sample(1000, 0)
//	graph, err := space.Network(archs[0], spaces.Task{Input: spaces.Shape{C: 3, H: 32, W: 32}, Outputs: 10})
//
// The spaces are NATS-Bench's topology and size spaces ([TSS], [SSS]), DARTS ([DARTS]) and
// TransNAS-Bench-101's cells and skeletons ([TransNASMicro], [TransNASMacro]); [Register] adds others.
//
// A [Graph] is read-only and needs no engine for its shapes, parameters ([Graph.ParamCount]) and FLOPs
// ([Graph.MACs], [NATSFlops], [NASLibFlops]). A network of one's own is made with a [Builder].
package spaces
