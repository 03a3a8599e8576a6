package datasets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// source is a published file: where it belongs under a data folder, and where it comes from.
type source struct {
	path   string // slash-separated, under the data folder
	url    string // pinned
	sha256 string // hex
	size   int64  // bytes
}

// roots lists the folders that data is looked for in, in order.
func roots(o *options) []string {
	var dirs []string
	if o.dir != "" {
		dirs = append(dirs, o.dir)
	} else if d := os.Getenv("ZC_DATA"); d != "" {
		dirs = append(dirs, d)
	}
	if d, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, filepath.Join(d, "zcnas"))
	}
	return dirs
}

// find looks for a file or folder under the roots.
func find(o *options, path string) (string, bool) {
	for _, root := range roots(o) {
		full := filepath.Join(root, filepath.FromSlash(path))
		if _, err := os.Stat(full); err == nil {
			return full, true
		}
	}
	return "", false
}

// fetchFile returns the path of a published file on this machine, downloaded first where it is missing.
func fetchFile(ctx context.Context, o *options, src source) (string, error) {
	return fetch(ctx, o, src, src.path, func(file, dest string) error { return os.Rename(file, dest) })
}

// fetchFolder returns the path of the folder that an archive unpacks to. An archive that the user has put
// in place is used before the network.
func fetchFolder(ctx context.Context, o *options, archive source, folder string) (string, error) {
	return fetch(ctx, o, archive, folder, func(file, dest string) error {
		if err := unpack(ctx, file, dest); err != nil {
			return err
		}
		return os.Remove(file)
	})
}

// gate lets one goroutine of this process download at a time: a second one would fetch the same file
// again. Two processes do no harm to each other: they write the same bytes to the same places, and the
// checksum decides.
var gate = make(chan struct{}, 1)

// fetch finds want under the roots, or downloads src and has finish turn the checked file into want.
func fetch(ctx context.Context, o *options, src source, want string, finish func(file, dest string) error) (string, error) {
	if path, ok := find(o, want); ok {
		return path, nil
	}
	select {
	case gate <- struct{}{}:
		defer func() { <-gate }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if path, ok := find(o, want); ok { // another goroutine has been here
		return path, nil
	}
	archive, ok := find(o, src.path)
	ok = ok && want != src.path
	if o.offline && !ok { // before a folder is made that nothing will be put in
		return "", missing(o, src, ErrOffline)
	}
	root, err := writable(o)
	if err != nil {
		return "", missing(o, src, err)
	}
	dest := filepath.Join(root, filepath.FromSlash(want))
	if ok {
		if err := verify(archive, src); err != nil {
			return "", err
		}
		// The user's own copy stays.
		if err := unpack(ctx, archive, dest); err != nil {
			return "", err
		}
		return dest, nil
	}
	if err := os.MkdirAll(filepath.Dir(filepath.Join(root, filepath.FromSlash(src.path))), 0o755); err != nil {
		return "", missing(o, src, err)
	}
	part := filepath.Join(root, filepath.FromSlash(src.path)+".part")
	if err := download(ctx, o, src, part); err != nil {
		return "", missing(o, src, err)
	}
	if err := finish(part, dest); err != nil {
		// Another process may have finished the same download first.
		if path, ok := find(o, want); ok && errors.Is(err, fs.ErrNotExist) {
			return path, nil
		}
		return "", err
	}
	return dest, nil
}

// writable returns the first root that files can be made in.
func writable(o *options) (string, error) {
	err := errors.New("no folder to keep it in: $ZC_DATA is not set and this user has no cache folder; set ZC_DATA")
	for _, root := range roots(o) {
		if e := os.MkdirAll(root, 0o755); e != nil {
			err = e
			continue
		}
		f, e := os.CreateTemp(root, ".zcnas-*")
		if e != nil {
			err = e
			continue
		}
		f.Close()
		os.Remove(f.Name())
		return root, nil
	}
	return "", err
}

// missing says which file could not be had, why, and how to put it in place by hand.
func missing(o *options, src source, why error) error {
	where := "a folder that ZC_DATA names"
	if dirs := roots(o); len(dirs) > 0 {
		for i := range dirs {
			dirs[i] = filepath.Join(dirs[i], filepath.FromSlash(src.path))
		}
		where = strings.Join(dirs, " or ")
	}
	return fmt.Errorf("%s is not on this machine and could not be downloaded: %w; get %s (%d bytes, SHA-256 %s) and put it at %s",
		src.path, why, src.url, src.size, src.sha256, where)
}
