package plotting

import (
	"hash/fnv"
	"image/color"

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
	palette = []color.RGBA{blue, vermillion, green, purple, skyBlue, orange, grey, black}

	dashPatterns = [][]vg.Length{nil, {5, 2}, {1.5, 1.5}, {6, 2, 1.5, 2}, {3, 1.5}, {8, 2}, {6, 1.5, 1.5, 1.5, 1.5, 1.5}, {1, 2.5}}
)

// The proxies that the field uses most have fixed styles. Neighbours in score (fisher, grad_norm and snip;
// flops and params) differ in colour, lightness, dashes and marker at once.
var proxyStyles = map[string]ProxyStyle{
	"synflow":   {blue, nil, Disc},
	"jacob_cov": {vermillion, nil, Square},
	"snip":      {skyBlue, dashPatterns[1], Triangle},
	"grad_norm": {green, dashPatterns[2], Diamond},
	"fisher":    {purple, dashPatterns[3], OpenDiamond},
	"grasp":     {orange, dashPatterns[5], OpenTriangle},
	"flops":     {black, dashPatterns[4], Circle},
	"params":    {grey, nil, Box},

	"nwot":       {green, nil, Cross},
	"plain":      {orange, dashPatterns[2], Plus},
	"l2_norm":    {grey, dashPatterns[1], Triangle},
	"zen":        {purple, nil, Square},
	"epe_nas":    {vermillion, dashPatterns[1], Circle},
	"synflow_bn": {blue, dashPatterns[4], Box},
	"zico":       {skyBlue, nil, Diamond},
	"meco":       {green, dashPatterns[6], OpenTriangle},
	"swap":       {vermillion, dashPatterns[3], Plus},
	"az_nas":     {black, nil, Diamond},
	"vkdnw":      {purple, dashPatterns[1], Cross},
	"te_nas":     {orange, nil, Disc},
	"gradsign":   {blue, dashPatterns[2], OpenDiamond},
	"gennas":     {skyBlue, dashPatterns[3], Cross},
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
func drawMarker(p *pen, m Marker, col color.Color, pt vg.Point, r vg.Length) {
	var q vg.Path
	open := false
	switch m {
	case Circle:
		open = true
		fallthrough
	case Disc:
		q = circle(pt, r)
	case Box:
		open = true
		fallthrough
	case Square:
		q = polygon(pt, r*0.88, -1, -1, 1, -1, 1, 1, -1, 1)
	case OpenTriangle:
		open = true
		fallthrough
	case Triangle:
		q = polygon(pt, r*1.2, -1, -0.7, 1, -0.7, 0, 1)
	case OpenDiamond:
		open = true
		fallthrough
	case Diamond:
		q = polygon(pt, r*1.25, 0, -1, 1, 0, 0, 1, -1, 0)
	case Cross:
		p.line(col, r*0.55, nil, vg.Point{X: pt.X - r, Y: pt.Y - r}, vg.Point{X: pt.X + r, Y: pt.Y + r})
		p.line(col, r*0.55, nil, vg.Point{X: pt.X - r, Y: pt.Y + r}, vg.Point{X: pt.X + r, Y: pt.Y - r})
		return
	default:
		p.line(col, r*0.55, nil, vg.Point{X: pt.X - r*1.2, Y: pt.Y}, vg.Point{X: pt.X + r*1.2, Y: pt.Y})
		p.line(col, r*0.55, nil, vg.Point{X: pt.X, Y: pt.Y - r*1.2}, vg.Point{X: pt.X, Y: pt.Y + r*1.2})
		return
	}
	if open {
		p.fill(p.th.Background, q)
		p.stroke(col, max(0.5, r*0.4), nil, q)
		return
	}
	p.fill(col, q)
}
