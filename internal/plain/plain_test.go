package plain_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/zcnas/zcnas/internal/plain"
)

func TestLine(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"as it is", "NATS-Bench: ρ ≥ 0.5 “x” 網 👍", "NATS-Bench: ρ ≥ 0.5 “x” 網 👍"},
		{"colour", "\x1b[31mred\x1b[0m", "␛[31mred␛[0m"},
		{"lines", "a\nb\r\nc\td\u2028e", "a b  c d e"},
		{"bell and delete", "\a\x7f", "␇␡"},
		{"C1", "a\u009bb", "a\ufffdb"},
		{"turned", "a\u202egnp.exe", "a\ufffdgnp.exe"},
		{"no Unicode", "a\xff\xfeb", "a\ufffdb"},
		{"replaced before", "a\ufffd", "a\ufffd"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := plain.Line(tt.in); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestMarkdown(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"link", "[a](https://b)", `\[a\](https://b)`},
		{"picture", "![a](b)", `!\[a\](b)`},
		{"end of a cell", `a\|b`, `a\\\|b`},
		{"emphasis", "*a* _b_ `c` ~d~", "\\*a\\* \\_b\\_ \\`c\\` \\~d\\~"},
		{"formula", "$x$", `\$x\$`},
		{"element", "<img src=x>", "&lt;img src=x&gt;"},
		{"entity", "&lt; &#60; a & b", "&amp;lt; &amp;#60; a & b"},
		{"lines", "a\n\n# b", "a  # b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := plain.Markdown(tt.in); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestCell(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "+a": "'+a", "-a": "'-a", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1",
		"'=1": "''=1", "|nor_conv_3x3~0|": "|nor_conv_3x3~0|", "": "", "a=b": "a=b", "'a": "'a", "''": "''",
	} {
		if got := plain.Cell(in); got != want || plain.Uncell(got) != in {
			t.Errorf("%q: %q and back %q, want %q", in, got, plain.Uncell(got), want)
		}
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("a\x1b[0m\n=1")
	f.Add("'\xff")
	f.Fuzz(func(t *testing.T, s string) {
		line := plain.Line(s)
		if !utf8.ValidString(line) || strings.ContainsAny(line, "\x1b\n\r\u202e") || plain.Line(line) != line {
			t.Errorf("%q becomes the line %q", s, line)
		}
		if back := plain.Uncell(plain.Cell(s)); back != s {
			t.Errorf("%q comes back as %q", s, back)
		}
	})
}
