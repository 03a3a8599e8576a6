package fetch

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zcnas/zcnas/datasets/internal/datatest"
)

// TestMain lets the test binary be another process that fetches: with ZC_FETCH_URL set it does so, prints the path and
// ends.
func TestMain(m *testing.M) {
	url := os.Getenv("ZC_FETCH_URL")
	if url == "" {
		os.Exit(m.Run())
	}
	size, _ := strconv.ParseInt(os.Getenv("ZC_FETCH_SIZE"), 10, 64)
	src := Source{Path: os.Getenv("ZC_FETCH_PATH"), URL: url, SHA256: os.Getenv("ZC_FETCH_SHA256"), Size: size}
	ctx := context.Background()
	var path string
	var err error
	if folder := os.Getenv("ZC_FETCH_FOLDER"); folder != "" {
		path, err = Folder(ctx, src, folder)
	} else {
		path, err = File(ctx, src)
	}
	if err != nil {
		_, _ = io.WriteString(os.Stderr, err.Error())
		os.Exit(1)
	}
	_, _ = io.WriteString(os.Stdout, path)
}

// Several processes that need one file, from a server without ranges, all get it whole, and none writes to it after
// that.
func TestProcesses(t *testing.T) {
	file := payload(400_000)
	folder := archive(t, [2]string{"top/a.bin", string(payload(300_000))}, [2]string{"top/b/c.bin", "cc"})
	for _, test := range []struct {
		name, path, folder string
		data               []byte
		placed             bool // the archive is there already
		want               map[string][]byte
	}{
		{"one file", "sub/file.bin", "", file, false, map[string][]byte{"sub/file.bin": file}},
		{"one archive", "top.tar.gz", "top", folder, false, map[string][]byte{"top/a.bin": payload(300_000), "top/b/c.bin": []byte("cc")}},
		{"an archive that is there", "top.tar.gz", "top", folder, true, map[string][]byte{"top/a.bin": payload(300_000), "top/b/c.bin": []byte("cc")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, test.data)
			s.mu.Lock()                                                      // what another process asks for does not come after this for the race detector
			s.handle = func(w http.ResponseWriter, r *http.Request, _ int) { // slow, so that the processes meet
				w.Header().Set("Content-Length", strconv.Itoa(len(test.data)))
				for rest := test.data; len(rest) > 0; {
					n := min(len(rest), 40_000)
					_, _ = w.Write(rest[:n])
					w.(http.Flusher).Flush()
					rest = rest[n:]
					time.Sleep(10 * time.Millisecond)
				}
			}
			s.mu.Unlock()
			src := sourceOf(s, test.data)
			root := t.TempDir()
			if test.placed {
				datatest.WriteFiles(t, root, map[string][]byte{test.path: test.data})
			}
			const processes = 4
			commands := make([]*exec.Cmd, processes)
			outputs := make([]strings.Builder, processes)
			for i := range commands {
				c := exec.Command(os.Args[0])
				c.Env = append(os.Environ(), "ZC_DATA="+root, "XDG_CACHE_HOME="+root, "ZC_FETCH_URL="+src.URL, "ZC_FETCH_PATH="+test.path,
					"ZC_FETCH_SHA256="+src.SHA256, "ZC_FETCH_SIZE="+strconv.Itoa(len(test.data)), "ZC_FETCH_FOLDER="+test.folder)
				c.Stdout, c.Stderr = &outputs[i], &outputs[i]
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				commands[i] = c
			}
			for i, c := range commands {
				if err := c.Wait(); err != nil {
					t.Errorf("process %d: %v: %s", i, err, outputs[i].String())
				}
			}
			for name, want := range test.want {
				got, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s holds %d bytes, %v; want the %d that were published", name, len(got), err, len(want))
				}
			}
			if want := 1; !test.placed && len(s.ranges) != want {
				t.Errorf("%d requests for one file", len(s.ranges))
			}
			left, err := filepath.Glob(filepath.Join(root, "*", "*.part*"))
			more, _ := filepath.Glob(filepath.Join(root, "*.part*"))
			if err != nil || len(left)+len(more) > 0 {
				t.Errorf("left behind: %v %v", left, more)
			}
		})
	}
}

// What is there already is checked on demand.
func TestCheck(t *testing.T) {
	data := archive(t, [2]string{"top/a.bin", "aaa"}, [2]string{"top/b.bin", "bbb"})
	s := serve(t, data)
	src := sourceOf(s, data)
	src.Path = "top.tar.gz"
	for _, test := range []struct {
		name, file, words string // what is changed, and what the error says
		content           string
	}{
		{"nothing", "", "", ""},
		{"a file", "top.tar.gz", "remove it to have it downloaded again", "x"},
		{"a file of the folder", "top/b.bin", "b.bin has SHA-256", "xxx"},
		{"a cut file of the folder", "top/b.bin", "b.bin has SHA-256", "b"},
		{"the list of checksums", "top/" + sumsName, "is damaged", "x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			t.Setenv("ZC_DATA", root)
			datatest.EmptyCache(t)
			if _, err := File(t.Context(), src, WithCheck()); err != nil {
				t.Fatal(err)
			}
			if _, err := Folder(t.Context(), src, "top", WithCheck()); err != nil {
				t.Fatal(err)
			}
			if test.file != "" {
				if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(test.file)), []byte(test.content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			_, err := File(t.Context(), src, WithCheck())
			if err == nil {
				_, err = Folder(t.Context(), src, "top", WithCheck())
			}
			if (err == nil) != (test.words == "") || err != nil && !strings.Contains(err.Error(), test.words) {
				t.Errorf("error %v, want one with %q", err, test.words)
			}
			if _, err := File(t.Context(), src); err != nil {
				t.Errorf("without a check: %v", err)
			}
		})
	}
	t.Run("a folder of the user's own", func(t *testing.T) {
		root := t.TempDir()
		t.Setenv("ZC_DATA", root)
		datatest.EmptyCache(t)
		datatest.WriteFiles(t, filepath.Join(root, "top"), map[string][]byte{"a.bin": []byte("a part of it")})
		if _, err := Folder(t.Context(), src, "top", WithCheck()); err != nil {
			t.Error(err)
		}
	})
}

// longHeader is an archive whose extended header is 200 MB long, in a few hundred kilobytes.
func longHeader(t *testing.T) []byte {
	t.Helper()
	const size = 200 << 20
	var head bytes.Buffer
	w := tar.NewWriter(&head)
	if err := w.WriteHeader(&tar.Header{Name: "top/x", Typeflag: tar.TypeReg, Size: size, Mode: 0o644}); err != nil {
		t.Fatal(err)
	}
	block := head.Bytes()[:512]
	block[156] = 'x' // an extended header in place of a file
	copy(block[148:156], "        ")
	sum := 0
	for _, b := range block {
		sum += int(b)
	}
	copy(block[148:156], []byte{byte('0' + sum>>15&7), byte('0' + sum>>12&7), byte('0' + sum>>9&7), byte('0' + sum>>6&7), byte('0' + sum>>3&7), byte('0' + sum&7), 0, ' '})
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(block); err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range size >> 20 {
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
