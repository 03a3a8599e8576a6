package report

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"

	"github.com/zcnas/zcnas/plotting"
)

// Formats of the files, by their endings.
var (
	figureFormats = []string{"pdf", "svg", "png"}
	tableFormats  = []string{"tex", "csv", "md"}
)

// Write writes all tables and figures of the studies below dir, each study in a folder of its name: figures as PDF,
// SVG and PNG, tables as LaTeX, CSV and Markdown, and index.html and index.md that lead to them. It returns the names
// of the files, relative to dir, with slashes. The same studies give the same files to the bit. The options are for
// every figure. Errors: a study of no or of two folders, numbers that cannot be drawn, files that cannot be written.
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
	}
	page := newIndex(studies)
	var files []string
	for _, s := range studies {
		items, err := s.Items(opts...)
		if err != nil {
			return files, err
		}
		page.study(s)
		for _, it := range items {
			formats := figureFormats
			if it.Table != nil {
				formats = tableFormats
			}
			var names []string
			for _, f := range formats {
				name := s.Name + "/" + it.Name + "." + f
				path := filepath.Join(dir, filepath.FromSlash(name))
				if it.Table != nil {
					err = plotting.SaveTable(it.Table, path)
				} else {
					err = plotting.Save(it.Figure, path)
				}
				if err != nil {
					return files, err
				}
				names = append(names, name)
			}
			files = append(files, names...)
			page.item(it, names)
		}
	}
	for name, text := range map[string]string{"index.html": page.html(), "index.md": page.md.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			return files, fmt.Errorf("report: %w", err)
		}
	}
	return append(files, "index.html", "index.md"), nil
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
	fmt.Fprintf(&x.md, "\n## %s\n\n", s.Title)
	if s.Text != "" {
		fmt.Fprintf(&x.body, "<p>%s</p>\n", html.EscapeString(s.Text))
		fmt.Fprintf(&x.md, "%s\n\n", s.Text)
	}
}

func (x *index) item(it Item, files []string) {
	var links, plain []string
	for _, f := range files {
		links = append(links, fmt.Sprintf("<a href=\"%s\">%s</a>", f, formatName(f)))
		plain = append(plain, fmt.Sprintf("[%s](%s)", formatName(f), f))
	}
	fmt.Fprintf(&x.md, "- %s %s\n", it.Caption, strings.Join(plain, ", "))
	caption := fmt.Sprintf("%s %s", html.EscapeString(it.Caption), strings.Join(links, " · "))
	if it.Table != nil {
		fmt.Fprintf(&x.body, "<figure>\n%s<figcaption>%s</figcaption>\n</figure>\n", it.Table.HTML(), caption)
		return
	}
	fmt.Fprintf(&x.body, "<figure>\n<img src=\"%s\" alt=\"%s\" loading=\"lazy\">\n<figcaption>%s</figcaption>\n</figure>\n",
		files[1], html.EscapeString(it.Caption), caption)
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
