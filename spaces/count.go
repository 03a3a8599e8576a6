package spaces

// MACs is the number of multiply-adds of the convolutions and linear layers for one sample, without biases.
// A transposed convolution costs its weights per output channel at every input position; layers that share
// their parameters count each time they run, layers that cannot reach the output count too.
func (g *Graph) MACs() int {
	n := 0
	for i := range g.Layers {
		n += g.layerMACs(&g.Layers[i])
	}
	return n
}

func (g *Graph) layerMACs(l *Layer) int {
	switch l.Kind {
	case Conv:
		return l.Out.Size() * (g.in(l).C / l.Groups) * l.Kernel * l.Kernel
	case ConvTranspose:
		return g.in(l).Size() * l.Out.C * l.Kernel * l.Kernel
	case Linear:
		return l.Out.C * g.in(l).Size()
	}
	return 0
}

// in is the shape of a layer's first input.
func (g *Graph) in(l *Layer) Shape { return g.Layers[l.In[0]].Out }

// NATSFlops is the figure that NATS-Bench's records call flops, for one sample: the multiply-adds of
// [Graph.MACs] and one addition per linear output for its bias.
func NATSFlops(g *Graph) int {
	n := g.MACs()
	for i := range g.Layers {
		if l := &g.Layers[i]; l.Kind == Linear && l.Bias {
			n += l.Out.C
		}
	}
	return n
}

// NASLibFlops is the figure that NAS-Bench-Suite-Zero's records call flops (there in millions), as TensorWatch
// counts it for one image:
//
//   - convolutions: multiply-adds, and one addition per output value where there is a bias;
//   - linear layers: multiply-adds without the bias;
//   - batch norms: one per value, two where affine; ReLU and LeakyReLU: one per value;
//   - k×k pooling: k² per output value, also at the border; global pooling of C×H×W: C·(H+1)·(W+1);
//   - transposed convolutions, Tanh, sums, concatenations and zeros: nothing.
//
// A module that runs several times counts once: layers that share their parameters, and the ReLU before them.
func NASLibFlops(g *Graph) int {
	reader := make([]string, len(g.Layers)) // the named layer that reads a layer's output, "" if none does
	for i := len(g.Layers) - 1; i >= 0; i-- {
		for _, j := range g.Layers[i].In {
			if g.Layers[i].Name != "" {
				reader[j] = g.Layers[i].Name
			}
		}
	}
	n := 0
	seen := map[string]bool{}
	for i := range g.Layers {
		l := &g.Layers[i]
		if l.Kind == ReLU && reader[i] != "" && seen[reader[i]] {
			continue
		}
		if l.Name != "" {
			if seen[l.Name] {
				continue
			}
			seen[l.Name] = true
		}
		switch l.Kind {
		case Conv:
			n += g.layerMACs(l)
			if l.Bias {
				n += l.Out.Size()
			}
		case Linear:
			n += g.layerMACs(l)
		case BatchNorm:
			n += l.Out.Size()
			if l.Affine {
				n += l.Out.Size()
			}
		case ReLU:
			n += l.Out.Size()
		case AvgPool, MaxPool:
			n += l.Kernel * l.Kernel * l.Out.Size()
		case GlobalAvgPool:
			in := g.in(l)
			n += in.C * (in.H + 1) * (in.W + 1)
		}
	}
	return n
}
