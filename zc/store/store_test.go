package store

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zcnas/zcnas/zc/table"
)

func openTestStore(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStoreRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sweep 1%?.db")
	s := openTestStore(t, path)
	scores := testTable()
	if err := s.Put(scores.Entries()); err != nil {
		t.Fatal(err)
	}
	e := testEntry(archChain, "nwot", 0.2)
	if err := s.Put([]table.Entry{testEntry(archChain, "nwot", 0.15), e}); err != nil {
		t.Fatal(err)
	}
	scores.Add(e)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	s = openTestStore(t, path)
	got, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(scores.Entries(), got.Entries(), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestStoreSurvivesKill runs this test in a second process that puts rows and is killed at once.
func TestStoreSurvivesKill(t *testing.T) {
	if path := os.Getenv("ZC_TEST_STORE"); path != "" {
		s, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Put(testTable().Entries()); err != nil {
			t.Fatal(err)
		}
		tx, err := s.db.Begin() // a transaction that the kill interrupts
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec("DELETE FROM scores"); err != nil {
			t.Fatal(err)
		}
		self, err := os.FindProcess(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		self.Kill()
		select {}
	}
	path := filepath.Join(t.TempDir(), "killed.db")
	cmd := exec.Command(os.Args[0], "-test.run=^TestStoreSurvivesKill$")
	cmd.Env = append(os.Environ(), "ZC_TEST_STORE="+path)
	out, err := cmd.CombinedOutput()
	if err == nil || strings.Contains(string(out), "FAIL") {
		t.Fatalf("the child was not killed: %v\n%s", err, out)
	}
	s := openTestStore(t, path)
	got, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(testTable().Entries(), got.Entries(), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := s.Put([]table.Entry{testEntry("next", "snip", 1)}); err != nil {
		t.Errorf("going on after the kill: %v", err)
	}
}

func TestStoreFullDisk(t *testing.T) {
	s := openTestStore(t, filepath.Join(t.TempDir(), "full.db"))
	if err := s.Put(testTable().Entries()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec("PRAGMA max_page_count = 10"); err != nil {
		t.Fatal(err)
	}
	var many []table.Entry
	for i := range 2000 {
		many = append(many, testEntry(fmt.Sprint(archChain, i), "snip", math.Sqrt(float64(i))))
	}
	if err := s.Put(many); err == nil || !strings.Contains(err.Error(), "disk is full") {
		t.Fatalf("error %v; want one that says that the disk is full", err)
	}
	got, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	if got.Len() != testTable().Len() {
		t.Errorf("%d rows after the failure; want the %d from before", got.Len(), testTable().Len())
	}
}

func TestStoreBadFiles(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "scores.csv")
	if err := os.WriteFile(text, []byte(strings.Repeat("arch,score\nnot a database,1\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other.db")
	s := openTestStore(t, other)
	if _, err := s.db.Exec("PRAGMA user_version = 0"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	newer := filepath.Join(dir, "newer.db")
	s = openTestStore(t, newer)
	if _, err := s.db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	for path, want := range map[string]string{
		text:                             "not a SQLite file",
		other:                            "not a score store",
		newer:                            "version 99",
		filepath.Join(dir, "no", "x.db"): "no such file",
		dir:                              "cannot be written",
	} {
		if _, err := Read(path); err == nil {
			t.Errorf("%s: no error from reading it", path)
		}
		if s, err := Open(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v; want one that says %q", path, err, want)
			if err == nil {
				s.Close()
			}
		}
	}
}

// Writers that make and use one file at the same moment wait for each other.
func TestStoreConcurrentUse(t *testing.T) {
	const writers, rows = 8, 5
	for round := range 10 {
		path := filepath.Join(t.TempDir(), "shared.db")
		start := make(chan struct{})
		var wg sync.WaitGroup
		for g := range writers {
			wg.Go(func() {
				<-start
				s, err := Open(path)
				if err != nil {
					t.Error(err)
					return
				}
				for i := range rows {
					if err := s.Put([]table.Entry{testEntry(fmt.Sprint(g, i), "snip", float64(i))}); err != nil {
						t.Error(err)
					}
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
				if got, err := Read(path); err != nil || got.Len() < rows {
					t.Errorf("a reader got %v, %v; want at least the %d rows of this writer", got, err, rows)
				}
			})
		}
		close(start)
		wg.Wait()
		got, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if got.Len() != writers*rows {
			t.Fatalf("round %d: %d rows; want %d", round, got.Len(), writers*rows)
		}
	}
}

// SQLite would go on writing into a file that has no name any more.
func TestStoreGone(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		spoil      func(path string) error
	}{
		{"removed", "removed or renamed", os.Remove},
		{"renamed", "removed or renamed", func(path string) error { return os.Rename(path, path+".old") }},
		{"another file", "has taken its place", func(path string) error {
			return errors.Join(os.Rename(path, path+".old"), os.WriteFile(path, nil, 0o644))
		}},
		{"a folder", "has taken its place", func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o755)) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if runtime.GOOS == "windows" {
				t.Skip("Windows lets nobody remove or rename an open file")
			}
			path := filepath.Join(t.TempDir(), "s.sqlite")
			s := openTestStore(t, path)
			if err := s.Put(testTable().Entries()); err != nil {
				t.Fatal(err)
			}
			if err := tt.spoil(path); err != nil {
				t.Fatal(err)
			}
			for doing, err := range map[string]error{"Put": s.Put(testTable().Entries()), "Close": s.Close()} {
				if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s: error %v; want one that names the file and says %q", doing, err, tt.want)
				}
			}
		})
	}
}

// A writer that is killed before it has laid the file out leaves an empty one.
func TestReadFresh(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sqlite")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(path); err != nil || got.Len() != 0 {
		t.Errorf("%v, %v; want no scores", got, err)
	}
	if err := openTestStore(t, path).Put(testTable().Entries()); err != nil {
		t.Errorf("it cannot be filled: %v", err)
	}
}

func TestNoFile(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"", ":memory:"} {
		if _, err := Open(name); !errors.Is(err, ErrNoFile) {
			t.Errorf("Open(%q): error %v, want ErrNoFile", name, err)
		}
		if _, err := Read(name); !errors.Is(err, ErrNoFile) {
			t.Errorf("Read(%q): error %v, want ErrNoFile", name, err)
		}
	}
	if _, err := Read("missing.sqlite"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading a missing file: %v", err)
	}
	if files, err := os.ReadDir("."); err != nil || len(files) > 0 {
		t.Errorf("reading has made %v, %v", files, err)
	}
}

func ExampleStore() {
	dir, err := os.MkdirTemp("", "zc")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	store, err := Open(filepath.Join(dir, "sweep.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	key := table.Key{Space: "nats-tss", Arch: "a", Data: "cifar10", Batch: 64, Proxy: "snip"}
	if err := store.Put([]table.Entry{{Key: key, Value: 46.0}}); err != nil {
		fmt.Println(err)
		return
	}
	scores, err := store.Load()
	fmt.Println(scores.Archs(), err)
	// Output: [a] <nil>
}

const (
	archChain = "|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|nor_conv_1x1~2|"
	archSkip  = "|skip_connect~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"
)

func testEntry(arch, proxy string, value float64) table.Entry {
	return table.Entry{Key: table.Key{Space: "nats-tss", Arch: arch, Data: "cifar10", Batch: 64, Seed: 1<<63 + 1, Proxy: proxy}, Value: value}
}

// testTable has undefined, infinite and timed scores.
func testTable() *table.Table {
	undefined := testEntry(archSkip, "nwot", math.NaN())
	undefined.Reason = `no ReLU, "dead"` + "\ncell"
	low := testEntry(archSkip, "synflow", math.Inf(-1))
	low.Reason = "underflow"
	timed := testEntry(archChain, "synflow", 6.02e68)
	timed.Seconds = 0.25
	return table.New(timed, testEntry(archChain, "nwot", 0.1), low, undefined, testEntry(archSkip, "flops", math.Inf(1)))
}
