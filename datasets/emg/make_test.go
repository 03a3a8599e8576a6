package emg

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets/formats"
)

// record writes a recording of six repetitions of some movements, 60 instants each with 60 of rest after them.
func record(t *testing.T, path string, movements ...int) Recording {
	t.Helper()
	var r Recording
	for _, m := range movements {
		for rep := 1; rep <= 6; rep++ {
			for i := range 120 {
				label, repetition := m, rep
				if i >= 60 {
					label, repetition = 0, 0
				}
				r.Movements, r.Repetitions = append(r.Movements, label), append(r.Repetitions, repetition)
				for c := range Electrodes {
					r.Signal = append(r.Signal, float64((i*7+c*13+rep+m)%97-48))
				}
			}
		}
	}
	n := len(r.Movements)
	var b bytes.Buffer
	column := func(name string, width int, value func(i, c int) float64) {
		err := formats.WriteMatArray[float64](&b, name, []int{n, width}, func(w io.Writer) error {
			for c := range width {
				for i := range n {
					if err := binary.Write(w, binary.LittleEndian, value(i, c)); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := formats.WriteMatHeader(&b, "test"); err != nil {
		t.Fatal(err)
	}
	column("emg", Electrodes, func(i, c int) float64 { return r.Signal[i*Electrodes+c] })
	column("restimulus", 1, func(i, _ int) float64 { return float64(r.Movements[i]) })
	column("rerepetition", 1, func(i, _ int) float64 { return float64(r.Repetitions[i]) })
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestMakeFiles(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	var all Windows
	for s := range 2 {
		path := filepath.Join(dir, fmt.Sprintf("S%d_E2_A1.mat", s+1))
		r := record(t, path, s+1, s+3)
		paths = append(paths, path)
		w, err := r.Windows(Channels)
		if err != nil {
			t.Fatal(err)
		}
		all.Values, all.Labels = append(all.Values, w.Values...), append(all.Labels, w.Labels...)
	}
	known := map[string]bool{}
	const each = Length * Electrodes
	key := func(v []float64) string {
		var b strings.Builder
		for _, x := range v {
			fmt.Fprint(&b, formats.HalfFromFloat(x), " ")
		}
		return b.String()
	}
	for i := range all.Labels {
		known[fmt.Sprint(all.Labels[i], key(all.Values[i*each:(i+1)*each]))] = true
	}
	for _, counts := range [][3]int{{}, {9, 4, 3}} {
		out := filepath.Join(dir, fmt.Sprint(counts[0]))
		done := 0
		if err := MakeFiles(context.Background(), out, paths, Channels, counts, func(n, _ int) { done = n }); err != nil {
			t.Fatal(err)
		}
		if done != len(paths) {
			t.Errorf("progress ends at %d of %d", done, len(paths))
		}
		total := 0
		for p, name := range Parts {
			values, shape, err := formats.ReadNPY[float64](filepath.Join(out, "ninapro_"+name+".npy"))
			if err != nil {
				t.Fatal(err)
			}
			labels, _, err := formats.ReadNPY[int64](filepath.Join(out, "label_"+name+".npy"))
			if err != nil {
				t.Fatal(err)
			}
			if len(labels) != shape[0] || !slices.Equal(shape[1:], []int{Length, Electrodes}) {
				t.Errorf("%s: %d labels, windows of %v", name, len(labels), shape)
			}
			if counts[p] != 0 && len(labels) != counts[p] {
				t.Errorf("%s: %d windows, want %d", name, len(labels), counts[p])
			}
			total += len(labels)
			for i, l := range labels {
				if !known[fmt.Sprint(l, key(values[i*each:(i+1)*each]))] {
					t.Fatalf("%s: window %d is none of the recordings", name, i)
				}
			}
			if math.IsNaN(values[0]) {
				t.Error("not a number")
			}
		}
		if counts == [3]int{} && total != len(all.Labels) {
			t.Errorf("%d windows, want %d", total, len(all.Labels))
		}
	}
	for _, c := range []struct {
		name   string
		paths  []string
		filter Filter
		counts [3]int
		want   string
	}{
		{"none", nil, Channels, [3]int{}, "no recordings"},
		{"filter", paths, "both", [3]int{}, "unknown filter"},
		{"too many", paths, Channels, [3]int{1, 1, 100000}, `100000 windows for "test"`},
		{"missing", []string{filepath.Join(dir, "S9.mat")}, Channels, [3]int{}, "S9.mat"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := MakeFiles(context.Background(), dir, c.paths, c.filter, c.counts, nil); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	t.Run("other exercise", func(t *testing.T) {
		path := filepath.Join(dir, "S1_E3_A1.mat")
		record(t, path, 23)
		if err := MakeFiles(context.Background(), dir, []string{path}, Channels, [3]int{}, nil); err == nil || !strings.Contains(err.Error(), "exercise B") {
			t.Errorf("error %v", err)
		}
	})
}

// Repetitions keep to one part, and so do rests.
func TestDivide(t *testing.T) {
	var spans []span
	for rep := 1; rep <= 6; rep++ {
		spans = append(spans, span{0, 4, rep}, span{0, 0, 0}, span{0, 0, 0})
	}
	parts := divide(spans)
	if len(parts[0]) != 12 || len(parts[1]) != 3 || len(parts[2]) != 3 {
		t.Fatalf("%d, %d and %d windows", len(parts[0]), len(parts[1]), len(parts[2]))
	}
	for p, repetition := range map[int]int{1: 2, 2: 5} {
		for _, s := range parts[p] {
			if s.label != 0 && s.repetition != repetition {
				t.Errorf("%s holds repetition %d", Parts[p], s.repetition)
			}
		}
	}
}
