//go:build attack

package attack

import (
	"archive/zip"
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"github.com/zcnas/zcnas/datasets/formats"
	"github.com/zcnas/zcnas/datasets/truth"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/reference"
	"github.com/zcnas/zcnas/zc/store"
	"github.com/zcnas/zcnas/zc/table"
)

var (
	files = flag.Int("files", 1000, "mutated files to read, over all formats")
	seed  = flag.Uint64("seed", 0, "seed of the mutations")
)

const (
	patience  = 30 * time.Second // for one file
	maxMemory = 1 << 30          // bytes allocated while one file is read; the good ones take less than a tenth
)

// reader reads one format; seeds are good files.
type reader struct {
	name  string
	seeds [][]byte
	read  func(path string, data []byte) error
}

func readers(t *testing.T) []reader {
	scores := table.New(
		table.Entry{Key: table.Key{Space: "nats-tss", Arch: "|a~0|", Data: "cifar10", Batch: 64, Seed: 1, Proxy: "snip"}, Value: 1.5, Seconds: 0.25},
		table.Entry{Key: table.Key{Space: "nats-tss", Arch: "|b~0|", Data: "cifar10", Batch: 64, Seed: 1, Proxy: "nwot"}, Value: -2e30, Reason: "x"},
	)
	written := func(write func(io.Writer) error) [][]byte {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		return [][]byte{b.Bytes()}
	}
	onTable := func(read func(io.Reader) (*table.Table, error)) func(string, []byte) error {
		return func(_ string, data []byte) error {
			_, err := read(bytes.NewReader(data))
			return err
		}
	}
	saved := func(make func(path string) error) [][]byte {
		path := filepath.Join(t.TempDir(), "seed")
		if err := make(path); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return [][]byte{data}
	}
	npy := written(func(w io.Writer) error { return formats.WriteNPY(w, []float32{1, 2, 3, 4, 5, 6}, 2, 3) })
	out := []reader{
		{"score CSV", written(scores.WriteCSV), onTable(table.ReadCSV)},
		{"score JSON", written(scores.WriteJSON), onTable(table.ReadJSON)},
		{"score JSONL", written(scores.WriteJSONL), onTable(table.ReadJSONL)},
		{"score store", saved(func(path string) error {
			s, err := store.Open(path)
			if err != nil {
				return err
			}
			if err := s.Put(scores.Entries()); err != nil {
				return err
			}
			return s.Close()
		}), func(path string, _ []byte) error { _, err := store.Read(path); return err }},
		{"results", written(compare.Results{{TaskID: compare.TaskID{Space: "a", Task: "b"}, Proxy: "snip"}}.WriteJSON),
			func(_ string, data []byte) error { _, err := compare.ReadResults(bytes.NewReader(data)); return err }},
		{"reference cases", [][]byte{[]byte(`{"space": "nats-tss", "arch": "0", "classes": 10, "shape": [3, 8, 8], "batch": 2, "seed": 1, "options": {"channels": 4}, "scores": {"snip": 1, "nwot": null}}`)},
			func(_ string, data []byte) error { _, err := reference.ReadCases(bytes.NewReader(data)); return err }},
		{"suite JSON", [][]byte{[]byte(`{"cifar10": {"(0, 0, 0, 0, 0, 0)": {"val_accuracy": 90.5, "nwot": {"score": -Infinity, "time": 1}}, "(1, 0, 0, 0, 0, 0)": {"val_accuracy": 10, "snip": {"score": NaN}}}}`)},
			func(_ string, data []byte) error { _, err := truth.ReadSuiteZero(bytes.NewReader(data)); return err }},
		{"npy", npy, func(path string, _ []byte) error { _, _, err := formats.ReadNPY[float32](path); return err }},
		{"npz", written(func(w io.Writer) error {
			z := zip.NewWriter(w)
			f, err := z.Create("x.npy")
			if err != nil {
				return err
			}
			if _, err := f.Write(npy[0]); err != nil {
				return err
			}
			return z.Close()
		}), func(path string, _ []byte) error {
			z, err := formats.OpenNPZ(path)
			if err != nil {
				return err
			}
			defer z.Close()
			_, _, err = formats.ReadNPZ[float32](z, "x")
			return err
		}},
		{"pickle", [][]byte{
			[]byte("\x80\x04\x95\x1f\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01a\x94K\x01\x8c\x01b\x94]\x94(G?\xf0\x00\x00\x00\x00\x00\x00K\x02N\x88eu."),
			[]byte("(dp0\nVa\np1\nL12345678901234567890L\nsVb\np2\n(lp3\nI1\naF2.5\nas."),
		}, func(_ string, data []byte) error {
			_, err := formats.ReadPickle(bytes.NewReader(data), 64<<20)
			return err
		}},
		{"architectures", [][]byte{[]byte("|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|nor_conv_3x3~0|none~1|skip_connect~2|"), []byte("64:32:8:16:64"), []byte("64-41414-1_02_333"), []byte("[[(0, 2), (1, 1), (2, 2), (1, 2), (1, 3), (2, 1), (0, 3), (2, 5)], [(1, 4), (0, 2), (0, 5), (1, 6), (1, 0), (2, 6), (3, 1), (4, 4)]]")},
			func(_ string, data []byte) error {
				for _, s := range spaces.All() {
					if arch, err := s.Parse(string(data)); err == nil {
						if _, err := s.Network(arch, spaces.Task{Input: spaces.Shape{C: 3, H: 64, W: 64}, Outputs: 10}); err != nil {
							return err
						}
					}
				}
				return nil
			}},
	}
	mats, err := filepath.Glob(filepath.Join("..", "..", "datasets", "formats", "testdata", "*.mat"))
	if err != nil || len(mats) == 0 {
		t.Fatalf("no .mat files: %v", err)
	}
	mat := reader{name: "mat", read: func(path string, _ []byte) error {
		m, err := formats.OpenMat(path)
		if err != nil {
			return err
		}
		defer m.Close()
		for _, v := range m.Vars() {
			_, _, _ = formats.ReadMat[float64](m, v.Name) // some of the good ones are no arrays of numbers
		}
		return nil
	}}
	for _, name := range mats {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		mat.seeds = append(mat.seeds, data)
	}
	return append(out, mat)
}

// Files of all formats, damaged at random, are read or refused: no panic, no hang, no memory without bounds.
func TestMutatedFiles(t *testing.T) {
	all := readers(t)
	dir := t.TempDir()
	for _, r := range all {
		t.Run(r.name, func(t *testing.T) {
			path := filepath.Join(dir, "file")
			rng := rand.New(rand.NewPCG(*seed, uint64(len(r.name))<<32|uint64(r.name[0])))
			for i, data := range r.seeds {
				if err := os.WriteFile(path, data, 0o644); err != nil {
					t.Fatal(err)
				}
				if err := r.read(path, data); err != nil {
					t.Fatalf("seed %d is not read: %v", i, err)
				}
			}
			var most uint64
			refused, n := 0, (*files+len(all)-1)/len(all)
			for range n {
				data := mutate(rng, r.seeds)
				if err := os.WriteFile(path, data, 0o644); err != nil {
					t.Fatal(err)
				}
				used, err := guarded(func() error { return r.read(path, data) })
				most = max(most, used)
				if err != nil {
					refused++
				}
				if failure, ok := err.(*failure); ok || used > maxMemory {
					keep := filepath.Join(os.TempDir(), fmt.Sprintf("attack-%x", rng.Uint64()))
					_ = os.WriteFile(keep, data, 0o644)
					t.Fatalf("%v, %d MiB allocated; the file is %s", failure, used>>20, keep)
				}
			}
			t.Logf("%d files, %d of them refused; at most %.1f MiB allocated for one", n, refused, float64(most)/(1<<20))
		})
	}
}

// failure is a panic or a hang.
type failure struct{ what string }

func (f *failure) Error() string { return f.what }

// guarded runs read with a time limit, and says how many bytes it allocated.
func guarded(read func() error) (used uint64, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	done := make(chan error, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				done <- &failure{fmt.Sprintf("panic: %v\n%s", r, debug.Stack())}
			}
		}()
		done <- read()
	}()
	select {
	case err = <-done:
	case <-time.After(patience):
		err = &failure{fmt.Sprintf("no end after %v", patience)}
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, err
}

// tokens are what formats give a meaning.
var tokens = []string{"\x00", "\xff", "\n", "\r\n", "\"", "'", "{", "}", "[", "]", "(", ")", ",", ":", "null", "NaN", "-Infinity", "1e999", "-1",
	"0", "99999999999999999999", "\\ud800", "\\u0000", "\ufeff", "\x1b[2J", "=1+1", "L", "I1\n", ".", "\x80\x04", "~", "|", "+", "-", "_"}

// mutate changes a seed in a few places.
func mutate(rng *rand.Rand, seeds [][]byte) []byte {
	data := bytes.Clone(seeds[rng.IntN(len(seeds))])
	at := func() int { return rng.IntN(len(data) + 1) }
	for range 1 + rng.IntN(6) {
		i := at()
		j := min(len(data), i+rng.IntN(1+len(data)/4))
		switch rng.IntN(9) {
		case 0: // a bit
			if i < len(data) {
				data[i] ^= 1 << rng.IntN(8)
			}
		case 1: // a byte
			if i < len(data) {
				data[i] = byte(rng.Uint32())
			}
		case 2: // a part gone
			data = append(data[:i:i], data[j:]...)
		case 3: // a part twice
			data = append(data[:j:j], data[i:]...)
		case 4: // a token
			data = append(data[:i:i], append([]byte(tokens[rng.IntN(len(tokens))]), data[i:]...)...)
		case 5: // cut off
			data = data[:i]
		case 6: // a part of another seed
			other := seeds[rng.IntN(len(seeds))]
			k := rng.IntN(len(other) + 1)
			data = append(data[:i:i], append(bytes.Clone(other[k:min(len(other), k+64)]), data[j:]...)...)
		case 7: // another number
			if k := bytes.IndexAny(data[i:], "0123456789"); k >= 0 {
				n := strconv.FormatUint(rng.Uint64()>>rng.IntN(64), 10)
				data = append(data[:i+k:i+k], append([]byte(n), data[i+k+1:]...)...)
			}
		case 8: // four bytes of a length
			for k := i; k < min(len(data), i+4); k++ {
				data[k] = []byte{0, 0xff, 0x7f, 0x80}[rng.IntN(4)]
			}
		}
		if len(data) > 1<<20 {
			data = data[:1<<20]
		}
	}
	return data
}
