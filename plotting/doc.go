// Package plotting draws the figures and tables of a study of zero-cost proxies: correlation tables and heat maps,
// scatters, relative performance profiles, average ranks, critical differences and search-space cells. They show
// inline in a GoNB notebook and export for a paper.
//
//	fig, err := plotting.HeatMap(names, rho, plotting.WithTitle("NATS-Bench TSS, CIFAR-100"))
//	plotting.MustShow(fig)                        // inline, in a notebook cell
//	err = plotting.Save(fig, "fig3.pdf", "fig3.svg")
//
// A [Figure] is drawn from plain names and numbers; constructors check them and return errors, never panic.
// Options such as [WithTitle], [WithWidth] and [WithTheme] change the look. A [Table] writes Markdown, HTML, LaTeX
// (booktabs) and CSV; [TableFigure] draws it.
//
// # Rules that hold for all figures
//
// A proxy has the same colour, dash pattern and marker everywhere ([Style]). Colours are safe for colour-blind
// readers, and nothing is told by colour alone. Text never overlaps: labels shrink, thin out or wrap. Sizes are on
// paper, so that text has the size of the caption's when the figure is included unscaled at [OneColumn] or
// [TwoColumn] width. NaN means "no value" and shows as such (hatched, "–", or left out and counted); infinite
// values are errors, save for scores in a [Scatter], where they are counted.
package plotting
