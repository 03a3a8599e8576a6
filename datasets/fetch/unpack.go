package fetch

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Bounds on what an archive may unpack to; CIFAR's hold eight files in 184 MB.
const (
	maxUnpacked = 1 << 30
	maxEntries  = 10000
)

// unpack extracts the one folder of a .tar.gz archive to dest, all of it or nothing. Names that point
// outside the folder, links and special files are refused.
func unpack(ctx context.Context, archive, dest string) (err error) {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := os.MkdirAll(filepath.Dir(dest), 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dest), ".unpack-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	top := filepath.Base(dest)
	sums, err := untar(ctx, f, tmp, top)
	if err != nil {
		return fmt.Errorf("unpacking %s: %w", archive, err)
	}
	if err := writeSums(filepath.Join(tmp, top), sums); err != nil {
		return err
	}
	err = os.Rename(filepath.Join(tmp, top), dest)
	if st, e := os.Stat(dest); err != nil && e == nil && st.IsDir() {
		return nil // where files cannot be locked, another process may have been first
	}
	return err
}

// untar extracts a gzipped tar stream whose entries all lie in the folder top to dir, and returns the SHA-256 of each
// file by its name in the folder.
func untar(ctx context.Context, r io.Reader, dir, top string) (sums map[string]string, err error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	t := tar.NewReader(z)
	left := int64(maxUnpacked)
	sums = map[string]string{}
	for range maxEntries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		h, err := t.Next()
		if err == io.EOF {
			if len(sums) == 0 {
				return nil, fmt.Errorf("the archive holds no files")
			}
			return sums, nil
		}
		if err != nil {
			return nil, err
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		name := filepath.Clean(filepath.FromSlash(h.Name))
		if !filepath.IsLocal(name) || strings.Contains(h.Name, `\`) || strings.ContainsRune(h.Name, 0) {
			return nil, fmt.Errorf("the entry %q points outside the folder; refused", h.Name)
		}
		if name != top && !strings.HasPrefix(name, top+string(filepath.Separator)) {
			return nil, fmt.Errorf("the entry %q is not in the folder %s; refused", h.Name, top)
		}
		full := filepath.Join(dir, name)
		switch h.Typeflag {
		case tar.TypeDir:
			if err := os.MkdirAll(full, 0o755); err != nil {
				return nil, err
			}
		case tar.TypeReg:
			if h.Size > left {
				return nil, fmt.Errorf("the archive unpacks to more than %d bytes; refused", int64(maxUnpacked))
			}
			left -= h.Size
			if name == top {
				return nil, fmt.Errorf("the entry %q is a file, expected a folder of that name; refused", h.Name)
			}
			h := sha256.New()
			if err := writeFile(full, io.TeeReader(t, h)); err != nil {
				return nil, err
			}
			sums[filepath.ToSlash(strings.TrimPrefix(name, top+string(filepath.Separator)))] = hex.EncodeToString(h.Sum(nil))
		default:
			return nil, fmt.Errorf("the entry %q is a link or a special file; refused", h.Name)
		}
	}
	return nil, fmt.Errorf("the archive holds more than %d entries; refused", maxEntries)
}

func writeFile(path string, r io.Reader) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); e != nil && err == nil {
			err = e
		}
	}()
	_, err = io.Copy(f, r)
	return err
}
