package report

import (
	"errors"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/internal/plain"
	"github.com/zcnas/zcnas/plotting"
)

// Formats of the files, by their endings.
var (
	figureFormats = []string{"pdf", "svg", "png"}
	tableFormats  = []string{"tex", "csv", "md"}
)

// Write writes all tables and figures of the studies below dir, each study in a folder of its name, as PDF, SVG and
// PNG, and tables as LaTeX, CSV and Markdown too, with index.html and index.md that lead to them. It returns the names
// of the files, relative to dir, with slashes. The same studies give the same files to the bit. The options are for
// every figure, also for tables drawn as figures.
//
// Nothing is written where the studies make no sense: none at all, two of one name, two results of one proxy on a
// task. A table or figure that cannot be drawn is left out with a line in the index: the others are written, and the
// error names it. A file that cannot be written ends the work.
func Write(dir string, studies []*Study, opts ...plotting.Option) ([]string, error) {
	if len(studies) == 0 {
		return nil, fmt.Errorf("report: no study to write")
	}
	seen := map[string]bool{}
	for _, s := range studies {
		if s == nil {
			return nil, fmt.Errorf("report: a study is nil")
		}
		if seen[s.Name] {
			return nil, fmt.Errorf("report: two studies are called %s", s.Name)
		}
		seen[s.Name] = true
		if err := s.check(); err != nil {
			return nil, err
		}
	}
	page := newIndex(studies)
	var files []string
	var errs []error
	for _, s := range studies {
		page.study(s)
		d := draw(s, opts)
		for _, it := range d.items {
			names, err := save(dir, s.Name+"/"+it.Name, it, opts)
			files = append(files, names...)
			if isFileError(err) {
				return files, err
			}
			if err != nil {
				d.fail(it.Name, err)
			}
			if len(names) > 0 {
				page.item(it, names)
			}
		}
		page.missing(d.absent, d.errs)
		errs = append(errs, d.errs...)
	}
	for name, text := range map[string]string{"index.html": page.html(), "index.md": page.md.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			return files, fmt.Errorf("report: %w", err)
		}
	}
	return append(files, "index.html", "index.md"), errors.Join(errs...)
}

// save writes the item in all its formats and returns the names of the files that it has written. A table is written
// in the formats of tables even where it cannot be drawn as a figure.
func save(dir, base string, it Item, opts []plotting.Option) ([]string, error) {
	var names []string
	var errs []error
	write := func(formats []string, to func(path string) error) {
		for _, f := range formats {
			name := base + "." + f
			if err := to(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
				errs = append(errs, err)
				return
			}
			names = append(names, name)
		}
	}
	f := it.Figure
	if it.Table != nil {
		var err error
		if f, err = plotting.TableFigure(it.Table, opts...); err != nil {
			errs = append(errs, err)
		}
	}
	if f != nil {
		write(figureFormats, func(path string) error { return plotting.Save(f, path) })
	}
	if it.Table != nil {
		write(tableFormats, func(path string) error { return plotting.SaveTable(it.Table, path) })
	}
	return names, errors.Join(errs...)
}

// isFileError tells a file that cannot be written, as on a full disk, from a figure that cannot be drawn.
func isFileError(err error) bool {
	var path *os.PathError
	var link *os.LinkError
	return errors.As(err, &path) || errors.As(err, &link)
}

// index is the page that leads to all files.
type index struct {
	body, md strings.Builder
}

const indexTitle = "Zero-cost proxies: tables and figures"

func newIndex(studies []*Study) *index {
	x := &index{}
	fmt.Fprintf(&x.md, "# %s\n", indexTitle)
	fmt.Fprintf(&x.body, "<h1>%s</h1>\n", indexTitle)
	if len(studies) > 1 {
		x.body.WriteString("<ul>\n")
		for _, s := range studies {
			fmt.Fprintf(&x.body, "<li><a href=\"#%s\">%s</a></li>\n", s.Name, html.EscapeString(s.Title))
		}
		x.body.WriteString("</ul>\n")
	}
	return x
}

func (x *index) study(s *Study) {
	fmt.Fprintf(&x.body, "<h2 id=\"%s\">%s</h2>\n", s.Name, html.EscapeString(s.Title))
	fmt.Fprintf(&x.md, "\n## %s\n\n", plain.Markdown(s.Title))
	if s.Text != "" {
		fmt.Fprintf(&x.body, "<p>%s</p>\n", html.EscapeString(s.Text))
		fmt.Fprintf(&x.md, "%s\n\n", plain.Markdown(s.Text))
	}
}

func (x *index) item(it Item, files []string) {
	var links, marked []string
	for _, f := range files {
		links = append(links, fmt.Sprintf("<a href=\"%s\">%s</a>", f, formatName(f)))
		marked = append(marked, fmt.Sprintf("[%s](%s)", formatName(f), f))
	}
	fmt.Fprintf(&x.md, "- %s %s\n", plain.Markdown(it.Caption), strings.Join(marked, ", "))
	caption := fmt.Sprintf("%s %s", html.EscapeString(it.Caption), strings.Join(links, " · "))
	if it.Table != nil {
		fmt.Fprintf(&x.body, "<figure>\n%s<figcaption>%s</figcaption>\n</figure>\n", it.Table.HTML(), caption)
		return
	}
	picture := ""
	if i := slices.IndexFunc(files, func(f string) bool { return strings.HasSuffix(f, ".svg") }); i >= 0 {
		picture = fmt.Sprintf("<img src=\"%s\" alt=\"%s\" loading=\"lazy\">\n", files[i], html.EscapeString(it.Caption))
	}
	fmt.Fprintf(&x.body, "<figure>\n%s<figcaption>%s</figcaption>\n</figure>\n", picture, caption)
}

// missing says what a study has not, and why.
func (x *index) missing(absent []string, failed []error) {
	lines := slices.Clone(absent)
	for _, err := range failed {
		lines = append(lines, "Could not be drawn: "+strings.TrimPrefix(err.Error(), "report: "))
	}
	for _, l := range lines {
		fmt.Fprintf(&x.md, "- %s\n", plain.Markdown(l))
		fmt.Fprintf(&x.body, "<p>%s</p>\n", html.EscapeString(l))
	}
}

func formatName(file string) string {
	ext := strings.TrimPrefix(filepath.Ext(file), ".")
	switch ext {
	case "tex":
		return "LaTeX"
	case "md":
		return "Markdown"
	}
	return strings.ToUpper(ext)
}

func (x *index) html() string {
	return `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>` + indexTitle + `</title>
<style>
body { font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
figure { margin: 2rem 0; overflow-x: auto }
img { max-width: 100% }
table { border-collapse: collapse; font-size: 14px }
caption { display: none }
figcaption { font-size: 14px; margin-top: .5rem }
</style>
<body>
` + x.body.String() + "</body>\n</html>\n"
}

// Slug turns a title into a name of files and folders: small letters, digits and single dashes.
func Slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.TrimSuffix(b.String(), "-")
}
