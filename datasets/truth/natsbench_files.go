package truth

import (
	"archive/tar"
	"bufio"
	"compress/bzip2"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/zcnas/zcnas/datasets/formats"
)

const (
	natsSuffix = ".pickle.pbz2"
	natsMeta   = "meta" + natsSuffix
)

// natsFile is the part of the archive that a file of the benchmark is.
type natsFile struct{ offset, size int64 }

// natsName reports whether a name is that of a benchmark file.
func natsName(name string) bool {
	if name == natsMeta {
		return true
	}
	number, ok := strings.CutSuffix(name, natsSuffix)
	if !ok || len(number) != 6 {
		return false
	}
	_, err := strconv.ParseUint(number, 10, 32)
	return err == nil
}

func (n *NATS) listFolder() error {
	files, err := os.ReadDir(n.path)
	if err != nil {
		return err
	}
	n.files = map[string]natsFile{}
	for _, f := range files {
		if natsName(f.Name()) {
			n.files[f.Name()] = natsFile{}
		}
	}
	return nil
}

// maxTarEntries bounds an archive; the larger of the published ones has 32,770 entries.
const maxTarEntries = 200_000

// listTar finds the files in an archive, without reading them.
func (n *NATS) listTar() error {
	f, err := os.Open(n.path)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	n.files, n.archive = map[string]natsFile{}, true
	t := tar.NewReader(f)
	for range maxTarEntries {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s (%d bytes) is no .tar archive, or truncated or corrupt: %w", n.path, st.Size(), err)
		}
		name := path.Base(h.Name)
		if h.Typeflag != tar.TypeReg || !natsName(name) {
			continue
		}
		if _, twice := n.files[name]; twice {
			return fmt.Errorf("%s holds %s twice", n.path, name)
		}
		// The reader takes no more from the file than it has handed on.
		at, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		if h.Size > st.Size()-at {
			return fmt.Errorf("%s (%d bytes) is truncated: it ends within %s", n.path, st.Size(), name)
		}
		n.files[name] = natsFile{at, h.Size}
	}
	return fmt.Errorf("%s holds more than %d entries; refused", n.path, maxTarEntries)
}

// Indices lists the architectures that there are files of, ascending.
func (n *NATS) Indices() []int {
	indices := make([]int, 0, len(n.files))
	for name := range n.files {
		if i, err := strconv.Atoi(strings.TrimSuffix(name, natsSuffix)); err == nil {
			indices = append(indices, i)
		}
	}
	slices.Sort(indices)
	return indices
}

// What a file may unpack to: the largest published ones have 1.4 MB, 40 times what they have packed.
const (
	maxNATSPickle = 4 << 20
	maxNATSRatio  = 256
	freeNATSBytes = 64 << 10
)

// read decodes a file and gives it to f. Every error names the file.
func (n *NATS) read(name string, f func(any) error) error {
	where := filepath.Join(n.path, name)
	err := func() error {
		part, listed := n.files[name]
		source := where
		if n.archive {
			source = n.path
			if !listed {
				return fmt.Errorf("%s: no such file in the archive", where)
			}
		}
		file, err := os.Open(source)
		if err != nil {
			return err
		}
		defer file.Close()
		st, err := file.Stat()
		if err != nil {
			return err
		}
		if !st.Mode().IsRegular() {
			return fmt.Errorf("%s: not a file", where)
		}
		if !n.archive {
			part = natsFile{0, st.Size()}
		}
		r := bzip2.NewReader(bufio.NewReader(io.NewSectionReader(file, part.offset, part.size)))
		limit := min(maxNATSPickle, freeNATSBytes+maxNATSRatio*part.size)
		v, err := formats.ReadPickle(r, limit)
		if err == nil {
			_, err = io.CopyN(io.Discard, r, limit) // the checksum is at the end
			if err == io.EOF {
				err = f(v)
			}
		}
		if err != nil {
			err = fmt.Errorf("%s (%d bytes) is truncated, corrupt or of another format: %w", where, part.size, err)
		}
		return err
	}()
	if err != nil {
		return fmt.Errorf("truth: NATS-Bench: %w", err)
	}
	return nil
}
