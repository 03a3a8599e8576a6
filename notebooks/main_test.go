package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLongFlags(t *testing.T) {
	got := longFlags([]string{"-only", "03", "--serve", "-h", "-", "-1"})
	want := []string{"--only", "03", "--serve", "-h", "-", "-1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mismatch (-want +got):\n%s", diff)
	}
}

func TestSelectBooks(t *testing.T) {
	dir := t.TempDir()
	if _, err := selectBooks(dir, nil); err == nil {
		t.Error("no error for a folder without notebooks")
	}
	for _, name := range []string{"01-a.ipynb", "03-b.ipynb", "04-c.ipynb", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		only []string
		want string
		err  string
	}{
		{nil, "01-a 03-b 04-c", ""},
		{[]string{"03"}, "03-b", ""},
		{[]string{"04", "0"}, "01-a 03-b 04-c", ""},
		{[]string{"01", "9"}, "", "-only 9: no notebook starts so; there are 01-a, 03-b, 04-c"},
	} {
		books, err := selectBooks(dir, test.only)
		if test.err != "" {
			if err == nil || err.Error() != test.err {
				t.Errorf("%v: error %v, want %q", test.only, err, test.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v: %v", test.only, err)
		}
		var names []string
		for _, b := range books {
			names = append(names, bookName(b))
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%v: %q, want %q", test.only, got, test.want)
		}
	}
}

func TestReachable(t *testing.T) {
	for ip, want := range map[string]bool{"127.0.0.1": false, "::1": false, "localhost": false, "127.3.2.1": false, "0.0.0.0": true, "::": true, "192.168.0.2": true, "*": true} {
		if got := reachable(ip, 8888); (got != "") != want || want && !strings.Contains(got, ip) {
			t.Errorf("%s: %q; want a warning: %v", ip, got, want)
		}
	}
}

func TestMajorMinor(t *testing.T) {
	for version, want := range map[string][2]int{"0.7.2": {0, 7}, "0.10": {0, 10}, "1": {1, 0}, "": {0, 0}, "7.17.2": {7, 17}} {
		if major, minor := majorMinor(version); [2]int{major, minor} != want {
			t.Errorf("majorMinor(%q) = %d, %d, want %v", version, major, minor, want)
		}
	}
}

func TestLastError(t *testing.T) {
	log := "Traceback:\n  File x\nzmq.ZMQError: a\nTraceback:\n  File y\nRuntimeError: Kernel died\nmore\n"
	if got, want := lastError(log), "RuntimeError: Kernel died\nmore\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := lastError("no such file"); got != "no such file" {
		t.Errorf("got %q", got)
	}
}

// readmeCell is the cell that README shows, with fewer architectures and a smaller batch.
func readmeCell(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "\n## In a cell\n")
	_, rest, _ = strings.Cut(rest, "```go\n")
	source, _, ok := strings.Cut(rest, "\n```")
	for _, part := range [][2]string{{"Sample(50, ", "Sample(3, "}, {"WithBatch(32)", "WithBatch(4)"}} {
		ok = ok && strings.Contains(source, part[0])
		source = strings.Replace(source, part[0], part[1], 1)
	}
	if !ok {
		t.Fatalf("README has no such cell any more:\n%s", source)
	}
	return source
}

// TestExecute runs notebooks through Jupyter and GoNB, in a folder away from the checkout: some that work, among
// them README's cell, which has no other before it, and some that fail, each in its way.
func TestExecute(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Jupyter")
	}
	jupyter, err := exec.LookPath("jupyter")
	if err != nil {
		t.Skip("jupyter is not on PATH: go run ./notebooks -setup installs it")
	}
	ctx := context.Background()
	if err := (&setup{}).usable(ctx, jupyter); err != nil {
		t.Skipf("this Jupyter cannot execute notebooks: %v", err)
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s := &setup{root: root}
	if err := s.common(ctx); err != nil {
		t.Fatal(err)
	}
	remove, err := s.unattended(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remove)

	for _, test := range []struct {
		name, source string
		timeout      time.Duration
		want         string   // in the executed notebook
		err          []string // patterns
	}{
		{"works", "%%\nfmt.Println(6*7, os.Getenv(\"ZC_FULL\"))", time.Minute, "42 1", nil},
		{"readme", readmeCell(t), 5 * time.Minute, "heat map of rank correlations", nil},
		{"panics", "%%\npanic(\"oh dear\")", time.Minute, "", []string{"failed in cell 2", "oh dear", "exit status 2"}},
		{"no-go", "%%\nfmt.Println(", time.Minute, "", []string{"failed in cell 2", `fmt\.Println\(`}},
		{"slow", "%%\ntime.Sleep(time.Hour)", 15 * time.Second, "", []string{"failed in cell 2", "timed out|stopped after 15s"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			book := filepath.Join(dir, test.name+".ipynb")
			source, err := json.Marshal(test.source)
			if err != nil {
				t.Fatal(err)
			}
			data := strings.Replace(testBook, "SOURCE", string(source), 1)
			if err := os.WriteFile(book, []byte(data), 0o644); err != nil {
				t.Fatal(err)
			}
			opt := &options{Full: true, Write: true, Out: filepath.Join(dir, "out"), Timeout: test.timeout}
			err = (&execution{setup: s, opt: opt, book: book, label: test.name}).run(ctx)
			if len(test.err) == 0 {
				if err != nil {
					t.Fatal(err)
				}
				for _, path := range []string{book, filepath.Join(opt.Out, test.name+".ipynb"), filepath.Join(opt.Out, test.name+".html")} {
					got, err := os.ReadFile(path)
					if err != nil {
						t.Error(err)
					} else if !strings.Contains(string(got), test.want) {
						t.Errorf("%s lacks the output %q", path, test.want)
					}
				}
				return
			}
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range test.err {
				if !regexp.MustCompile(want).MatchString(err.Error()) {
					t.Errorf("the error lacks %q:\n%v", want, err)
				}
			}
		})
	}
}

const testBook = `{"cells":[{"cell_type":"markdown","id":"a","metadata":{},"source":"A test"},
{"cell_type":"code","execution_count":null,"id":"b","metadata":{},"outputs":[],"source":SOURCE},
{"cell_type":"code","execution_count":null,"id":"c","metadata":{},"outputs":[],"source":"%%\nfmt.Println(\"next\")"}],
"metadata":{"kernelspec":{"display_name":"Go (gonb)","language":"go","name":"gonb"}},"nbformat":4,"nbformat_minor":5}`
