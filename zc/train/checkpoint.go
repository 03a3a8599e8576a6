package train

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/zcnas/zcnas/zc/engine"
)

// Checkpoint is a training after some epochs: what is needed to go on with it to the same bits.
type Checkpoint struct {
	// Key says what the training is of: network, data, protocol, seed. One of another key is not gone on with.
	Key     string
	History History
	Weights *engine.Weights
}

// The file: the magic line, the length of the header (uint32, little endian), the header in JSON, the tensors as
// little-endian float32, one after the other, and the SHA-256 of everything before.
const (
	checkpointMagic = "zcnas training 1\n"
	maxHeader       = 64 << 20
)

type checkpointHeader struct {
	Key      string
	History  History
	Params   []int // lengths
	Running  []int
	Momentum []int // nil for none yet; 0 for a tensor that has none
}

// tensors are all that a checkpoint holds of the weights, in the order of the file.
func (h *checkpointHeader) tensors(w *engine.Weights) [][]float32 {
	var all [][]float32
	all = append(all, w.Params...)
	for _, r := range w.Running {
		all = append(all, r.Mean, r.Var)
	}
	return append(all, w.Momentum...)
}

// Write writes the checkpoint in place of what the file holds: after a crash the file is the old or the new one.
func (c *Checkpoint) Write(path string) (err error) {
	h := checkpointHeader{Key: c.Key, History: c.History}
	for _, v := range c.Weights.Params {
		h.Params = append(h.Params, len(v))
	}
	for _, r := range c.Weights.Running {
		h.Running = append(h.Running, len(r.Mean))
	}
	for _, v := range c.Weights.Momentum {
		h.Momentum = append(h.Momentum, len(v))
	}
	header, err := json.Marshal(&h)
	if err != nil {
		return fmt.Errorf("train: checkpoint %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("train: checkpoint: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".part-")
	if err != nil {
		return fmt.Errorf("train: checkpoint: %w", err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
			err = fmt.Errorf("train: checkpoint %s: %w", path, err)
		}
	}()
	sum := sha256.New()
	w := bufio.NewWriter(io.MultiWriter(f, sum))
	w.WriteString(checkpointMagic)
	binary.Write(w, binary.LittleEndian, uint32(len(header)))
	w.Write(header)
	for _, v := range h.tensors(c.Weights) {
		writeFloats(w, v)
	}
	err = w.Flush() // reports errors of all that was written
	if err == nil {
		_, err = f.Write(sum.Sum(nil))
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func writeFloats(w io.Writer, v []float32) {
	var buf [4096]byte
	for len(v) > 0 {
		n := min(len(v), len(buf)/4)
		for i, x := range v[:n] {
			binary.LittleEndian.PutUint32(buf[4*i:], math.Float32bits(x))
		}
		w.Write(buf[:4*n])
		v = v[n:]
	}
}

// ReadCheckpoint reads a checkpoint. It fails on files that are no checkpoint, of another version, cut off or changed;
// where there is no file the error wraps [os.ErrNotExist].
func ReadCheckpoint(path string) (*Checkpoint, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("train: checkpoint: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("train: checkpoint: %w", err)
	}
	c, err := readCheckpoint(bufio.NewReader(f), info.Size())
	if err != nil {
		return nil, fmt.Errorf("train: checkpoint %s: %w; delete it to train from the start", path, err)
	}
	return c, nil
}

// readCheckpoint reads a checkpoint of so many bytes.
func readCheckpoint(r io.Reader, size int64) (*Checkpoint, error) {
	sum := sha256.New()
	in := &summed{r: r, sum: sum, left: size - sha256.Size}
	magic := make([]byte, len(checkpointMagic))
	if _, err := io.ReadFull(in, magic); err != nil || string(magic) != checkpointMagic {
		return nil, fmt.Errorf("it does not begin with %q: no checkpoint, or one of another version", checkpointMagic[:len(checkpointMagic)-1])
	}
	var length uint32
	if err := binary.Read(in, binary.LittleEndian, &length); err != nil || length > maxHeader || int64(length) > in.left {
		return nil, errors.New("its header is cut off")
	}
	header := make([]byte, length)
	if _, err := io.ReadFull(in, header); err != nil {
		return nil, errors.New("its header is cut off")
	}
	var h checkpointHeader
	decoder := json.NewDecoder(bytes.NewReader(header))
	if err := decoder.Decode(&h); err != nil {
		return nil, fmt.Errorf("its header: %w", err)
	}
	var values int64
	for _, list := range [][]int{h.Params, h.Running, h.Running, h.Momentum} {
		for _, n := range list {
			if n < 0 || int64(n) > in.left {
				return nil, fmt.Errorf("its header names a tensor of %d values", n)
			}
			values += int64(n)
		}
	}
	if 4*values != in.left {
		return nil, fmt.Errorf("it holds %d bytes of values, and its header names %d: it is cut off", in.left, 4*values)
	}
	c := &Checkpoint{Key: h.Key, History: h.History, Weights: &engine.Weights{}}
	for _, n := range h.Params {
		c.Weights.Params = append(c.Weights.Params, make([]float32, n))
	}
	for _, n := range h.Running {
		c.Weights.Running = append(c.Weights.Running, engine.Running{Mean: make([]float32, n), Var: make([]float32, n)})
	}
	for _, n := range h.Momentum {
		var v []float32
		if n > 0 {
			v = make([]float32, n)
		}
		c.Weights.Momentum = append(c.Weights.Momentum, v)
	}
	for _, v := range h.tensors(c.Weights) {
		if err := readFloats(in, v); err != nil {
			return nil, err
		}
	}
	want := make([]byte, sha256.Size)
	if _, err := io.ReadFull(r, want); err != nil || !bytes.Equal(want, sum.Sum(nil)) {
		return nil, errors.New("its checksum does not fit: the file was changed or is damaged")
	}
	return c, nil
}

func readFloats(r io.Reader, v []float32) error {
	var buf [4096]byte
	for len(v) > 0 {
		n := min(len(v), len(buf)/4)
		if _, err := io.ReadFull(r, buf[:4*n]); err != nil {
			return err
		}
		for i := range n {
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(buf[4*i:]))
		}
		v = v[n:]
	}
	return nil
}

// summed reads up to left bytes and adds them to a checksum.
type summed struct {
	r    io.Reader
	sum  hash.Hash
	left int64
}

func (s *summed) Read(p []byte) (int, error) {
	if s.left <= 0 {
		return 0, io.EOF
	}
	n, err := s.r.Read(p[:min(int64(len(p)), s.left)])
	s.sum.Write(p[:n])
	s.left -= int64(n)
	return n, err
}
