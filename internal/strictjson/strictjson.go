// Package strictjson finds what encoding/json changes in outside data without a word: of a key that an object has
// twice it keeps the last value, and text that is no Unicode it replaces.
package strictjson

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Error is a fault and where it is.
type Error struct {
	Offset int    // of the fault, in bytes
	Key    string // that is there twice; "" for other faults
	First  int    // offset of the key the first time
	What   string // is wrong with text that is not Unicode
}

func (e *Error) Error() string {
	if e.What != "" {
		return fmt.Sprintf("byte %d: %s", e.Offset, e.What)
	}
	return fmt.Sprintf("byte %d: the key %q is in one object twice, the first time at byte %d", e.Offset, e.Key, e.First)
}

// Check reports the first fault of a JSON text as an [*Error]. Text that is not JSON is for encoding/json to refuse;
// Check says nothing of it.
func Check(data []byte) error {
	if err := checkUnicode(data); err != nil {
		return err
	}
	// For every object that is open, the offset of each of its keys; nil stands for an array.
	var open []map[string]int
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '{':
			open = append(open, map[string]int{})
		case '[':
			open = append(open, nil)
		case '}', ']':
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		case '"':
			start := i
			for i++; i < len(data) && data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
			if i >= len(data) {
				return nil // cut off
			}
			text := data[start : i+1]
			if at := loneSurrogate(text); at >= 0 {
				return &Error{Offset: start + at, What: fmt.Sprintf("the escape %s is half a character", text[at:at+6])}
			}
			if len(open) == 0 || open[len(open)-1] == nil || !isKey(data[i+1:]) {
				continue
			}
			var key string
			if json.Unmarshal(text, &key) != nil {
				return nil
			}
			keys := open[len(open)-1]
			if first, ok := keys[key]; ok {
				return &Error{Offset: start, Key: key, First: first}
			}
			keys[key] = start
		}
	}
	return nil
}

// isKey tells whether what follows a string makes it one.
func isKey(rest []byte) bool {
	for _, c := range rest {
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		}
		return c == ':'
	}
	return false
}

func checkUnicode(data []byte) error {
	if utf8.Valid(data) {
		return nil
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return &Error{Offset: i, What: fmt.Sprintf("the byte %#02x is not UTF-8", data[i])}
		}
		i += size
	}
	return nil
}

// loneSurrogate is where a string has an escape that stands for half a character, -1 if it has none.
func loneSurrogate(text []byte) int {
	for i := 0; i+5 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if text[i+1] != 'u' {
			i++
			continue
		}
		switch c := unhex(text[i+2 : i+6]); {
		case c >= 0xd800 && c < 0xdc00: // the first half; the second must follow
			if i+11 < len(text) && text[i+6] == '\\' && text[i+7] == 'u' {
				if d := unhex(text[i+8 : i+12]); d >= 0xdc00 && d < 0xe000 {
					i += 11
					continue
				}
			}
			return i
		case c >= 0xdc00 && c < 0xe000:
			return i
		}
		i += 5
	}
	return -1
}

// unhex reads four digits, -1 if they are none.
func unhex(digits []byte) int {
	n := 0
	for _, c := range digits {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | int(c-'0')
		case c >= 'a' && c <= 'f':
			n = n<<4 | int(c-'a'+10)
		case c >= 'A' && c <= 'F':
			n = n<<4 | int(c-'A'+10)
		default:
			return -1
		}
	}
	return n
}
