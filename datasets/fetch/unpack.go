package fetch

import (
	"archive/tar"
	"compress/gzip"
	"context"
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
	if err := untar(ctx, f, tmp, top); err != nil {
		return fmt.Errorf("unpacking %s: %w", archive, err)
	}
	if err := os.Rename(filepath.Join(tmp, top), dest); err != nil {
		return err
	}
	return nil
}

// untar extracts a gzipped tar stream whose entries all lie in the folder top to dir.
func untar(ctx context.Context, r io.Reader, dir, top string) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	defer z.Close()
	t := tar.NewReader(z)
	left := int64(maxUnpacked)
	files := 0
	for range maxEntries {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := t.Next()
		if err == io.EOF {
			if files == 0 {
				return fmt.Errorf("the archive holds no files")
			}
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		name := filepath.Clean(filepath.FromSlash(h.Name))
		if !filepath.IsLocal(name) || strings.Contains(h.Name, `\`) || strings.ContainsRune(h.Name, 0) {
			return fmt.Errorf("the entry %q points outside the folder; refused", h.Name)
		}
		if name != top && !strings.HasPrefix(name, top+string(filepath.Separator)) {
			return fmt.Errorf("the entry %q is not in the folder %s; refused", h.Name, top)
		}
		full := filepath.Join(dir, name)
		switch h.Typeflag {
		case tar.TypeDir:
			if err := os.MkdirAll(full, 0o755); err != nil {
				return err
			}
		case tar.TypeReg:
			if h.Size > left {
				return fmt.Errorf("the archive unpacks to more than %d bytes; refused", int64(maxUnpacked))
			}
			left -= h.Size
			files++
			if err := writeFile(full, t); err != nil {
				return err
			}
		default:
			return fmt.Errorf("the entry %q is a link or a special file; refused", h.Name)
		}
	}
	return fmt.Errorf("the archive holds more than %d entries; refused", maxEntries)
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
