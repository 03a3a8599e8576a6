package emg

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/zcnas/zcnas/datasets/formats"
)

// Parts are the names of the published files: "ninapro_train.npy" with "label_train.npy", and so on.
var Parts = [3]string{"train", "val", "test"}

// part says where a window of that repetition goes: the second repetition of every movement validates, the fifth
// tests, the others train. Rest has no repetition; rests count one after the other.
func part(repetition, rest int) int {
	if repetition == 0 {
		repetition = rest%6 + 1
	}
	switch repetition {
	case 2:
		return 1
	case 5:
		return 2
	}
	return 0
}

// divide sorts the windows of a recording into the three parts.
func divide(spans []span) (parts [3][]span) {
	rest := 0
	for i, s := range spans {
		if i > 0 && s.repetition == 0 && spans[i-1].repetition != 0 {
			rest++
		}
		p := part(s.repetition, rest)
		parts[p] = append(parts[p], s)
	}
	return parts
}

// MakeFiles prepares recordings of NinaPro DB5 ("S1_E2_A1.mat", …, exercise B of each subject) and writes the six
// files of NAS-Bench-360 to dir: windows [n, 52, 16] in half precision, labels [n] of 64 bits. How the published
// 2,638, 659 and 659 windows were chosen is not known: here counts says how many of each part are taken, evenly
// spaced over all recordings; a count of 0 takes all. progress, if not nil, is called with the recordings done.
// Errors: no recordings, a recording that cannot be read, labels beyond 17, fewer windows than wanted.
func MakeFiles(ctx context.Context, dir string, recordings []string, filter Filter, counts [3]int, progress func(done, total int)) error {
	if len(recordings) == 0 {
		return errors.New("emg: no recordings; give files such as S1_E2_A1.mat of NinaPro DB5")
	}
	if err := prepare(nil, filter); err != nil {
		return err
	}
	recordings = slices.Clone(recordings)
	slices.Sort(recordings)
	// Once through for the numbers of windows, once for their values: all of them would take gigabytes.
	var total [3]int
	for _, path := range recordings {
		spans, _, err := readSpans(ctx, path)
		if err != nil {
			return err
		}
		for p, list := range divide(spans) {
			total[p] += len(list)
		}
	}
	for p, n := range counts {
		if n < 0 || n > total[p] {
			return fmt.Errorf("emg: %d windows for %q, and the recordings have %d", n, Parts[p], total[p])
		}
		if n == 0 {
			counts[p] = total[p]
		}
	}
	var seen [3]int
	var values [3][]formats.Half
	var labels [3][]int64
	for k, path := range recordings {
		spans, r, err := readSpans(ctx, path)
		if err != nil {
			return err
		}
		if err := prepare(r.Signal, filter); err != nil {
			return err
		}
		for p, list := range divide(spans) {
			for _, s := range list {
				i := seen[p]
				seen[p]++
				// The windows at which ⌊i·count/total⌋ steps are taken.
				if (i+1)*counts[p]/total[p] == i*counts[p]/total[p] {
					continue
				}
				for _, v := range r.Signal[s.start*Electrodes : (s.start+Length)*Electrodes] {
					values[p] = append(values[p], formats.Half(formats.HalfFromFloat(v)))
				}
				labels[p] = append(labels[p], int64(s.label))
			}
		}
		if progress != nil {
			progress(k+1, len(recordings))
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for p, name := range Parts {
		n := len(labels[p])
		if err := writeNPY(filepath.Join(dir, "ninapro_"+name+".npy"), values[p], n, Length, Electrodes); err != nil {
			return err
		}
		if err := writeNPY(filepath.Join(dir, "label_"+name+".npy"), labels[p], n); err != nil {
			return err
		}
	}
	return nil
}

// readSpans reads a recording and finds its windows.
func readSpans(ctx context.Context, path string) ([]span, Recording, error) {
	if err := ctx.Err(); err != nil {
		return nil, Recording{}, err
	}
	r, err := ReadRecording(path)
	if err != nil {
		return nil, r, err
	}
	spans := r.spans()
	for _, s := range spans {
		if s.label < 0 || s.label >= Classes {
			return nil, r, fmt.Errorf("%s: movement %d at instant %d, expected 0 to %d: recordings of exercise B are needed", path, s.label, s.start, Classes-1)
		}
	}
	return spans, r, nil
}

// writeNPY writes a file that is there in full or not at all.
func writeNPY[T formats.Half | int64](path string, values []T, shape ...int) (err error) {
	f, err := os.Create(path + ".new")
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err == nil {
			err = os.Rename(path+".new", path)
		} else {
			err = errors.Join(err, os.Remove(path+".new"))
		}
	}()
	w := bufio.NewWriterSize(f, 1<<16)
	return errors.Join(formats.WriteNPY(w, values, shape...), w.Flush())
}
