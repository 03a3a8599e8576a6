package plotting

import (
	"fmt"
	"image"

	"github.com/zcnas/zcnas/plotting/internal/canvas"
	"gonum.org/v1/plot/vg"
)

func init() {
	uses["Pictures"] = []string{"WithColumns"}
}

// Picture is one picture of [Pictures].
type Picture struct {
	Title string
	Image image.Image
	Note  string // below the picture
}

// Pictures sets pictures side by side in rows, each with its title above and its note below: samples of data sets, for
// example. Their pixels stay square and sharp. The default width is [TwoColumn] with four columns ([WithColumns]
// changes it).
//
// No pictures, or one without pixels, are errors.
func Pictures(pictures []Picture, opts ...Option) (*Figure, error) {
	opts = append([]Option{WithWidth(TwoColumn)}, opts...)
	return newFigure("Pictures", opts, func(f *Figure) error {
		if len(pictures) == 0 {
			return fmt.Errorf("no pictures given; give at least one")
		}
		for i, p := range pictures {
			if err := canvas.CheckText("title", p.Title); err != nil {
				return fmt.Errorf("picture %d: %w", i+1, err)
			}
			if p.Image == nil || p.Image.Bounds().Empty() {
				return fmt.Errorf("picture %d (%s) has no pixels", i+1, p.Title)
			}
		}
		s := pictureGrid{pictures, f.cfg.columns}
		if s.columns == 0 {
			s.columns = 4
		}
		s.columns = min(s.columns, len(pictures))
		f.alt = canvas.Counted(len(pictures), "picture") + "; the first: " + pictures[0].Title
		f.body, f.draw, f.photos = s.height, s.draw, true
		return nil
	})
}

type pictureGrid struct {
	pictures []Picture
	columns  int
}

const pictureGap vg.Length = 8

func (s pictureGrid) width(w vg.Length) vg.Length {
	return (w - 2*canvas.Margin - pictureGap*vg.Length(s.columns-1)) / vg.Length(s.columns)
}

// size is how large a picture is drawn in a column of width w: as wide as the column, but no higher than that.
func (s pictureGrid) size(p Picture, w vg.Length) (vg.Length, vg.Length) {
	b := p.Image.Bounds()
	scale := w / vg.Length(max(b.Dx(), b.Dy()))
	return scale * vg.Length(b.Dx()), scale * vg.Length(b.Dy())
}

// row is the height of the titles, of the pictures and of the notes in a row.
func (s pictureGrid) row(p *canvas.Pen, row int, w vg.Length) (title, picture, note vg.Length) {
	for _, x := range s.pictures[row*s.columns : min((row+1)*s.columns, len(s.pictures))] {
		title = max(title, vg.Length(len(s.titleLines(p, x, w)))*1.25*p.Theme.FontSize)
		note = max(note, vg.Length(len(s.noteLines(p, x, w)))*1.25*(p.Theme.FontSize-1))
		_, h := s.size(x, w)
		picture = max(picture, h)
	}
	return title, picture, note
}

func (s pictureGrid) titleLines(p *canvas.Pen, x Picture, w vg.Length) []string {
	return p.Wrap(x.Title, w, p.Theme.FontSize, true)
}

func (s pictureGrid) noteLines(p *canvas.Pen, x Picture, w vg.Length) []string {
	if x.Note == "" {
		return nil
	}
	return p.Wrap(x.Note, w, p.Theme.FontSize-1, false)
}

func (s pictureGrid) rows() int { return (len(s.pictures) + s.columns - 1) / s.columns }

func (s pictureGrid) height(p *canvas.Pen, w vg.Length) vg.Length {
	h := 2*canvas.Margin + pictureGap*vg.Length(s.rows()-1)
	for r := range s.rows() {
		title, picture, note := s.row(p, r, s.width(w))
		h += title + picture + note
	}
	return h
}

func (s pictureGrid) draw(p *canvas.Pen) {
	w := s.width(p.Max.X - p.Min.X)
	y := p.Max.Y - canvas.Margin
	for r := range s.rows() {
		title, picture, note := s.row(p, r, w)
		for c := 0; c < s.columns && r*s.columns+c < len(s.pictures); c++ {
			x := s.pictures[r*s.columns+c]
			left := p.Min.X + canvas.Margin + vg.Length(c)*(w+pictureGap)
			size := p.Theme.FontSize
			at := y - title + vg.Length(len(s.titleLines(p, x, w)))*1.25*size
			for _, line := range s.titleLines(p, x, w) {
				at -= 1.25 * size
				p.Text(vg.Point{X: left, Y: at + 0.4*size}, line, canvas.TextStyle{Size: size, Bold: true})
			}
			pw, ph := s.size(x, w)
			top := y - title
			p.Picture(canvas.Rect(left, top-ph, left+pw, top), x.Image)
			size--
			at = y - title - picture
			for _, line := range s.noteLines(p, x, w) {
				at -= 1.25 * size
				p.Text(vg.Point{X: left, Y: at + 0.15*size}, line, canvas.TextStyle{Size: size, Color: p.Theme.Muted})
			}
		}
		y -= title + picture + note + pictureGap
	}
}
