package formats

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path"
)

// torchMagic begins files of torch.save before version 1.6. It does not fit 64 bits.
var torchMagic, _ = new(big.Int).SetString("1950a86a20f9469cfc6c", 16)

// torchProtocol is the one version of that older format.
const torchProtocol = 1001

// ReadTorch reads a plain object (numbers, strings, lists, dicts, NumPy values) that torch.save has written, in either
// of its containers: a zip with NAME/data.pkl, or five pickles in a row. Values are those of [ReadPickle]. Errors, with
// the file's name: neither container, truncated or corrupt, tensors or objects of classes in place of plain values.
func ReadTorch(file string) (any, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a file", file)
	}
	v, err := readTorch(f, st.Size())
	if err != nil {
		return nil, fmt.Errorf("%s (%d bytes): %w", file, st.Size(), err)
	}
	return v, nil
}

func readTorch(f io.ReaderAt, size int64) (any, error) {
	r := bufio.NewReader(io.NewSectionReader(f, 0, size))
	switch head, err := r.Peek(4); {
	case err != nil:
		return nil, errors.New("too short for a file of torch.save")
	case string(head) == "PK\x03\x04":
		return readTorchZip(f, size)
	case head[0] == 0x80:
		return readTorchPickles(r, size)
	}
	return nil, errors.New("not a file of torch.save: it begins like neither a zip archive nor a pickle")
}

// readTorchZip reads the container of PyTorch 1.6 and later.
func readTorchZip(f io.ReaderAt, size int64) (any, error) {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return nil, fmt.Errorf("the zip archive is truncated or corrupt: %w", err)
	}
	var data *zip.File
	for _, e := range z.File {
		if path.Base(e.Name) != "data.pkl" {
			continue
		}
		if data != nil {
			return nil, fmt.Errorf("the zip archive holds two objects, %.60q and %.60q", data.Name, e.Name)
		}
		data = e
	}
	if data == nil {
		return nil, errors.New("the zip archive holds no data.pkl, so it is no file of torch.save")
	}
	// PyTorch stores entries as they are. A compressed one, as other programs make, must be in proportion.
	limit := 100*size + 1<<20
	if data.Method == zip.Store {
		limit = size
	}
	r, err := data.Open()
	if err != nil {
		return nil, fmt.Errorf("%.60q: %w", data.Name, err)
	}
	defer r.Close()
	v, err := ReadPickle(r, limit)
	if err != nil {
		return nil, fmt.Errorf("%.60q: %w", data.Name, err)
	}
	// Reading to the end makes the archive's checksum count.
	if _, err := io.Copy(io.Discard, io.LimitReader(r, limit)); err != nil {
		return nil, fmt.Errorf("%.60q: %w", data.Name, err)
	}
	return v, nil
}

// readTorchPickles reads the older container: magic number, protocol, system, object, keys of tensors.
func readTorchPickles(r io.Reader, size int64) (any, error) {
	u := NewUnpickler(r, size)
	var parts [5]any
	for i, name := range [...]string{"magic number", "protocol number", "description of the system", "object", "list of tensors"} {
		var err error
		if parts[i], err = u.Next(); err != nil {
			return nil, fmt.Errorf("the %s: %w", name, err)
		}
		switch {
		case i == 0:
			if n, ok := parts[0].(*big.Int); !ok || n.Cmp(torchMagic) != 0 {
				return nil, errors.New("it is a pickle, but not a file of torch.save: its magic number is another")
			}
		case i == 1:
			if parts[1] != torchProtocol {
				return nil, fmt.Errorf("torch.save's older format has the protocol %d, this file another", torchProtocol)
			}
		case i == 4:
			if keys, err := Items(parts[4]); err != nil || len(keys) > 0 {
				return nil, errors.New("it holds tensors, where plain values are expected")
			}
		}
	}
	return parts[3], nil
}
