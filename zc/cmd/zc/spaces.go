package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/datasets/truth"
	"github.com/zcnas/zcnas/plotting"
	"github.com/zcnas/zcnas/plotting/netdraw"
	"github.com/zcnas/zcnas/spaces"
)

type spacesCmd struct {
	Space   string   `help:"Search space to describe, by default nats-tss; without any flag all are listed."`
	Option  []string `sep:"none" placeholder:"NAME=VALUE" help:"Option of the networks, such as channels=36 or variant=naslib. May be repeated."`
	Arch    []string `sep:"none" help:"Architectures to describe, in any of the space's encodings."`
	Task    string   `help:"Task whose head the networks get, on spaces that have several."`
	Shape   string   `placeholder:"C,H,W" help:"Shape of one input (default: of the task, else 3,32,32)."`
	Classes *int     `help:"Classes, or output channels (default: of the task, else 10)."`
	Out     string   `placeholder:"FILE" help:"Draw the cells of the architecture: .svg, .pdf, .png, .eps, .tex, or .dot for Graphviz."`
	Network bool     `help:"Draw the whole network instead of the cells; needs -out. A .dot holds every layer."`
}

func (c *spacesCmd) Run(a *app) error {
	if c.Network && c.Out == "" {
		return usage("-network draws the network, so it needs -out, for example -out network.svg")
	}
	if c.Space == "" && len(c.Arch) == 0 && c.Out == "" && len(c.Option) == 0 {
		return c.list(a)
	}
	f := spaceFlags{Space: cmp.Or(c.Space, "nats-tss"), Option: c.Option, Task: c.Task}
	space, err := f.space()
	if err != nil {
		return err
	}
	if len(c.Arch) == 0 {
		if c.Out != "" {
			return usage("-out needs one -arch")
		}
		return describe(a, space)
	}
	if ext := strings.ToLower(filepath.Ext(c.Out)); c.Out != "" && len(c.Arch) > 1 {
		return usage("-out draws one architecture, not %d", len(c.Arch))
	} else if formats := drawingFormats(); c.Out != "" && !slices.Contains(formats, strings.TrimPrefix(ext, ".")) {
		return usage("-out %s: drawings are written as %s", c.Out, strings.Join(formats, ", "))
	}
	task, err := c.task(space)
	if err != nil {
		return err
	}
	for i, text := range c.Arch {
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		arch, err := space.Parse(text)
		if err != nil {
			return err
		}
		g, err := space.Network(arch, task)
		if err != nil {
			return err
		}
		if err := printNetwork(a.stdout, arch, task, g); err != nil {
			return err
		}
		if c.Out != "" {
			return c.draw(space, arch, g)
		}
	}
	return nil
}

// task is what the networks are built for.
func (c *spacesCmd) task(s spaces.Space) (spaces.Task, error) {
	t := spaces.Task{Name: c.Task, Input: spaces.Shape{C: 3, H: 32, W: 32}, Outputs: 10}
	if severalTasks(s) {
		for _, known := range spaces.TransNASTasks() {
			if known.Name == cmp.Or(c.Task, "class_object") {
				t = known.Task
			}
		}
	}
	if c.Shape != "" {
		var err error
		if t.Input.C, t.Input.H, t.Input.W, err = parseShape(c.Shape); err != nil {
			return t, err
		}
	}
	if c.Classes != nil {
		t.Outputs = *c.Classes
		return t, checkClasses(t.Outputs)
	}
	return t, nil
}

func severalTasks(s spaces.Space) bool { return strings.HasPrefix(s.Name(), "transnas-") }

// tasks are those that the space's networks have heads for, or that its architectures were trained on.
func tasks(s spaces.Space) []string {
	if !severalTasks(s) {
		return truth.TaskNames(s)
	}
	var out []string
	for _, t := range spaces.TransNASTasks() {
		out = append(out, t.Name)
	}
	return out
}

func (c *spacesCmd) list(a *app) error {
	g := &grid{head: []string{"space", "architectures", "tasks of its benchmark", "an architecture"}}
	for _, s := range spaces.All() {
		example, err := s.Sample(1, 0)
		if err != nil {
			return err
		}
		t := strings.Join(tasks(s), " ")
		g.add(s.Name(), sizeOf(s), cmp.Or(t, none), string(example[0]))
	}
	return g.write(a.stdout, "table")
}

// sizeOf is how many architectures a space has.
func sizeOf(s spaces.Space) string {
	if sizer, ok := s.(spaces.Sizer); ok {
		return sizer.Size().String()
	}
	return none
}

func describe(a *app, s spaces.Space) error {
	example, err := s.Sample(1, 0)
	if err != nil {
		return err
	}
	neighbours := none
	if near, err := spaces.Neighbours(s, example[0]); err == nil {
		neighbours = fmt.Sprintf("%d of the example", len(near))
	}
	if _, err = fmt.Fprintf(a.stdout, "space          %s\narchitectures  %s\ntasks          %s\nexample        %s\nneighbours     %s\n",
		s.Name(), sizeOf(s), cmp.Or(strings.Join(tasks(s), ", "), none), example[0], neighbours); err != nil {
		return err
	}
	options, err := spaces.OptionsOf(s.Name())
	if err != nil {
		return err
	}
	return printOptions(a, options)
}

// printOptions lists the options of a space or a data set.
func printOptions(a *app, options []spaces.OptionInfo) error {
	if len(options) == 0 {
		return nil
	}
	g := &grid{head: []string{"option", "default", "values", "what it sets"}}
	for _, o := range options {
		values := slices.DeleteFunc(slices.Clone(o.Values), func(v string) bool { return v == "" })
		g.add(o.Name, cmp.Or(o.Default, none), cmp.Or(strings.Join(values, " "), none), o.Help)
	}
	fmt.Fprintln(a.stdout)
	return g.write(a.stdout, "table")
}

func printNetwork(w io.Writer, arch spaces.Arch, t spaces.Task, g *spaces.Graph) error {
	kinds := map[spaces.Kind]int{}
	dead := 0
	live := g.Live()
	for i := range g.Layers {
		kinds[g.Layers[i].Kind]++
		if !live[i] {
			dead++
		}
	}
	var order []spaces.Kind
	for k := range kinds {
		order = append(order, k)
	}
	slices.Sort(order)
	var parts []string
	for _, k := range order {
		parts = append(parts, fmt.Sprintf("%d %v", kinds[k], k))
	}
	out := g.Layers[g.Output].Out
	_, err := fmt.Fprintf(w, "arch          %s\ninput         %v\noutput        %v\nparams        %d\nmacs          %d\nflops         %d (as NATS-Bench counts)\nnaslib_flops  %d (as NAS-Bench-Suite-Zero counts)\nlayers        %d: %s\nunused        %d layers do not reach the output\n",
		arch, t.Input, out, g.ParamCount(), g.MACs(), spaces.NATSFlops(g), spaces.NASLibFlops(g), len(g.Layers), strings.Join(parts, ", "), dead)
	return err
}

// drawingFormats are the file name endings of drawings.
func drawingFormats() []string { return append([]string{"dot", "gv"}, plotting.Formats()...) }

// draw writes the drawing; a file that could not be finished is removed.
func (c *spacesCmd) draw(s spaces.Space, arch spaces.Arch, g *spaces.Graph) error {
	if ext := strings.ToLower(filepath.Ext(c.Out)); ext != ".dot" && ext != ".gv" {
		var fig *plotting.Figure
		var err error
		if c.Network {
			fig, err = netdraw.Network(g)
		} else {
			fig, err = netdraw.Cells(s, arch)
		}
		if err != nil {
			return err
		}
		return plotting.Save(fig, c.Out)
	}
	var text string
	if c.Network {
		text = spaces.NetworkDOT(g)
	} else {
		cells, err := spaces.Cells(s, arch)
		if err != nil {
			return err
		}
		for _, cell := range cells {
			text += spaces.DOT(cell)
		}
	}
	if err := os.WriteFile(c.Out, []byte(text), 0o644); err != nil {
		os.Remove(c.Out)
		return err
	}
	return nil
}
