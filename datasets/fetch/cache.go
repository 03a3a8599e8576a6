// Package fetch finds published files on this machine, downloads those that are missing, checks them against pinned
// checksums and unpacks archives.
//
//	path, err := fetch.File(ctx, source, fetch.WithDir("data"))
//
// Files are looked for under the folder that [WithDir] names, or $ZC_DATA, then in the user's cache folder
// (os.UserCacheDir()/zcnas). What is found in none of them is downloaded and kept in the first of these that can be
// written to; an interrupted download is resumed by the next call.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Source is a published file: where it belongs under a data folder, and where it comes from.
type Source struct {
	Path   string // slash-separated, under the data folder
	URL    string // pinned
	SHA256 string // hex
	Size   int64  // bytes
}

// Option says where files are looked for and what may be done to get them.
type Option func(*options)

type options struct {
	dir      string
	offline  bool
	check    bool
	progress func(Progress)
}

func newOptions(opts []Option) *options {
	o := &options{}
	for _, opt := range opts {
		opt(o)
	}
	return o
}

// WithDir looks for files under dir in place of $ZC_DATA.
func WithDir(dir string) Option { return func(o *options) { o.dir = dir } }

// WithOffline forbids downloads: a file that is not on this machine is an error that wraps [ErrOffline].
func WithOffline() Option { return func(o *options) { o.offline = true } }

// WithCheck checks what is there already: a file against its pinned SHA-256, an unpacked folder against the checksums
// that were taken when it was unpacked. (A folder that was put there by hand has none and is not checked.)
func WithCheck() Option { return func(o *options) { o.check = true } }

// WithProgress calls f as a download goes on, in place of the bar on a terminal's standard error. f is called from the
// goroutine that downloads.
func WithProgress(f func(Progress)) Option { return func(o *options) { o.progress = f } }

// ErrOffline marks errors for data that is not on this machine while the network may not be used.
var ErrOffline = errors.New("offline")

// ErrMissing marks errors for data that is not on this machine and that no program may or can download.
var ErrMissing = errors.New("not on this machine")

// Locate finds what has to be put in place by hand, under the first of some names: slash-separated, under [Dirs].
// from says where it is to be had. The error wraps [ErrMissing], and says where to put it.
func Locate(what, from string, names []string, opts ...Option) (string, error) {
	o := newOptions(opts)
	for _, name := range names {
		if path, ok := find(o, name); ok {
			return path, nil
		}
	}
	where := "a folder that ZC_DATA names"
	if dirs := roots(o); len(dirs) > 0 {
		for i := range dirs {
			dirs[i] = filepath.Join(dirs[i], filepath.FromSlash(names[0]))
		}
		where = strings.Join(dirs, " or ")
	}
	return "", fmt.Errorf("%s is %w; get it from %s and put it at %s", what, ErrMissing, from, where)
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

// Dirs lists the folders that files are looked for in, in order.
func Dirs(opts ...Option) []string { return roots(newOptions(opts)) }

// Find looks for a file or folder, slash-separated, under [Dirs].
func Find(path string, opts ...Option) (string, bool) { return find(newOptions(opts), path) }

func find(o *options, path string) (string, bool) {
	for _, root := range roots(o) {
		full := filepath.Join(root, filepath.FromSlash(path))
		if _, err := os.Stat(full); err == nil {
			return full, true
		}
	}
	return "", false
}

// File returns the path of a published file on this machine, downloaded first where it is missing. The error says
// where the file can be had and where to put it.
func File(ctx context.Context, src Source, opts ...Option) (string, error) {
	o := newOptions(opts)
	path, err := fetch(ctx, o, src, src.Path, os.Rename)
	if err == nil && o.check {
		if e := verify(path, src); e != nil {
			return "", fmt.Errorf("%w; remove it to have it downloaded again", e)
		}
	}
	return path, err
}

// Folder returns the path of the folder that a .tar.gz archive unpacks to. An archive that the user has put in place is
// used before the network.
func Folder(ctx context.Context, archive Source, folder string, opts ...Option) (string, error) {
	o := newOptions(opts)
	path, err := fetch(ctx, o, archive, folder, func(file, dest string) error {
		if err := unpack(ctx, file, dest); err != nil {
			return err
		}
		return os.Remove(file)
	})
	if err == nil && o.check {
		if err := verifyFolder(path); err != nil {
			return "", err
		}
	}
	return path, err
}

// gate lets one goroutine of this process download at a time: a second one would fetch the same file again. Processes
// wait for each other at a lock, see [lock].
var gate = make(chan struct{}, 1)

// fetch finds want under the roots, or downloads src and has finish turn the checked file into want.
func fetch(ctx context.Context, o *options, src Source, want string, finish func(file, dest string) error) (string, error) {
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
	archive, ok := find(o, src.Path)
	ok = ok && want != src.Path
	if o.offline && !ok { // before a folder is made that nothing will be put in
		return "", missing(o, src, ErrOffline)
	}
	root, err := writable(o)
	if err != nil {
		return "", missing(o, src, err)
	}
	dest := filepath.Join(root, filepath.FromSlash(want))
	part := filepath.Join(root, filepath.FromSlash(src.Path)+".part")
	if err := os.MkdirAll(filepath.Dir(part), 0o755); err != nil {
		return "", missing(o, src, err)
	}
	release, locked, err := lock(ctx, part+".lock")
	if err != nil {
		return "", err
	}
	defer release()
	if path, ok := find(o, want); ok { // another process has been here
		return path, nil
	}
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
	if !locked { // then nobody else may write to the same file, and what is left of it is of no use to others
		part = fmt.Sprintf("%s.%d", part, os.Getpid())
		defer os.Remove(part)
	}
	if err := download(ctx, o, src, part); err != nil {
		return "", missing(o, src, err)
	}
	if err := finish(part, dest); err != nil {
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
func missing(o *options, src Source, why error) error {
	where := "a folder that ZC_DATA names"
	if dirs := roots(o); len(dirs) > 0 {
		for i := range dirs {
			dirs[i] = filepath.Join(dirs[i], filepath.FromSlash(src.Path))
		}
		where = strings.Join(dirs, " or ")
	}
	return fmt.Errorf("%s is not on this machine and could not be downloaded: %w; get %s (%d bytes, SHA-256 %s) and put it at %s",
		src.Path, why, src.URL, src.Size, src.SHA256, where)
}
