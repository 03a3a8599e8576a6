package darcy

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/zcnas/zcnas/datasets/formats"
	"github.com/zcnas/zcnas/datasets/stream"
)

// Stream is the name of the stream that sample i is drawn from, n·n normal numbers each; generated data is a
// function of its seed, the resolution and the number of the sample.
func Stream(i int) string { return fmt.Sprintf("darcy/xi/%d", i) }

// Numbers are first, first+1, …, n of them.
func Numbers(first, n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = first + i
	}
	return list
}

// Samples makes the samples of those numbers under a seed, at cells×cells, and keeps every stride-th cell. It uses
// workers goroutines, 0 for one per processor. each, if not nil, is called with every sample as it is made, in
// no order, from one goroutine at a time; its slices are only valid during the call.
func Samples(ctx context.Context, seed uint64, numbers []int, cells, stride, workers int, each func(i int, coeff, sol []float64, r Report) error) error {
	if stride < 1 || stride > cells {
		return fmt.Errorf("darcy: a stride of %d in %d cells", stride, cells)
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	workers = max(1, min(workers, len(numbers)))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	go func() {
		defer close(next)
		for _, i := range numbers {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	var (
		wait sync.WaitGroup
		turn sync.Mutex
	)
	for range workers {
		wait.Go(func() {
			g, err := NewGenerator(cells)
			if err != nil {
				cancel(err)
				return
			}
			all := cells * cells
			xi, coeff, sol := make([]float64, all), make([]float64, all), make([]float64, all)
			for i := range next {
				s := stream.New(Stream(i), seed)
				for k := range xi {
					xi[k] = s.Norm()
				}
				report, err := g.Sample(coeff, sol, xi)
				if err == nil {
					turn.Lock()
					if ctx.Err() == nil {
						err = each(i, strided(xi, coeff, cells, stride), strided(xi[all/2:], sol, cells, stride), report)
					}
					turn.Unlock()
				}
				if err != nil {
					cancel(fmt.Errorf("sample %d: %w", i, err))
					return
				}
			}
		})
	}
	wait.Wait()
	return context.Cause(ctx)
}

// strided returns every stride-th value of both directions, in memory where they fit.
func strided(room, values []float64, cells, stride int) []float64 {
	if stride == 1 {
		return values
	}
	out := room[:0]
	for i := 0; i < cells; i += stride {
		for j := 0; j < cells; j += stride {
			out = append(out, values[i*cells+j])
		}
	}
	return out
}

// Make says what [MakeFile] makes.
type Make struct {
	Seed    uint64
	First   int // number of the first sample: files of one seed with other numbers share no sample
	Samples int
	Cells   int // along an edge, 421 in the published files
	Stride  int // keep every Stride-th cell; 1 in the published files
	Workers int // goroutines; 0: one per processor
}

// made is the state of a file in the making: what it will be, and which samples are done: the first Done, and of
// those after them the ones in Later.
type made struct {
	Make
	Done  int
	Later []int
}

// add notes that sample i is done.
func (m *made) add(i int) {
	m.Later = append(m.Later, i)
	for {
		at := slices.Index(m.Later, m.Done)
		if at < 0 {
			return
		}
		m.Later = slices.Delete(m.Later, at, at+1)
		m.Done++
	}
}

// left are the samples that are not done.
func (m *made) left() []int {
	var list []int
	for i := m.Done; i < m.Samples; i++ {
		if !slices.Contains(m.Later, i) {
			list = append(list, m.First+i)
		}
	}
	return list
}

// MakeFile writes samples as a file of the published format: MATLAB's version 5, arrays coeff and sol,
// [Samples, n, n] in MATLAB's order, double precision. Samples go to path+".part" first, so that an
// interrupted call, made again, goes on where it stopped; progress, if not nil, is called with the samples
// done. Errors: what [Samples] reports, the disk's, another file in the making at the same place.
func MakeFile(ctx context.Context, path string, m Make, progress func(done int, r Report)) error {
	if m.Samples < 1 || m.First < 0 {
		return fmt.Errorf("darcy: %d samples from number %d", m.Samples, m.First)
	}
	if m.Stride < 1 || m.Cells < MinCells {
		return fmt.Errorf("darcy: a resolution of %d, every %d-th cell", m.Cells, m.Stride)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	state, err := readState(part+".json", m)
	if err != nil {
		return err
	}
	n := (m.Cells + m.Stride - 1) / m.Stride
	record := 16 * n * n // coeff and sol of one sample, MATLAB's order
	unsaved := 0
	buffer := make([]byte, record)
	err = Samples(ctx, m.Seed, state.left(), m.Cells, m.Stride, m.Workers, func(i int, coeff, sol []float64, r Report) error {
		i -= m.First
		for row := range n {
			for column := range n {
				at := 8 * (row + n*column)
				binary.LittleEndian.PutUint64(buffer[at:], math.Float64bits(coeff[row*n+column]))
				binary.LittleEndian.PutUint64(buffer[record/2+at:], math.Float64bits(sol[row*n+column]))
			}
		}
		if _, err := f.WriteAt(buffer, int64(i)*int64(record)); err != nil {
			return err
		}
		state.add(i)
		if unsaved++; unsaved == 32 {
			// A process that is killed loses no more than these.
			if err := errors.Join(f.Sync(), writeState(part+".json", state)); err != nil {
				return err
			}
			unsaved = 0
		}
		if progress != nil {
			progress(state.Done+len(state.Later), r)
		}
		return nil
	})
	if err != nil {
		// What is done is kept: the next call goes on from there.
		return errors.Join(err, f.Sync(), writeState(part+".json", state))
	}
	if err := writeState(part+".json", state); err != nil {
		return err
	}
	if err := assemble(path, f, m, n); err != nil {
		return err
	}
	return errors.Join(os.Remove(part), os.Remove(part+".json"))
}

// readState reads the state of a file in the making; where there is none, nothing is done yet.
func readState(path string, m Make) (made, error) {
	var state made
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return made{Make: m}, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &state)
	}
	if err != nil {
		return state, fmt.Errorf("%s: %w; remove it to start anew", path, err)
	}
	want := m
	want.Workers, state.Workers = 0, 0
	if state.Make != want || state.Done < 0 || state.Done > m.Samples || len(state.Later) > m.Samples {
		return state, fmt.Errorf("%s: another file is in the making there: seed %d, %d samples from %d, %d cells, stride %d; remove it to start anew, or give another place",
			path, state.Seed, state.Samples, state.First, state.Cells, state.Stride)
	}
	return state, nil
}

func writeState(path string, state made) error {
	b, err := json.Marshal(state)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", b, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// assemble turns samples, each in MATLAB's order, into arrays whose fastest index is the sample.
func assemble(path string, f *os.File, m Make, n int) (err error) {
	temporary := path + ".new"
	out, err := os.Create(temporary)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, out.Close()); err == nil {
			err = os.Rename(temporary, path)
		} else {
			err = errors.Join(err, os.Remove(temporary))
		}
	}()
	w := bufio.NewWriterSize(out, 1<<20)
	text := fmt.Sprintf("%s, seed %d, samples %d-%d, %d cells, stride %d", GeneratedText, m.Seed, m.First, m.First+m.Samples-1, m.Cells, m.Stride)
	if err := formats.WriteMatHeader(w, text); err != nil {
		return err
	}
	each := 8 * n * n
	positions := max(1, min(n*n, 32<<20/8/m.Samples)) // per turn: 32 MiB
	columns, rows := make([]byte, positions*8), make([]byte, positions*8*m.Samples)
	for k, name := range []string{"coeff", "sol"} {
		err := formats.WriteMatArray[float64](w, name, []int{m.Samples, n, n}, func(w io.Writer) error {
			for at := 0; at < n*n; at += positions {
				count := min(positions, n*n-at)
				for s := range m.Samples {
					if _, err := f.ReadAt(columns[:8*count], int64(s)*int64(2*each)+int64(k*each+8*at)); err != nil {
						return fmt.Errorf("%s: sample %d: %w", f.Name(), s, err)
					}
					for p := range count {
						copy(rows[8*(p*m.Samples+s):], columns[8*p:8*p+8])
					}
				}
				if _, err := w.Write(rows[:8*count*m.Samples]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return w.Flush()
}

// GeneratedText begins the text of files that [MakeFile] wrote: [formats.Mat.Text] tells them from published
// ones.
const GeneratedText = "MATLAB 5.0 MAT-file, Darcy Flow generated by zcnas"
