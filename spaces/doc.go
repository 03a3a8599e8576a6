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
// TransNAS-Bench-101's cells and skeletons ([TransNASMicro], [TransNASMacro]).
//
// A space of one's own is one file: a type with the four methods of [Space] and those of the optional interfaces that
// suit it, and a registration. Where architectures are rows of digits, digits.go has all but the network; sss.go is
// the shortest such space.
//
//	func init() {
//		spaces.Register("mine", func(o *spaces.Options) (spaces.Space, error) {
//			return mine{width: o.Int("width", 16, 1, 512, "channels of the first layer")}, nil
//		})
//	}
//
// A [Graph] is read-only and needs no engine for its shapes, parameters ([Graph.ParamCount]) and FLOPs
// ([Graph.MACs], [NATSFlops], [NASLibFlops]). A network of one's own is made with a [Builder].
package spaces
