package spaces_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/internal/outside"
	"github.com/zcnas/zcnas/spaces"
)

// openShared opens a file from outside the repository, or skips the test where it is absent.
func openShared(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := os.Open(outside.File(t, path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// suiteZeroRecord holds a record's published params and flops, in millions.
type suiteZeroRecord struct{ Params, Flops struct{ Score float64 } }

// suiteZero reads a file of NAS-Bench-Suite-Zero: records by task and architecture.
func suiteZero(t testing.TB, name string) map[string]map[string]suiteZeroRecord {
	t.Helper()
	text, err := io.ReadAll(openShared(t, "data/nas-bench-suite-zero/"+name))
	if err != nil {
		t.Fatal(err)
	}
	// Python writes numbers that JSON lacks; params and flops are never such.
	text = regexp.MustCompile(`(-?Infinity|NaN)\b`).ReplaceAll(text, []byte("null"))
	var all map[string]map[string]suiteZeroRecord
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// refCase is a line of a reference file, as far as it is about the graph alone.
type refCase struct {
	Space, Arch, Task string
	Classes           int
	Shape             []int
	Options           map[string]any
	Scores            map[string]*float64
	SuiteZero         *struct{ Params, Flops int } `json:"suite_zero"`
}

func (c *refCase) task() spaces.Task {
	shape := c.Shape
	if len(shape) == 4 { // jigsaw: tiles × channels
		shape = []int{shape[0] * shape[1], shape[2], shape[3]}
	}
	return spaces.Task{Name: c.Task, Input: spaces.Shape{C: shape[0], H: shape[1], W: shape[2]}, Outputs: c.Classes}
}

func refCases(t testing.TB, name string) []refCase {
	t.Helper()
	var list []refCase
	lines := bufio.NewScanner(openShared(t, "reference/"+name))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var c refCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	return list
}

// checkReference compares the counts of a case's network with the expected ones and returns the network.
func checkReference(t *testing.T, c *refCase) *spaces.Graph {
	t.Helper()
	s, err := spaces.New(c.Space, c.Options)
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Parse(c.Arch)
	if err != nil {
		t.Fatal(err)
	}
	g, err := s.Network(a, c.task())
	if err != nil {
		t.Fatalf("%s: %v", c.Arch, err)
	}
	got := map[string]int{"params": g.ParamCount(), "macs": g.MACs(), "flops": spaces.NATSFlops(g),
		"naslib_flops": spaces.NASLibFlops(g)}
	for name, v := range got {
		if want := c.Scores[name]; want != nil && int(*want) != v {
			t.Errorf("%s %s %v: %s = %d, want %.0f", c.Space, c.Arch, c.Options, name, v, *want)
		}
	}
	return g
}

func mustParse(t testing.TB, s spaces.Space, text string) spaces.Arch {
	t.Helper()
	a, err := s.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func mustNetwork(t testing.TB, s spaces.Space, a spaces.Arch, task spaces.Task) *spaces.Graph {
	t.Helper()
	g, err := s.Network(a, task)
	if err != nil {
		t.Fatalf("%s: %v", a, err)
	}
	return g
}

// checkSampling holds for every space: samples are different, reproducible and parse to themselves;
// neighbours are different from the architecture and from each other, and mutual; mutants are neighbours.
func checkSampling(t *testing.T, s spaces.Space, neighbours int) {
	t.Helper()
	a, err := s.Sample(50, 1)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := s.Sample(50, 1)
	c, _ := s.Sample(50, 2)
	seen := map[spaces.Arch]bool{}
	same := 0
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("sample %d under the same seed: %s and %s", i, a[i], b[i])
		}
		if a[i] == c[i] {
			same++
		}
		if seen[a[i]] {
			t.Errorf("%s was drawn twice", a[i])
		}
		seen[a[i]] = true
		if p := mustParse(t, s, string(a[i])); p != a[i] {
			t.Errorf("%s parses to %s", a[i], p)
		}
		list, err := spaces.Neighbours(s, a[i])
		if err != nil {
			t.Fatal(err)
		}
		if neighbours > 0 && len(list) != neighbours {
			t.Fatalf("%s has %d neighbours, want %d", a[i], len(list), neighbours)
		}
		near := map[spaces.Arch]bool{a[i]: true}
		for k, n := range list {
			if near[n] {
				t.Errorf("%s is listed twice, or is %s itself", n, a[i])
			}
			near[n] = true
			if k%7 == 0 {
				back, err := spaces.Neighbours(s, n)
				if err != nil {
					t.Fatal(err)
				}
				found := false
				for _, m := range back {
					found = found || m == a[i]
				}
				if !found {
					t.Errorf("%s is a neighbour of %s, but not the other way round", n, a[i])
				}
			}
		}
		m, err := spaces.Mutate(s, a[i], uint64(i))
		if err != nil {
			t.Fatal(err)
		}
		if m == a[i] || !near[m] {
			t.Errorf("%s mutates to %s, which is not a neighbour", a[i], m)
		}
	}
	if same > 25 {
		t.Errorf("two seeds share %d of 50 samples", same)
	}
	if _, err := s.Sample(-1, 0); err == nil {
		t.Error("a sample of -1 was accepted")
	}
	if size := s.(spaces.Sizer).Size(); size.IsInt64() && size.Int64() < 1<<20 {
		if _, err := s.Sample(int(size.Int64())+1, 0); err == nil {
			t.Error("a sample larger than the space was accepted")
		}
		all, err := s.Sample(int(size.Int64()), 3)
		if err != nil {
			t.Fatal(err)
		}
		distinct := map[spaces.Arch]bool{}
		for _, x := range all {
			distinct[x] = true
		}
		if len(distinct) != len(all) {
			t.Errorf("a sample of the whole space has %d different of %d", len(distinct), len(all))
		}
	}
}

// checkParseErrors: each text fails with a *ParseError at that offset, whose message contains the words.
type badText struct {
	text   string
	offset int
	words  string
}

func checkParseErrors(t *testing.T, s spaces.Space, tests []badText) {
	t.Helper()
	for _, test := range tests {
		_, err := s.Parse(test.text)
		var pe *spaces.ParseError
		if !errors.As(err, &pe) {
			t.Errorf("%q: error %v is not a ParseError", test.text, err)
			continue
		}
		if pe.Offset != test.offset || !strings.Contains(pe.Error(), test.words) {
			t.Errorf("%q: error at %d: %v; want offset %d and %q", test.text, pe.Offset, pe, test.offset, test.words)
		}
	}
}
