// Package reference has cases that define correct scores, and judges scores by them:
//
//	cases, err := reference.ReadCases(file)
//	comparisons, err := cases[0].Verify(ctx)
//
// "zc verify" does so for whole files.
package reference

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/internal/strictjson"
	"github.com/zcnas/zcnas/spaces"
)

// Case is a reference case: an architecture with the scores it must have. Its weights and minibatch are the
// deterministic streams of package stream, so that a case is one line of JSON.
type Case struct {
	Space   string              `json:"space"`
	Arch    string              `json:"arch"`
	Task    string              `json:"task"`
	Loss    string              `json:"loss"`
	Classes int                 `json:"classes"`
	Shape   []int               `json:"shape"` // [C, H, W], or [9, C, H, W] for jigsaw
	Batch   int                 `json:"batch"`
	Seed    uint64              `json:"seed"`
	Options map[string]any      `json:"options"`
	Scores  map[string]*float64 `json:"scores"` // null: undefined
	// Repeats and Regular are settings of swap and te_nas: how often, and the mean and the width of swap_regularised.
	Repeats map[string]float64 `json:"repeats"`
	Regular map[string]float64 `json:"regular"`
	// WithoutDeconv are the scores with transposed convolutions left out: see [zc.WithUnscored].
	WithoutDeconv map[string]*float64 `json:"scores_without_deconv"`
}

// ReadCases reads reference cases, one JSON object a line.
func ReadCases(r io.Reader) ([]Case, error) {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	var out []Case
	for line := 1; sc.Scan(); line++ {
		if len(sc.Bytes()) == 0 {
			continue
		}
		var c Case
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			return nil, fmt.Errorf("reference: reference case, line %d: %w", line, err)
		}
		if err := strictjson.Check(sc.Bytes()); err != nil {
			return nil, fmt.Errorf("reference: reference case, line %d: %w", line, err)
		}
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("reference: reference case, line %d: %w", line, err)
		}
		out = append(out, c)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("reference: reference cases: %w", err)
	}
	if len(out) == 0 {
		return nil, errors.New("reference: no reference cases in the file")
	}
	return out, nil
}

//go:embed testdata/small.jsonl
var small []byte

// Small returns three cases of small networks of NATS-Bench TSS, which are part of the program.
func Small() ([]Case, error) { return ReadCases(bytes.NewReader(small)) }

// What a case may ask for, so that no file of cases can exhaust the memory: several times what the reference cases
// need.
const (
	maxCaseSize  = 1 << 16 // of the batch, and of each dimension
	maxCaseBytes = 2 << 30 // of the weights, and of the maps and targets of the batch
)

func (c *Case) check() error {
	switch {
	case c.Space == "" || c.Arch == "":
		return errors.New("space or arch is missing")
	case len(c.Shape) != 3 && len(c.Shape) != 4:
		return fmt.Errorf("shape %v is not [C, H, W]", c.Shape)
	case c.Batch < 1 || c.Batch > maxCaseSize:
		return fmt.Errorf("batch %d, want 1 to %d", c.Batch, maxCaseSize)
	case c.Classes < 1 || c.Classes > maxCaseSize:
		return fmt.Errorf("classes %d, want 1 to %d", c.Classes, maxCaseSize)
	case len(c.Scores) == 0:
		return errors.New("no scores")
	}
	for _, d := range c.Shape {
		if d < 1 || d > maxCaseSize {
			return fmt.Errorf("shape %v, want sizes from 1 to %d", c.Shape, maxCaseSize)
		}
	}
	return nil
}

// checkSize reports a case whose network or targets are too large for one.
func (c *Case) checkSize(g *spaces.Graph) error {
	in := g.Input()
	values := float64(c.Classes) * float64(in.H*in.W) // of targets, where they are dense
	for i := range g.Layers {
		values += float64(g.Layers[i].Out.Size())
	}
	for _, need := range []struct {
		what  string
		bytes float64
	}{{"weights", 4 * float64(g.ParamCount())}, {"maps", 4 * values * float64(c.Batch)}} {
		if need.bytes > maxCaseBytes {
			return fmt.Errorf("reference: the case needs %.1f GiB of %s; reference cases may need %d GiB", need.bytes/(1<<30), need.what, maxCaseBytes>>30)
		}
	}
	return nil
}

// Network builds the case's network.
func (c *Case) Network() (*spaces.Graph, error) {
	space, task, err := c.space()
	if err != nil {
		return nil, err
	}
	return space.Network(spaces.Arch(c.Arch), task)
}

func (c *Case) space() (spaces.Space, spaces.Task, error) {
	space, err := spaces.New(c.Space, c.Options)
	return space, spaces.Task{Name: c.Task, Input: c.input(), Outputs: c.Classes}, err
}

// input joins the tiles of a jigsaw along channels.
func (c *Case) input() spaces.Shape {
	s := c.Shape
	if len(s) == 4 {
		return spaces.Shape{C: s[0] * s[1], H: s[2], W: s[3]}
	}
	return spaces.Shape{C: s[0], H: s[1], W: s[2]}
}

// minibatch is the case's, with the loss it is for.
func (c *Case) minibatch(ctx context.Context) (datasets.Dataset, *datasets.Batch, error) {
	in := c.input()
	var opts []datasets.Option
	if c.Task != "" {
		opts = append(opts, datasets.WithTask(c.Task))
	}
	if c.Loss != "" {
		opts = append(opts, datasets.WithLoss(c.Loss))
	}
	d, err := datasets.Reference(in.C, in.H, in.W, c.Classes, opts...)
	if err != nil {
		return nil, nil, err
	}
	b, err := d.Minibatch(ctx, c.Batch, c.Seed, datasets.Random)
	return d, b, err
}

// settings are the case's settings of proxies.
func (c *Case) settings() map[string]float64 {
	out := map[string]float64{}
	for proxy, n := range c.Repeats {
		out[proxy+".repeats"] = n
	}
	for name, v := range c.Regular {
		out["swap."+name] = v
	}
	return out
}
