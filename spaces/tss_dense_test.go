package spaces_test

import (
	"testing"

	"github.com/zcnas/zcnas/spaces"
)

func outputOf(g *spaces.Graph) spaces.Shape { return g.Layers[len(g.Layers)-1].Out }

// The networks of NAS-Bench-360 for Darcy Flow: one output at every position, and parameters by hand.
func TestTSSDense(t *testing.T) {
	task := spaces.Task{Name: "darcy", Input: spaces.Shape{C: 3, H: 17, W: 21}, Outputs: 1, Dense: true}
	const stem, head = 3*16*9 + 2*16, 2*64 + 64 + 1
	for _, c := range []struct {
		name, arch string
		params     int
	}{
		// Edges from node 0 need 1×1 convolutions where the channels change, in the two cells between the stages.
		{"pools", "|avg_pool_3x3~0|+|avg_pool_3x3~0|avg_pool_3x3~1|+|avg_pool_3x3~0|avg_pool_3x3~1|avg_pool_3x3~2|",
			stem + head + 3*(16*32+2*32) + 3*(32*64+2*64)},
		{"one skip", "|skip_connect~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|",
			stem + head + (16*32 + 2*32) + (32*64 + 2*64)},
		{"one convolution", "|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|",
			stem + head + 5*(16*16*9+32) + (16*32*9 + 64) + 5*(32*32*9+64) + (32*64*9 + 128) + 5*(64*64*9+128)},
		{"nothing", "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|", stem + head},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := spaces.TSS()
			g := mustNetwork(t, s, mustParse(t, s, c.arch), task)
			if out, want := outputOf(g), (spaces.Shape{C: 1, H: 17, W: 21}); out != want {
				t.Errorf("output %v, want %v", out, want)
			}
			if n := g.ParamCount(); n != c.params {
				t.Errorf("%d parameters, want %d", n, c.params)
			}
		})
	}
}

// A dense task gets a dense head or an error, unless an option says otherwise.
func TestDenseHeads(t *testing.T) {
	task := spaces.Task{Name: "darcy", Input: spaces.Shape{C: 3, H: 32, W: 32}, Outputs: 1, Dense: true}
	for _, c := range []struct {
		name  string
		space spaces.Space
		want  spaces.Shape // zero: an error
	}{
		{"darts", spaces.DARTS(spaces.WithChannels(4)), spaces.Shape{C: 1, H: 32, W: 32}},
		{"darts, head given", spaces.DARTS(spaces.WithChannels(4), spaces.WithHead(spaces.ClassHead)), spaces.Shape{C: 1, H: 1, W: 1}},
		{"nats-sss", spaces.SSS(), spaces.Shape{}},
		{"transnas-micro", spaces.TransNASMicro(), spaces.Shape{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			archs, err := c.space.Sample(1, 0)
			if err != nil {
				t.Fatal(err)
			}
			g, err := c.space.Network(archs[0], task)
			if c.want == (spaces.Shape{}) {
				if err == nil {
					t.Error("no error for a dense task")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if outputOf(g) != c.want {
				t.Errorf("output %v, want %v", outputOf(g), c.want)
			}
		})
	}
}
