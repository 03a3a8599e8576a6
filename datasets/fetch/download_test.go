package fetch

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zcnas/zcnas/datasets/internal/datatest"
)

// server serves one file and counts the requests.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	ranges []string // the Range header of every request
	handle func(w http.ResponseWriter, r *http.Request, number int)
}

func serve(t *testing.T, data []byte) *server {
	t.Helper()
	s := &server{}
	s.handle = func(w http.ResponseWriter, r *http.Request, _ int) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.ranges = append(s.ranges, r.Header.Get("Range"))
		n, handle := len(s.ranges), s.handle
		s.mu.Unlock()
		handle(w, r, n)
	}))
	t.Cleanup(s.Close)
	old := patience
	patience = time.Millisecond
	t.Cleanup(func() { patience = old })
	return s
}

// short sends the right headers and then breaks off after n bytes.
func short(w http.ResponseWriter, data []byte, n int) {
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	_, _ = w.Write(data[:n])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func sourceOf(s *server, data []byte) Source {
	sum := sha256.Sum256(data)
	return Source{Path: "sub/file.json", URL: s.URL + "/file.json", SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data))}
}

func payload(n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i * i >> 3)
	}
	return data
}

func TestDownload(t *testing.T) {
	data := payload(300000)
	tests := []struct {
		name   string
		part   []byte // left by an earlier call
		handle func(w http.ResponseWriter, r *http.Request, number int)
		ranges []string
		want   string // of the error; "" for success
		left   int    // bytes in the .part file after an error; -1 for no file
	}{
		{name: "plain", ranges: []string{""}},
		{name: "resumed", part: data[:100000], ranges: []string{"bytes=100000-"}},
		{name: "complete part", part: data},
		{name: "part too long", part: append(bytes.Clone(data), 1), ranges: []string{""}},
		{name: "part of another file", part: make([]byte, 5000), ranges: []string{"bytes=5000-", ""}},
		{name: "complete part of another file", part: make([]byte, len(data)), ranges: []string{""}},
		{name: "server without ranges", part: data[:1000], ranges: []string{"bytes=1000-"},
			handle: func(w http.ResponseWriter, _ *http.Request, _ int) { _, _ = w.Write(data) }},
		{name: "truncated once", ranges: []string{"", "bytes=70000-"},
			handle: func(w http.ResponseWriter, r *http.Request, number int) {
				if number == 1 {
					short(w, data, 70000)
				}
				http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
			}},
		{name: "busy once", ranges: []string{"", ""},
			handle: func(w http.ResponseWriter, r *http.Request, number int) {
				if number == 1 {
					http.Error(w, "busy", http.StatusServiceUnavailable)
					return
				}
				http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
			}},
		{name: "wrong range", part: data[:1000], ranges: []string{"bytes=1000-", ""},
			handle: func(w http.ResponseWriter, r *http.Request, number int) {
				if number == 1 {
					w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", len(data)-1, len(data)))
					w.WriteHeader(http.StatusPartialContent)
					return
				}
				http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
			}},
		{name: "always truncated", ranges: []string{"", "bytes=70000-", "bytes=70000-"}, want: "70000 of 300000 bytes are kept", left: 70000,
			handle: func(w http.ResponseWriter, r *http.Request, number int) {
				if number == 1 {
					short(w, data, 70000)
				}
				w.Header().Set("Content-Range", fmt.Sprintf("bytes 70000-%d/%d", len(data)-1, len(data)))
				w.WriteHeader(http.StatusPartialContent)
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			}},
		{name: "ends early", ranges: []string{"", "", ""}, want: "after 0 of 300000", left: -1,
			handle: func(http.ResponseWriter, *http.Request, int) {}},
		{name: "wrong content", ranges: []string{"", "", ""}, want: "wrong content", left: -1,
			handle: func(w http.ResponseWriter, _ *http.Request, _ int) { _, _ = w.Write(make([]byte, len(data))) }},
		{name: "too much", ranges: []string{"", "", ""}, want: "more than the 300000 bytes", left: -1,
			handle: func(w http.ResponseWriter, _ *http.Request, _ int) { _, _ = w.Write(make([]byte, 2*len(data))) }},
		{name: "gone", ranges: []string{""}, want: "404 Not Found", left: -1,
			handle: func(w http.ResponseWriter, r *http.Request, _ int) { http.NotFound(w, r) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			t.Setenv("ZC_DATA", root)
			datatest.EmptyCache(t)
			s := serve(t, data)
			if tt.handle != nil {
				s.handle = tt.handle
			}
			src := sourceOf(s, data)
			dest := filepath.Join(root, "sub", "file.json")
			if tt.part != nil {
				datatest.WriteFiles(t, filepath.Dir(dest), map[string][]byte{"file.json.part": tt.part})
			}
			var last Progress
			path, err := File(t.Context(), src, WithProgress(func(p Progress) { last = p }))
			if got, want := strings.Join(s.ranges, ","), strings.Join(tt.ranges, ","); got != want || len(s.ranges) != len(tt.ranges) {
				t.Errorf("requests with ranges %q, want %q", s.ranges, tt.ranges)
			}
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("error %v, want one with %q", err, tt.want)
				}
				for _, w := range []string{src.URL, dest, src.SHA256} {
					if !strings.Contains(err.Error(), w) {
						t.Errorf("error %q does not say %q", err, w)
					}
				}
				left := -1
				if st, err := os.Stat(dest + ".part"); err == nil {
					left = int(st.Size())
				}
				if left != tt.left {
					t.Errorf("%d bytes are left in the .part file, want %d", left, tt.left)
				}
				if _, err := os.Stat(dest); err == nil {
					t.Error("a bad file is in place")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(path); err != nil || path != dest || !bytes.Equal(got, data) {
				t.Errorf("%s: %d bytes, %v", path, len(got), err)
			}
			if _, err := os.Stat(dest + ".part"); err == nil {
				t.Error("the .part file is still there")
			}
			if len(tt.ranges) > 0 && (last != Progress{"file.json", int64(len(data)), int64(len(data))}) {
				t.Errorf("the last progress is %+v", last)
			}
			// The second call finds the file.
			if _, err := File(t.Context(), src, WithOffline()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDownloadCancelled(t *testing.T) {
	root := t.TempDir()
	datatest.EmptyCache(t)
	data := payload(200000)
	s := serve(t, data)
	ctx, cancel := context.WithCancel(t.Context())
	s.handle = func(w http.ResponseWriter, r *http.Request, _ int) {
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		_, _ = w.Write(data[:100000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	stop := WithProgress(func(p Progress) {
		if p.Done == 100000 {
			cancel()
		}
	})
	src := sourceOf(s, data)
	if _, err := File(ctx, src, WithDir(root), stop); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want one that wraps context.Canceled", err)
	}
	if st, err := os.Stat(filepath.Join(root, "sub", "file.json.part")); err != nil || st.Size() != 100000 {
		t.Errorf("the .part file: %v, %v", st, err)
	}
}

func TestDownloadStalled(t *testing.T) {
	t.Setenv("ZC_DATA", t.TempDir())
	datatest.EmptyCache(t)
	old := stall
	stall = 500 * time.Millisecond
	t.Cleanup(func() { stall = old })
	data := payload(1000)
	s := serve(t, data)
	s.handle = func(w http.ResponseWriter, r *http.Request, number int) {
		if number == 1 {
			w.Header().Set("Content-Length", fmt.Sprint(len(data)))
			_, _ = w.Write(data[:10])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}
	if _, err := File(t.Context(), sourceOf(s, data)); err != nil {
		t.Fatal(err)
	}
	if len(s.ranges) != 2 || s.ranges[1] != "bytes=10-" {
		t.Errorf("requests with ranges %q", s.ranges)
	}
}

// A folder that cannot be written to is passed over.
func TestDownloadToCache(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ZC_DATA", filepath.Join(file, "below")) // a file is no folder
	datatest.EmptyCache(t)
	data := payload(1000)
	path, err := File(t.Context(), sourceOf(serve(t, data), data))
	if err != nil {
		t.Fatal(err)
	}
	if dir, _ := os.UserCacheDir(); !strings.HasPrefix(path, dir) {
		t.Errorf("the file is at %s, not under %s", path, dir)
	}
}

func TestNoFolder(t *testing.T) {
	t.Setenv("ZC_DATA", "")
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	if _, err := os.UserCacheDir(); err == nil {
		t.Skip("this system has a cache folder without HOME")
	}
	_, err := File(t.Context(), Source{Path: "file"})
	if err == nil || !strings.Contains(err.Error(), "set ZC_DATA") {
		t.Errorf("error %v", err)
	}
}

// Where nothing may be downloaded, no folder is made for it.
func TestOfflineMakesNoFolder(t *testing.T) {
	root := filepath.Join(t.TempDir(), "data")
	t.Setenv("ZC_DATA", root)
	datatest.EmptyCache(t)
	if _, err := File(t.Context(), Source{Path: "file"}, WithOffline()); !errors.Is(err, ErrOffline) {
		t.Errorf("error %v, want one that wraps ErrOffline", err)
	}
	if _, err := os.Stat(root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: %v, want it not to exist", root, err)
	}
}

// archive makes a .tar.gz of entries; a body of "→x" is a link to x.
func archive(t testing.TB, entries ...[2]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	w := tar.NewWriter(z)
	for _, e := range entries {
		h := &tar.Header{Name: e[0], Mode: 0o644, Size: int64(len(e[1])), Typeflag: tar.TypeReg}
		if strings.HasSuffix(e[0], "/") {
			h.Typeflag = tar.TypeDir
		}
		if link, ok := strings.CutPrefix(e[1], "→"); ok {
			h.Typeflag, h.Linkname, h.Size, e[1] = tar.TypeSymlink, link, 0, ""
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestUnpack(t *testing.T) {
	good := archive(t, [2]string{"top/", ""}, [2]string{"top/a.bin", "aaa"}, [2]string{"./top/sub/b.bin", "bb"})
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"good", good, ""},
		{"traversal", archive(t, [2]string{"top/../../evil", "x"}), "outside the folder"},
		{"absolute", archive(t, [2]string{"/top/evil", "x"}), "outside the folder"},
		{"backslash", archive(t, [2]string{`top\..\evil`, "x"}), "outside the folder"},
		{"other folder", archive(t, [2]string{"topper/a", "x"}), "not in the folder top"},
		{"link", archive(t, [2]string{"top/a", "→/etc/passwd"}), "link or a special file"},
		{"twice", archive(t, [2]string{"top/a", "x"}, [2]string{"top/a", "y"}), "exists"},
		{"the top is a file", archive(t, [2]string{"top", "x"}), "is a file, expected a folder"},
		{"a header without end", longHeader(t), "header field too long"},
		{"empty", archive(t), "no files"},
		{"no gzip", []byte("hello"), "EOF"},
		{"truncated", good[:len(good)-20], "EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			dir := filepath.Join(root, "in")
			datatest.WriteFiles(t, root, map[string][]byte{"a.tar.gz": tt.data})
			err := unpack(t.Context(), filepath.Join(root, "a.tar.gz"), filepath.Join(dir, "top"))
			left, _ := os.ReadDir(dir)
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v, want one with %q", err, tt.want)
				}
				if len(left) != 0 {
					t.Errorf("%v is left after a refused archive", left)
				}
				if _, err := os.Stat(filepath.Join(root, "evil")); err == nil {
					t.Error("a file was written outside the folder")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(filepath.Join(dir, "top", "sub", "b.bin")); string(got) != "bb" || len(left) != 1 {
				t.Errorf("top/sub/b.bin holds %q, %v; the folder %v", got, err, left)
			}
		})
	}
}

// A folder comes from an archive: downloaded, or put in place by the user.
func TestFolder(t *testing.T) {
	data := archive(t, [2]string{"top/a.bin", "aaa"})
	s := serve(t, data)
	src := sourceOf(s, data)
	src.Path = "top.tar.gz"
	check := func(t *testing.T, dir string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "a.bin")); string(got) != "aaa" {
			t.Errorf("a.bin holds %q, %v", got, err)
		}
	}
	t.Run("download", func(t *testing.T) {
		root := t.TempDir()
		t.Setenv("ZC_DATA", root)
		datatest.EmptyCache(t)
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				if _, err := Folder(t.Context(), src, "top"); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		dir, err := Folder(t.Context(), src, "top", WithOffline())
		check(t, dir, err)
		if len(s.ranges) != 1 {
			t.Errorf("%d requests for one archive", len(s.ranges))
		}
		if left, _ := os.ReadDir(root); len(left) != 1 {
			t.Errorf("the folder holds %v, want the unpacked one alone", left)
		}
	})
	t.Run("in place", func(t *testing.T) {
		root := t.TempDir()
		t.Setenv("ZC_DATA", root)
		datatest.EmptyCache(t)
		datatest.WriteFiles(t, root, map[string][]byte{src.Path: data})
		dir, err := Folder(t.Context(), src, "top", WithOffline())
		check(t, dir, err)
	})
	t.Run("wrong archive in place", func(t *testing.T) {
		root := t.TempDir()
		t.Setenv("ZC_DATA", root)
		datatest.EmptyCache(t)
		datatest.WriteFiles(t, root, map[string][]byte{src.Path: data[:100]})
		_, err := Folder(t.Context(), src, "top")
		if err == nil || !strings.Contains(err.Error(), "wrong content") || !strings.Contains(err.Error(), filepath.Join(root, src.Path)) {
			t.Errorf("error %v", err)
		}
	})
}

func FuzzUntar(f *testing.F) {
	f.Add(archive(f, [2]string{"top/", ""}, [2]string{"top/a.bin", "aaa"}))
	f.Add(archive(f, [2]string{"top/../../evil", "x"}))
	f.Add([]byte("hello"))
	f.Fuzz(func(t *testing.T, data []byte) {
		// Compressed by chance seldom: let the fuzzer write the tar stream itself too.
		var buf bytes.Buffer
		z := gzip.NewWriter(&buf)
		_, _ = z.Write(data)
		z.Close()
		for _, archive := range [][]byte{data, buf.Bytes()} {
			root := t.TempDir()
			dir := filepath.Join(root, "a", "b")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			_, _ = untar(t.Context(), bytes.NewReader(archive), dir, "top")
			for _, outside := range []string{root, filepath.Join(root, "a"), dir} {
				entries, _ := os.ReadDir(outside)
				for _, e := range entries {
					if n := e.Name(); n != "a" && n != "b" && n != "top" {
						t.Errorf("%s was written in %s", n, outside)
					}
				}
			}
		}
	})
}
