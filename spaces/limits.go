package spaces

import "fmt"

// What a graph can hold, so that a mistyped size is an error and neither an overflow nor a dead machine. Counts
// within these bounds are exact.
const (
	maxLayers  = 1 << 17 // of a graph
	maxCells   = 1000    // of a skeleton, in one stage
	maxWindow  = 1 << 20 // kernels, strides, paddings, dilations
	maxWidth   = 1 << 30 // base channels
	maxMap     = 1 << 40 // values of one sample's map
	maxParams  = 1 << 40
	maxFLOPs   = 1 << 62 // for one sample
	bytesOf32  = 4
	bytesInGiB = 1 << 30
)

// values is the number of values in a map, as a number that cannot overflow.
func (s Shape) values() float64 { return float64(s.C) * float64(s.H) * float64(s.W) }

// possible says why there can be no map of that shape, or "".
func (s Shape) possible() string {
	switch {
	case s.C < 1 || s.H < 1 || s.W < 1:
		return "every dimension must be at least 1"
	case s.values() > maxMap:
		return fmt.Sprintf("one sample needs %.0f GiB", s.values()*bytesOf32/bytesInGiB)
	}
	return ""
}

// checkWidth reports base channels whose multiples would overflow; the [Builder] reports too few.
func checkWidth(space string, channels int) error {
	if channels > maxWidth {
		return fmt.Errorf("spaces: %s: %d channels, want 1 to %d", space, channels, maxWidth)
	}
	return nil
}

// window reports geometry that cannot be.
func (b *Builder) window(l *Layer, sizes ...int) bool {
	for _, v := range sizes {
		if v < -maxWindow || v > maxWindow {
			b.fail(l, "kernel, stride, padding or dilation %d; the most is %d", v, maxWindow)
			return false
		}
	}
	return true
}

// strides reports an input that is too small for the layer's stride.
func (b *Builder) strides(l *Layer) bool {
	if s := b.Out(l.In[0]); l.Stride > 1 && (s.H == 1 || s.W == 1) {
		b.fail(l, "stride %d on the input %v, of which a side is 1; give the network a larger input", l.Stride, s)
		return false
	}
	return true
}

// count adds a layer's work to the graph's: at least what [Graph.MACs], [NATSFlops] and [NASLibFlops] count.
func (b *Builder) count(l *Layer) {
	perValue := 4.0
	switch l.Kind {
	case Conv:
		perValue += float64(b.g.in(l).C/l.Groups) * float64(l.Kernel) * float64(l.Kernel)
	case ConvTranspose:
		perValue += float64(b.g.in(l).C) * float64(l.Kernel) * float64(l.Kernel)
	case Linear:
		perValue += b.g.in(l).values()
	case AvgPool, MaxPool:
		perValue += float64(l.Kernel) * float64(l.Kernel)
	}
	b.flops += perValue * l.Out.values()
}

// tooLarge is why the whole graph cannot be, or nil. Only the whole says what it needs.
func (b *Builder) tooLarge() error {
	if b.params > maxParams {
		return fmt.Errorf("spaces: the network has %.3g parameters and needs %.0f GiB of weights; give it fewer channels or layers",
			b.params, b.params*bytesOf32/bytesInGiB)
	}
	if b.flops > maxFLOPs {
		return fmt.Errorf("spaces: the network needs about %.3g multiply-adds for one sample; give it fewer channels or layers, or a smaller input", b.flops)
	}
	return nil
}
