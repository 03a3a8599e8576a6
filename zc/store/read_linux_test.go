package store

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// withoutRights runs f as a user who can write nothing that is not everybody's, also where the tests run as root.
func withoutRights(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		if os.Getuid() == 0 {
			if err := syscall.Setfsuid(65534); err != nil {
				t.Error(err)
				return
			}
		}
		f()
	}()
	<-done
}

// Another user's store, in a folder that the reader cannot write.
func TestReadWithoutRights(t *testing.T) {
	for _, tt := range []struct {
		name string
		mode os.FileMode // of the folder
		open bool        // a writer is using the file
	}{
		{"read-only folder", 0o555, false},
		{"read-only folder, in use", 0o555, true},
		{"writable folder", 0o777, false},
		{"writable folder, in use", 0o777, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) { // the test's folders are the user's alone
				if err := os.Chmod(d, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			path := filepath.Join(dir, "s.sqlite")
			s := openTestStore(t, path)
			if err := s.Put(testTable().Entries()); err != nil {
				t.Fatal(err)
			}
			if !tt.open {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			files, err := filepath.Glob(path + "*")
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range files {
				if err := os.Chmod(name, 0o444); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(dir, tt.mode); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.Chmod(dir, 0o755) })
			withoutRights(t, func() {
				if err := os.WriteFile(path, nil, 0o644); err == nil {
					t.Error("this user can write the file: the test shows nothing")
					return
				}
				got, err := Read(path)
				if err != nil {
					t.Error(err)
					return
				}
				if diff := cmp.Diff(testTable().Entries(), got.Entries(), cmpopts.EquateNaNs()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}
