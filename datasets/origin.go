package datasets

import (
	"context"
	"errors"
	"fmt"

	"github.com/zcnas/zcnas/datasets/fetch"
)

// Origin says where a data set comes from. Its zero value is that of what is generated.
type Origin struct {
	From  string // where it is to be had
	Terms string // licence, or terms of use
	Bytes int64  // of the published files; 0 where that is not known
}

// Generated reports whether the data set is made by this program and needs no file.
func (o Origin) Generated() bool { return o.From == "" }

// WithCheck checks files that are on this machine already against their checksums, where these are known.
func WithCheck() Option { return Option{files: fetch.WithCheck()} }

// Here returns nil if what the data set needs is on this machine, or is generated; what is read for that is little.
// Otherwise the error says what is missing or wrong, and wraps [ErrOffline] or [ErrMissing] where nothing is there.
func Here(ctx context.Context, d Dataset) error {
	if n, ok := d.(*numbered); ok {
		return hereSamples(ctx, n.Samples)
	}
	if s, ok := d.(Samples); ok {
		return hereSamples(ctx, s)
	}
	_, err := d.Minibatch(ctx, 1, 0, Random)
	return err
}

// hereSamples asks a data set whose samples take time to open, and opens others.
func hereSamples(ctx context.Context, s Samples) error {
	if s, ok := s.(interface {
		here(ctx context.Context) error
	}); ok {
		return s.here(ctx)
	}
	_, err := s.Open(ctx)
	return err
}

// ErrMissing marks errors for data that is not on this machine and that no program may or can download.
var ErrMissing = fetch.ErrMissing

// Absent reports whether an error says that data is not on this machine, as against one that cannot be read.
func Absent(err error) bool { return errors.Is(err, ErrOffline) || errors.Is(err, ErrMissing) }

// here finds a published file without reading it.
func here(src fetch.Source, where []fetch.Option) error {
	if _, ok := fetch.Find(src.Path, where...); !ok {
		return fmt.Errorf("%s: %w", src.Path, ErrOffline)
	}
	return nil
}
