package plotting

import (
	"hash/fnv"
	"image/color"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot/vg"
)

// Marker is the shape that marks a data point.
type Marker uint8

// The markers: four filled, four open and two crosses.
const (
	Disc Marker = iota
	Square
	Triangle
	Diamond
	Circle
	Box
	OpenTriangle
	OpenDiamond
	Cross
	Plus
	numMarkers
)

// ProxyStyle is how a proxy looks in every figure of this package.
type ProxyStyle struct {
	Color  color.RGBA
	Dashes []vg.Length // in points; nil is a solid line
	Marker Marker
}

var (
	palette = []color.RGBA{canvas.Blue, canvas.Vermillion, canvas.Green, canvas.Purple, canvas.SkyBlue, canvas.Orange, canvas.Grey, canvas.Black}

	dashPatterns = [][]vg.Length{nil, {5, 2}, {1.5, 1.5}, {6, 2, 1.5, 2}, {3, 1.5}, {8, 2}, {6, 1.5, 1.5, 1.5, 1.5, 1.5}, {1, 2.5}}
)

// The proxies that the field uses most have fixed styles. Neighbours in score (fisher, grad_norm and snip;
// flops and params) differ in colour, lightness, dashes and marker at once.
var proxyStyles = map[string]ProxyStyle{
	"synflow":   {canvas.Blue, nil, Disc},
	"jacob_cov": {canvas.Vermillion, nil, Square},
	"snip":      {canvas.SkyBlue, dashPatterns[1], Triangle},
	"grad_norm": {canvas.Green, dashPatterns[2], Diamond},
	"fisher":    {canvas.Purple, dashPatterns[3], OpenDiamond},
	"grasp":     {canvas.Orange, dashPatterns[5], OpenTriangle},
	"flops":     {canvas.Black, dashPatterns[4], Circle},
	"params":    {canvas.Grey, nil, Box},

	"nwot":       {canvas.Green, nil, Cross},
	"plain":      {canvas.Orange, dashPatterns[2], Plus},
	"l2_norm":    {canvas.Grey, dashPatterns[1], Triangle},
	"zen":        {canvas.Purple, nil, Square},
	"epe_nas":    {canvas.Vermillion, dashPatterns[1], Circle},
	"synflow_bn": {canvas.Blue, dashPatterns[4], Box},
	"zico":       {canvas.SkyBlue, nil, Diamond},
	"meco":       {canvas.Green, dashPatterns[6], OpenTriangle},
	"swap":       {canvas.Vermillion, dashPatterns[3], Plus},
	"az_nas":     {canvas.Black, nil, Diamond},
	"vkdnw":      {canvas.Purple, dashPatterns[1], Cross},
	"te_nas":     {canvas.Orange, nil, Disc},
	"gradsign":   {canvas.Blue, dashPatterns[2], OpenDiamond},
	"gennas":     {canvas.SkyBlue, dashPatterns[3], Cross},
}

// Other names of the same proxies.
var proxyAliases = map[string]string{"jacov": "jacob_cov", "naswot": "nwot", "zen_score": "zen", "epenas": "epe_nas",
	"l2norm": "l2_norm", "log_synflow": "synflow", "param": "params", "gradnorm": "grad_norm"}

// Style is the colour, dash pattern and marker of a proxy: always the same for the same name, in every figure and
// every run. Names that this package does not know get a style from a hash of the name.
func Style(proxy string) ProxyStyle {
	if a, ok := proxyAliases[proxy]; ok {
		proxy = a
	}
	if s, ok := proxyStyles[proxy]; ok {
		return s
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(proxy)) // a hash takes everything
	return styleAt(int(h.Sum32() >> 1))
}

// styleAt counts through the combinations of colour, dashes and marker.
func styleAt(i int) ProxyStyle {
	i %= len(palette) * len(dashPatterns) * int(numMarkers)
	c, rest := i%len(palette), i/len(palette)
	return ProxyStyle{palette[c], dashPatterns[rest%len(dashPatterns)], Marker(rest / len(dashPatterns) % int(numMarkers))}
}

// styles are the styles of proxies that appear in one figure. Where two hashes fall together, the later proxy
// gets the next free style, so that no two lines of a figure look alike.
func styles(proxies []string) []ProxyStyle {
	out := make([]ProxyStyle, len(proxies))
	same := func(a, b ProxyStyle) bool { return a.Color == b.Color && a.Marker == b.Marker }
	for i, n := range proxies {
		s := Style(n)
		for k := 1; k < 640; k++ {
			taken := false
			for j := 0; j < i; j++ {
				taken = taken || proxies[j] != n && same(out[j], s)
			}
			if !taken {
				break
			}
			s = styleAt(k*97 + i)
		}
		out[i] = s
	}
	return out
}

// drawMarker draws a marker of about that radius. Open markers are filled with the background, so that lines do not
// run through them.
func drawMarker(p *canvas.Pen, m Marker, col color.Color, pt vg.Point, r vg.Length) {
	var q vg.Path
	open := false
	switch m {
	case Circle:
		open = true
		fallthrough
	case Disc:
		q = canvas.CirclePath(pt, r)
	case Box:
		open = true
		fallthrough
	case Square:
		q = canvas.Polygon(pt, r*0.88, -1, -1, 1, -1, 1, 1, -1, 1)
	case OpenTriangle:
		open = true
		fallthrough
	case Triangle:
		q = canvas.Polygon(pt, r*1.2, -1, -0.7, 1, -0.7, 0, 1)
	case OpenDiamond:
		open = true
		fallthrough
	case Diamond:
		q = canvas.Polygon(pt, r*1.25, 0, -1, 1, 0, 0, 1, -1, 0)
	case Cross:
		p.Line(col, r*0.55, nil, vg.Point{X: pt.X - r, Y: pt.Y - r}, vg.Point{X: pt.X + r, Y: pt.Y + r})
		p.Line(col, r*0.55, nil, vg.Point{X: pt.X - r, Y: pt.Y + r}, vg.Point{X: pt.X + r, Y: pt.Y - r})
		return
	default:
		p.Line(col, r*0.55, nil, vg.Point{X: pt.X - r*1.2, Y: pt.Y}, vg.Point{X: pt.X + r*1.2, Y: pt.Y})
		p.Line(col, r*0.55, nil, vg.Point{X: pt.X, Y: pt.Y - r*1.2}, vg.Point{X: pt.X, Y: pt.Y + r*1.2})
		return
	}
	if open {
		p.FillIn(p.Theme.Background, q)
		p.Outline(col, max(0.5, r*0.4), nil, q)
		return
	}
	p.FillIn(col, q)
}
