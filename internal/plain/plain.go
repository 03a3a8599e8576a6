// Package plain makes names from outside data harmless where they are shown: in a terminal, which obeys control
// characters, in Markdown, which has links and pictures, and in spreadsheets, which compute what begins like a
// formula.
package plain

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line is the text on one line, without anything that a terminal, a browser or a PDF reader obeys: line ends and tabs
// are spaces, other control characters their pictures (␛ for an escape), and what turns the direction of writing or
// is no Unicode is the replacement character.
func Line(s string) string {
	for _, r := range s {
		if shown(r) != r || r == utf8.RuneError {
			return strings.Map(shown, strings.ToValidUTF8(s, "\ufffd"))
		}
	}
	return s
}

func shown(r rune) rune {
	switch {
	case r == '\n' || r == '\r' || r == '\t' || r == '\v' || r == '\f' || r == '\u0085' || r == '\u2028' || r == '\u2029':
		return ' '
	case r < 0x20:
		return 0x2400 + r // the block of control pictures
	case r == 0x7f:
		return '\u2421'
	case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
		return '\ufffd'
	}
	return r
}

var (
	markdown = strings.NewReplacer(`\`, `\\`, `|`, `\|`, `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`, `~`, `\~`, `$`, `\$`,
		`<`, `&lt;`, `>`, `&gt;`, "`", "\\`")
	entity = regexp.MustCompile(`&(#?[0-9A-Za-z]+;)`)
)

// Markdown is the text for a line or a table's cell of Markdown, where it shows as it is.
func Markdown(s string) string {
	return markdown.Replace(entity.ReplaceAllString(Line(s), `&amp;$1`))
}

// Cell is the text for a cell of a CSV file: what a spreadsheet program would compute gets an apostrophe in front,
// which such programs take for "this is text". Numbers must not be given to it. [Uncell] takes the apostrophe away.
func Cell(s string) string {
	if formula(s) {
		return "'" + s
	}
	return s
}

// Uncell is the text that [Cell] was given.
func Uncell(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && formula(rest) {
		return rest
	}
	return cell
}

// formula tells what a spreadsheet program may compute; text that looks like a result of Cell gets an apostrophe too,
// so that Uncell gives it back.
func formula(s string) bool {
	s = strings.TrimLeft(s, "'")
	return s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0
}
