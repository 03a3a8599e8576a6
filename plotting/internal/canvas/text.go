package canvas

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Decimal prints v with that many digits after the point and a true minus sign; a value that rounds to zero has
// none. NaN is an en dash.
func Decimal(v float64, digits int) string {
	if math.IsNaN(v) {
		return "–"
	}
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return strings.Replace(s, "-", "−", 1)
}

// Short is [Decimal] without the zero before the point: .88.
func Short(v float64, digits int) string {
	s := Decimal(v, digits)
	if strings.HasPrefix(s, "0.") {
		return s[1:]
	}
	return strings.Replace(s, "−0.", "−.", 1)
}

// Quantity prints a positive or negative quantity briefly: 1.5M, 220k, 0.37.
func Quantity(v float64) string {
	for _, u := range []struct {
		scale float64
		name  string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if math.Abs(v) >= u.scale*0.99999 {
			if math.Abs(v) >= 1e15 {
				break
			}
			return Number(v/u.scale) + u.name
		}
	}
	return Number(v)
}

// Number prints v with up to three significant digits, or as a power of ten when very large or small.
func Number(v float64) string {
	a := math.Abs(v)
	if a != 0 && (a >= 1e5 || a < 1e-3) {
		e := math.Floor(math.Log10(a) + 1e-9)
		m := strconv.FormatFloat(v/math.Pow(10, e), 'g', 3, 64) + "·"
		if m == "1·" {
			m = ""
		} else if m == "-1·" {
			m = "−"
		}
		return strings.Replace(m, "-", "−", 1) + "10^{" + strings.Replace(strconv.Itoa(int(e)), "-", "−", 1) + "}"
	}
	s := strconv.FormatFloat(v, 'g', 3, 64)
	if a >= 100 {
		s = strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strings.Replace(s, "-", "−", 1)
}

// Counted is "1 task", "3 tasks", "2 proxies".
func Counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if strings.HasSuffix(what, "y") {
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(what, "y"))
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// CheckText refuses text that no format can hold.
func CheckText(what, s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%s %q is not valid UTF-8", what, s)
	}
	return nil
}
