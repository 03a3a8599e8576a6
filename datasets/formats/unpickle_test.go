package formats

import (
	"bytes"
	"fmt"
	"math/big"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The same object in each protocol of Python, as testdata/pickles.py wrote it.
func TestReadPickleProtocols(t *testing.T) {
	magic, _ := new(big.Int).SetString("1950A86A20F9469CFC6C", 16)
	for protocol := range 6 {
		t.Run(fmt.Sprint(protocol), func(t *testing.T) {
			data, err := os.ReadFile(fmt.Sprintf("testdata/protocol%d.pkl", protocol))
			if err != nil {
				t.Fatal(err)
			}
			v, err := ReadPickle(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			m, err := DictFields(v)
			if err != nil {
				t.Fatal(err)
			}
			check := func(name string, got, want any, err error) {
				t.Helper()
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if d := cmp.Diff(want, got, cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })); d != "" {
					t.Errorf("%s: mismatch (-want +got):\n%s", name, d)
				}
			}
			ints, shape, err := ArrayOf[int64](m["array"])
			check("array", ints, []int64{1, -2, 3, 400, 5, 6}, err)
			check("its shape", shape, []int{2, 3}, nil)
			floats, _, err := ArrayOf[float32](m["fortran"])
			check("fortran", floats, []float32{1.5, 2, 3, 4}, err)
			check("scalars", m["scalars"], Tuple{0.25, -7, true}, nil)
			check("plain", m["plain"], Tuple{true, false, nil, -3, 70000, 1 << 40, -1.5, magic}, nil)
			check("text", m["text"], "hé\n'\\ 中", nil)
			check("bytes", m["bytes"], []byte("\x00\xff\n\\"), nil)
			check("empty", m["empty"], []byte{}, nil)
			set, err := Items(m["set"])
			check("set", set, []any{1, 2}, err)
			list, err := Items(m["list"])
			check("list", len(list) == 2 && list[0] == list[1], true, err)
		})
	}
}

func TestReadPickleErrors(t *testing.T) {
	for _, test := range []struct{ name, data, words string }{
		{"empty", "", "truncated pickle"},
		{"no end", "K\x01", "truncated pickle"},
		{"no operation", "\xff.", "0xff is no operation"},
		{"empty stack", ".", "its stack is empty"},
		{"foreign class", "cos\nsystem\n(S'echo'\ntR.", `the class "os.system"`},
		{"foreign class of protocol 4", "\x8c\x02os\x8c\x06system\x93.", `the class "os.system"`},
		{"instance of a foreign class", "(S'echo'\nios\nsystem\n.", `the class "os.system"`},
		{"a builtin that runs code", "cbuiltins\neval\n(S'1'\ntR.", `the class "builtins.eval"`},
		{"long string", "X\xff\xff\xff\x7fabc.", "more than the rest of the file"},
		{"very long string", "\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc.", "more than the rest of the file"},
		{"bad escape", "S'\\q'\n.", `the escape \q`},
		{"unquoted", "Sabc\n.", "without quotation marks"},
		{"extension", "\x82\x01.", "refused"},
		{"memo", "h\x05.", "nothing has the memo number 5"},
		{"append to a number", "K\x01K\x02a.", "added to an integer"},
		{"array too short", "cnumpy.core.multiarray\n_reconstruct\n)R(K\x01(K\x05tcnumpy\ndtype\n(S'f8'\ntRI00\nS'abc'\ntb.", "with 3 bytes of data, expected 40"},
		{"array of objects", "cnumpy\ndtype\n(S'O8'\ntR.", "Python objects"},
		{"huge shape", "cnumpy.core.multiarray\n_reconstruct\n)R(K\x01(L9999999999999\nL9999999999999\ntcnumpy\ndtype\n(S'f8'\ntRI00\nS''\ntb.", "more elements"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadPickle(strings.NewReader(test.data), int64(len(test.data)))
			if err == nil || !strings.Contains(err.Error(), test.words) {
				t.Errorf("error %v, want one with %q", err, test.words)
			}
		})
	}
}

// repeated is an endless stream of one text.
type repeated struct {
	head, text string
	at         int
}

func (r *repeated) Read(p []byte) (int, error) {
	for i := range p {
		if r.at < len(r.head) {
			p[i] = r.head[r.at]
		} else {
			p[i] = r.text[(r.at-len(r.head))%len(r.text)]
		}
		r.at++
	}
	return len(p), nil
}

// Streams that would become gigabytes of objects end with an error, and have not taken much memory by then.
func TestReadPickleBounds(t *testing.T) {
	const limit = 8 << 20
	for _, test := range []struct{ name, head, text, words string }{
		{"dicts", "", "}", "out of proportion"},
		{"dicts thrown away", "", "}0", "out of proportion"},
		{"lists", "", "]", "out of proportion"},
		{"marks", "", "(", "marks"},
		{"nothing", "", "N", "wait on its stack"},
		{"digits of I", "I", "7", "a line of more than"},
		{"digits of L", "L", "7", "a line of more than"},
		{"digits of F", "F", "7", "a line of more than"},
		{"digits of a memo number", "p", "7", "a line of more than"},
		{"name of a class", "c", "n", "a line of more than"},
		{"long integer", "\x8b\xff\xff\xff\x00", "7", "an integer of"},
		{"string without end", "S'", "x", "a line of more than"},
		{"list of values", "]", "K\x01a", "more than the 8388608 bytes"},
		{"memo numbers", "N", "r\x01\x02\x03\x04", "more than the 8388608 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := ReadPickle(&repeated{head: test.head, text: test.text}, limit)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), test.words) {
				t.Errorf("error %v, want one with %q", err, test.words)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 40*limit {
				t.Errorf("%d MB were allocated for %d MB", got>>20, limit>>20)
			}
		})
	}
}

func FuzzReadPickle(f *testing.F) {
	for protocol := range 6 {
		data, err := os.ReadFile(fmt.Sprintf("testdata/protocol%d.pkl", protocol))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := ReadPickle(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		if m, err := DictFields(v); err == nil {
			for _, v := range m {
				ArrayOf[float32](v)
			}
		}
	})
}
