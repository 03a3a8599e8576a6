package spaces

import (
	"fmt"
	"math"
	"strings"

	"github.com/zcnas/zcnas/internal/named"
)

// ParseError says what is wrong with an encoded architecture, and where.
type ParseError struct {
	Space  string // name of the space
	Text   string // what was to be read
	Offset int    // byte offset in Text at which it goes wrong
	Msg    string
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("spaces: %s: %s at byte %d of %q", e.Space, e.Msg, e.Offset, around(e.Text, e.Offset))
}

// around cuts a long text to what stands around an offset.
func around(text string, offset int) string {
	const before, after = 100, 100
	from, to := max(offset-before, 0), min(offset+after, len(text))
	cut := strings.ToValidUTF8(text[from:to], "")
	if from > 0 {
		cut = "…" + cut
	}
	if to < len(text) {
		cut += "…"
	}
	return cut
}

// scanner reads an encoded architecture. After a failure every method is a no-op, so that callers check
// err once.
type scanner struct {
	space, text string
	pos         int
	err         error
}

func (s *scanner) failAt(offset int, format string, args ...any) {
	if s.err == nil {
		s.err = &ParseError{s.space, s.text, offset, fmt.Sprintf(format, args...)}
	}
}

func (s *scanner) fail(format string, args ...any) { s.failAt(s.pos, format, args...) }

func (s *scanner) rest() string { return s.text[s.pos:] }

func (s *scanner) blanks() {
	for s.pos < len(s.text) && (s.text[s.pos] == ' ' || s.text[s.pos] == '\t' || s.text[s.pos] == '\n' || s.text[s.pos] == '\r') {
		s.pos++
	}
}

// found describes what stands at the position.
func (s *scanner) found() string {
	rest := s.rest()
	if rest == "" {
		return "the end"
	}
	r := []rune(rest[:min(len(rest), 4)])[0]
	return fmt.Sprintf("%q", r)
}

// try skips lit if it is next.
func (s *scanner) try(lit string) bool {
	if s.err == nil && strings.HasPrefix(s.rest(), lit) {
		s.pos += len(lit)
		return true
	}
	return false
}

// expect skips lit. It fails at the first byte that differs, with what of lit was still to come.
func (s *scanner) expect(lit string) {
	for s.err == nil && lit != "" {
		if s.pos == len(s.text) || s.text[s.pos] != lit[0] {
			s.fail("want %q, not %s,", lit, s.found())
			return
		}
		s.pos++
		lit = lit[1:]
	}
}

// oneOf skips one of the bytes of set and returns it.
func (s *scanner) oneOf(set string) byte {
	if s.err != nil {
		return 0
	}
	if s.pos < len(s.text) && strings.IndexByte(set, s.text[s.pos]) >= 0 {
		s.pos++
		return s.text[s.pos-1]
	}
	s.fail("want one of %q, not %s,", set, s.found())
	return 0
}

// number reads a decimal number from lo to hi; what names it in errors.
func (s *scanner) number(what string, lo, hi int) int {
	if s.err != nil {
		return lo
	}
	start, n := s.pos, 0
	for s.pos < len(s.text) && s.text[s.pos] >= '0' && s.text[s.pos] <= '9' {
		if n < math.MaxInt32 {
			n = 10*n + int(s.text[s.pos]-'0')
		}
		s.pos++
	}
	if s.pos == start {
		s.fail("want %s, not %s,", what, s.found())
		return lo
	}
	if n < lo || n > hi {
		s.failAt(start, "%s is %s, which is not in %d…%d,", what, clip(s.text[start:s.pos]), lo, hi)
		return lo
	}
	return n
}

// clip shortens a long number.
func clip(s string) string {
	if len(s) > 12 {
		return s[:12] + "…"
	}
	return s
}

// word reads letters, digits and underscores.
func (s *scanner) word() string {
	start := s.pos
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			break
		}
		s.pos++
	}
	return s.text[start:s.pos]
}

// op reads the name of an operation and returns its position in ops.
func (s *scanner) op(ops []string) int {
	if s.err != nil {
		return 0
	}
	start := s.pos
	name := s.word()
	for i, o := range ops {
		if o == name {
			return i
		}
	}
	if name == "" {
		s.failAt(start, "want an operation, not %s,", s.found())
	} else {
		s.failAt(start, "unknown operation %q%s", named.Clip(name), named.Hint(name, ops))
	}
	return 0
}

// end fails where anything but blanks is left.
func (s *scanner) end() {
	s.blanks()
	if s.err == nil && s.pos < len(s.text) {
		s.fail("%s after the end of the architecture", s.found())
	}
}

// isNumber reports whether the text is a plain number.
func isNumber(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// tuple reads "(0, 2, 3)": least to most numbers from lo to hi, with free blanks; at are the offsets they stand at.
func (s *scanner) tuple(least, most int, what string, lo, hi int) (v, at []int) {
	s.blanks()
	s.expect("(")
	for len(v) < most && s.err == nil {
		s.blanks()
		if len(v) >= least && strings.HasPrefix(s.rest(), ")") {
			break
		}
		if len(v) > 0 {
			s.expect(",")
			s.blanks()
		}
		at = append(at, s.pos)
		v = append(v, s.number(what, lo, hi))
	}
	s.blanks()
	s.expect(")")
	s.end()
	return v, at
}

// formatTuple is the inverse of tuple, in Python's notation.
func formatTuple(v []int) string {
	return "(" + strings.Trim(strings.Join(strings.Fields(fmt.Sprint(v)), ", "), "[]") + ")"
}
