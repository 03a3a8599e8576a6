package plotting

import (
	"fmt"
	"slices"

	"github.com/zcnas/zcnas/zc/stats"
	"gonum.org/v1/plot/vg"
)

// Widths of figures in a paper of two columns (those of ICML and many others).
const (
	OneColumn = 3.25 * vg.Inch // as wide as one column
	TwoColumn = 6.75 * vg.Inch // as wide as the page
)

// Option changes how a figure looks. An option that a kind of figure has no use for is an error there.
type Option func(*config)

type config struct {
	title, xLabel, yLabel, note, alt string
	width, height                    vg.Length
	theme                            Theme
	dpi                              int
	logX, logY, linearX              bool
	columns                          int
	colorMap                         ColorMap
	spearman                         *interval
	statistic                        stats.Statistic
	style                            string
	legend                           bool
	triangle                         bool
	groups                           []string
	cliques                          [][2]int
	partial                          *partialRanks
	given                            []string // names of the options that not every figure has a use for
}

type interval struct {
	value, lo, hi float64
}

func defaultConfig() config {
	return config{width: OneColumn, theme: Light(), dpi: 192, colorMap: BlueYellow(), legend: true}
}

// uses says what options each kind of figure has a use for, beside those that all have. Each file of a figure adds its own.
var uses = map[string][]string{}

// special is an option that not every figure has a use for.
func special(name string, set Option) Option {
	return func(c *config) {
		c.given = append(c.given, name)
		set(c)
	}
}

// applicable are those of the options that a kind of figure has a use for.
func applicable(what string, opts []Option) []Option {
	return slices.DeleteFunc(slices.Clone(opts), func(o Option) bool {
		probe := defaultConfig()
		if o != nil {
			o(&probe)
		}
		return probe.useless(what) != ""
	})
}

// useless is the first option given that the kind of figure has no use for.
func (c *config) useless(what string) string {
	for _, name := range c.given {
		if !slices.Contains(uses[what], name) {
			return name
		}
	}
	return ""
}

func (c *config) check() error {
	switch {
	case !(c.width >= vg.Inch && c.width <= 100*vg.Inch):
		return fmt.Errorf("the width is %.4g in; give one from 1 to 100 in, for example WithWidth(plotting.OneColumn)", c.width/vg.Inch)
	case c.height != 0 && !(c.height >= 0.2*vg.Inch && c.height <= 100*vg.Inch):
		return fmt.Errorf("the height is %.4g in; give one from 0.2 to 100 in", c.height/vg.Inch)
	case c.dpi < 20 || c.dpi > 2400:
		return fmt.Errorf("%d dots per inch; give 20 to 2400", c.dpi)
	case c.theme.FontSize < 4 || c.theme.FontSize > 40 || c.theme.Background == nil || c.theme.Foreground == nil ||
		c.theme.Muted == nil || c.theme.Grid == nil:
		return fmt.Errorf("the theme lacks a colour or its font size is not in 4…40 points; start from Light() or Dark()")
	case c.columns < 0:
		return fmt.Errorf("%d columns; give 1 or more", c.columns)
	case c.logX && c.linearX:
		return fmt.Errorf("the x axis is asked to be both logarithmic and linear; leave WithLogX or WithLinearX out")
	case c.colorMap == nil:
		return fmt.Errorf("the colour map is nil; give BlueYellow() or BlueOrange()")
	}
	return nil
}

// WithTitle sets a title above the figure; long ones are wrapped. In a paper the caption is the title.
func WithTitle(title string) Option { return func(c *config) { c.title = title } }

// WithAlt sets the text that describes the figure to readers who cannot see it (in SVG and HTML). The default
// says what kind of figure it is and of what.
func WithAlt(text string) Option { return func(c *config) { c.alt = text } }

// WithWidth sets the width; the default is [OneColumn].
func WithWidth(w vg.Length) Option { return func(c *config) { c.width = w } }

// WithHeight sets the height; the default follows from the width and the contents.
func WithHeight(h vg.Length) Option { return func(c *config) { c.height = h } }

// WithTheme sets colours and text size; the default is [Light].
func WithTheme(t Theme) Option { return func(c *config) { c.theme = t } }

// WithDPI sets the resolution of PNG output in dots per inch; the default is 192.
func WithDPI(dpi int) Option { return func(c *config) { c.dpi = dpi } }

// WithXLabel sets the label of the x axis.
func WithXLabel(s string) Option {
	return special("WithXLabel", func(c *config) { c.xLabel = s })
}

// WithYLabel sets the label of the y axis.
func WithYLabel(s string) Option {
	return special("WithYLabel", func(c *config) { c.yLabel = s })
}

// WithNote sets a remark in small print below the figure.
func WithNote(s string) Option { return func(c *config) { c.note = s } }

// WithLogX makes the x axis logarithmic. Every x must then be above zero.
func WithLogX() Option {
	return special("WithLogX", func(c *config) { c.logX = true })
}

// WithLinearX keeps the x axis of a scatter linear, however far the scores spread; see [Scatter].
func WithLinearX() Option {
	return special("WithLinearX", func(c *config) { c.linearX = true })
}

// WithLogY makes the y axis logarithmic. Every y must then be above zero.
func WithLogY() Option {
	return special("WithLogY", func(c *config) { c.logY = true })
}

// WithColumns sets the number of columns of a grid; the default follows from the width.
func WithColumns(n int) Option {
	return special("WithColumns", func(c *config) { c.columns = n })
}

// WithColorMap sets the colour map of heat maps; the default is [BlueYellow].
func WithColorMap(m ColorMap) Option {
	return special("WithColorMap", func(c *config) { c.colorMap = m })
}

// WithLowerTriangle draws only the lower triangle of a symmetric heat map.
func WithLowerTriangle() Option {
	return special("WithLowerTriangle", func(c *config) { c.triangle = true })
}

// WithoutLegend leaves the legend (the colour bar of a heat map) out.
func WithoutLegend() Option {
	return special("WithoutLegend", func(c *config) { c.legend = false })
}

// WithSpearman prints Spearman's ρ in a scatter, with the interval lo…hi unless one of them is NaN. With
// [WithStatistic] it is that coefficient instead.
func WithSpearman(rho, lo, hi float64) Option {
	return special("WithSpearman", func(c *config) { c.spearman = &interval{value: rho, lo: lo, hi: hi} })
}

// WithStyleOf draws a scatter in the colour and marker of that proxy; see [Style].
func WithStyleOf(proxy string) Option {
	return special("WithStyleOf", func(c *config) { c.style = proxy })
}

// WithGroups names the group of every task in [CorrelationBars], for example its search space.
func WithGroups(groups []string) Option {
	return special("WithGroups", func(c *config) { c.groups = groups })
}
