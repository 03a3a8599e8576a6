package spaces

import (
	"fmt"
	"strings"
)

// DOT is the cell as a graph in Graphviz's language, left to right, the operations on the edges; "none" edges
// are dotted.
func DOT(c Cell) string {
	var b strings.Builder
	b.WriteString("digraph cell {\n\trankdir=LR;\n\tnode [shape=box, style=rounded];\n")
	if c.Title != "" {
		fmt.Fprintf(&b, "\tlabel=%s;\n", dotQuote(c.Title))
	}
	for i, n := range c.Nodes {
		fmt.Fprintf(&b, "\tn%d [label=%s];\n", i, dotQuote(n))
	}
	for _, e := range c.Edges {
		fmt.Fprintf(&b, "\tn%d -> n%d", e.From, e.To)
		switch e.Label {
		case "":
		case "none":
			b.WriteString(` [label="none", style=dotted, color=gray, fontcolor=gray]`)
		default:
			fmt.Fprintf(&b, " [label=%s]", dotQuote(e.Label))
		}
		b.WriteString(";\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// NetworkDOT is the whole network in Graphviz's language, top to bottom, a node for each layer; layers that do
// not reach the output are dotted.
func NetworkDOT(g *Graph) string {
	var b strings.Builder
	b.WriteString("digraph network {\n\tnode [shape=box];\n")
	live := g.Live()
	for i := range g.Layers {
		l := &g.Layers[i]
		label := l.Kind.String()
		if l.Kernel > 0 {
			label = fmt.Sprintf("%s %d×%d", label, l.Kernel, l.Kernel)
		}
		if l.Name != "" {
			label = l.Name + "\n" + label
		}
		style := ""
		if !live[i] {
			style = ", style=dotted"
		}
		fmt.Fprintf(&b, "\tn%d [label=%s%s];\n", i, dotQuote(label+"\n"+l.Out.String()), style)
		for _, j := range l.In {
			fmt.Fprintf(&b, "\tn%d -> n%d;\n", j, i)
		}
	}
	b.WriteString("}\n")
	return b.String()
}

// dotQuote is a quoted string of Graphviz's language.
func dotQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
