package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress is the state of a download.
type Progress struct {
	File        string // name of the file
	Done, Total int64  // bytes
}

var (
	attempts = 3                // transfers begun before a download gives up
	patience = time.Second      // before the second attempt, doubled for each further one
	stall    = 60 * time.Second // without a byte until a transfer counts as broken
	client   = &http.Client{}   // no overall timeout: the archives are large and lines slow
)

// errChecksum marks a complete file with the wrong content.
var errChecksum = errors.New("wrong content")

// download fetches src to the file part, which holds what earlier calls have fetched, and checks it. A
// transfer that breaks off is tried again from where it stopped. On every error but a wrong checksum what was
// fetched stays for the next call to go on with.
func download(ctx context.Context, o *options, src Source, part string) error {
	report, done := reporter(o, src)
	defer done()
	wait := patience
	var err error
	for attempt := range attempts {
		if attempt > 0 {
			select {
			case <-time.After(wait):
				wait *= 2
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err = transfer(ctx, src, part, report); err == nil {
			err = verify(part, src)
		}
		if err == nil {
			return nil
		}
		if errors.Is(err, errChecksum) {
			// What an earlier call left may have been another file; a fresh transfer decides.
			if e := os.Remove(part); e != nil {
				return errors.Join(err, e)
			}
			continue
		}
		var final *finalError
		if errors.As(err, &final) || ctx.Err() != nil {
			break
		}
	}
	if st, e := os.Stat(part); e == nil && st.Size() == 0 {
		return errors.Join(err, os.Remove(part))
	} else if e == nil {
		return fmt.Errorf("%w (%d of %d bytes are kept in %s; the next call goes on from there)", err, st.Size(), src.Size, part)
	}
	return err
}

// finalError is an error that trying again does not mend.
type finalError struct{ error }

func (e *finalError) Unwrap() error { return e.error }

// transfer fetches what part lacks.
func transfer(ctx context.Context, src Source, part string, report func(int64)) (err error) {
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return &finalError{err}
	}
	defer func() {
		if e := f.Close(); e != nil && err == nil {
			err = &finalError{e}
		}
	}()
	have, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return &finalError{err}
	}
	if have == src.Size {
		return nil
	}
	if have > src.Size {
		have = 0
		if err := f.Truncate(0); err != nil {
			return &finalError{err}
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(stall, func() { cancel(fmt.Errorf("no data for %v", stall)) })
	defer watchdog.Stop()
	// cause names the stall, which net/http reports as a cancelled context.
	cause := func(err error) error {
		if c := context.Cause(ctx); c != nil {
			return c
		}
		return err
	}

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, src.URL, nil)
	if err != nil {
		return &finalError{err}
	}
	req.Header.Set("User-Agent", "zcnas")
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	resp, err := client.Do(req)
	if err != nil {
		return cause(err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusPartialContent &&
		strings.HasPrefix(resp.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", have)):
	case resp.StatusCode == http.StatusOK, resp.StatusCode == http.StatusPartialContent && have > 0,
		resp.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		if err := f.Truncate(0); err != nil {
			return &finalError{err}
		}
		if have = 0; resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: the server does not resume: %s", src.URL, resp.Status)
		}
	default:
		err := fmt.Errorf("%s: the server answers %s", src.URL, resp.Status)
		if resp.StatusCode >= 400 && resp.StatusCode < 500 && resp.StatusCode != http.StatusTooManyRequests {
			return &finalError{err}
		}
		return err
	}
	if _, err := f.Seek(have, io.SeekStart); err != nil {
		return &finalError{err}
	}
	report(have)
	buf := make([]byte, 1<<16)
	for {
		n, err := resp.Body.Read(buf)
		if n > 0 {
			watchdog.Reset(stall)
			if have+int64(n) > src.Size {
				return fmt.Errorf("%w: %s sends more than the %d bytes of the pinned file", errChecksum, src.URL, src.Size)
			}
			if _, e := f.Write(buf[:n]); e != nil {
				return &finalError{e} // a full disk, as a rule
			}
			have += int64(n)
			report(have)
		}
		if err == io.EOF {
			if have < src.Size {
				return fmt.Errorf("%s: the transfer ended after %d of %d bytes", src.URL, have, src.Size)
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: the transfer broke off after %d of %d bytes: %w", src.URL, have, src.Size, cause(err))
		}
	}
}

// verify checks a file against the pinned size and SHA-256.
func verify(file string, src Source) error {
	got, n, err := sumOf(file)
	if err == nil && got != src.SHA256 {
		err = fmt.Errorf("%w: %s has %d bytes and SHA-256 %s, expected %d bytes and %s", errChecksum, file, n, got, src.Size, src.SHA256)
	}
	return err
}

// reporter returns what a transfer reports the bytes at hand to, and what ends the display.
func reporter(o *options, src Source) (report func(int64), done func()) {
	name := path.Base(src.Path)
	if o.progress != nil {
		return func(n int64) { o.progress(Progress{name, n, src.Size}) }, func() {}
	}
	st, err := os.Stderr.Stat()
	if err != nil || st.Mode()&os.ModeCharDevice == 0 {
		return func(int64) {}, func() {} // not a terminal: quiet
	}
	bar := progressbar.DefaultBytes(src.Size, name)
	return func(n int64) { _ = bar.Set64(n) }, func() { _ = bar.Exit() }
}
