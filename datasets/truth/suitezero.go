package truth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/zcnas/zcnas/datasets/fetch"
	"github.com/zcnas/zcnas/internal/named"
	"github.com/zcnas/zcnas/internal/strictjson"
)

// Two commits of automl/NASLib hold the records.
const (
	naslib    = "https://raw.githubusercontent.com/automl/NASLib/"
	naslib201 = naslib + "6639fd1579010457885c641553c55b0c153045aa/naslib/data/"
	naslib101 = naslib + "e5a821c2dadf608042e4e046e386006cf6bd0564/naslib/data/"
)

// suiteZeroFiles are the benchmarks of NAS-Bench-Suite-Zero.
var suiteZeroFiles = []struct {
	bench string
	file  fetch.Source
}{
	{"nasbench201", suiteZeroFile(naslib201, "zc_nasbench201.json", "5dcbbcd56812a9f62164a376bc7df4082ab3af612082b6d26a845930e6eb8641", 1963032)},
	{"nasbench301", suiteZeroFile(naslib201, "zc_nasbench301.json", "537e9abd6f0b14fdffdfcb3c07b18a037647b5c80808b3b2cf9a51b1b491aba1", 820765)},
	{"transbench101_micro", suiteZeroFile(naslib101, "zc_transbench101_micro.json", "f9f2c5d6d9b9a73964f1bffb2869f218e1110755d84ddd4a46a8cf482f799cd1", 4121429)},
	{"transbench101_macro", suiteZeroFile(naslib101, "zc_transbench101_macro.json", "f1d393373855bd7ba29bc81b33adb947ef2518d82aa0e6c003809ce6a4d94212", 4107092)},
}

func suiteZeroFile(commit, name, sha256 string, size int64) fetch.Source {
	return fetch.Source{Path: "nas-bench-suite-zero/" + name, URL: commit + name, SHA256: sha256, Size: size}
}

// SuiteZeroBenches lists the benchmarks that [SuiteZero] knows.
func SuiteZeroBenches() []string {
	names := make([]string, len(suiteZeroFiles))
	for i, f := range suiteZeroFiles {
		names[i] = f.bench
	}
	return names
}

// Records are the records of one benchmark of NAS-Bench-Suite-Zero (Krishnakumar et al. 2022): accuracies of
// trained architectures and the scores that the suite's own runs gave them. It may be read by several
// goroutines at once.
type Records struct {
	tasks   []string
	archs   map[string][]string // by task
	records map[string]map[string]suiteZeroRecord
	proxies []string
}

type suiteZeroRecord struct {
	accuracy float64
	scores   map[string]float64
}

// SuiteZero returns the records of a benchmark: "nasbench201" (NATS-Bench topology, 725 architectures, three
// tasks), "nasbench301" (DARTS, 725, one task), "transbench101_micro" and "transbench101_macro" (TransNAS,
// seven tasks). The file is looked for as the package comment says and downloaded (1 to 4 MB) where it is
// missing. Errors: an unknown benchmark, a file that cannot be had or read.
func SuiteZero(ctx context.Context, bench string, opts ...fetch.Option) (*Records, error) {
	for _, f := range suiteZeroFiles {
		if f.bench == bench {
			path, err := fetch.File(ctx, f.file, opts...)
			if err != nil {
				return nil, fmt.Errorf("truth: NAS-Bench-Suite-Zero: %w", err)
			}
			return OpenSuiteZero(path)
		}
	}
	return nil, named.Unknown("truth", "benchmark of NAS-Bench-Suite-Zero", bench, SuiteZeroBenches())
}

// OpenSuiteZero reads the records of a file; see [ReadSuiteZero].
func OpenSuiteZero(path string) (*Records, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("truth: NAS-Bench-Suite-Zero: %w", err)
	}
	defer f.Close()
	t, err := ReadSuiteZero(f)
	if err != nil {
		return nil, fmt.Errorf("%w (in %s)", err, path)
	}
	return t, nil
}

// maxSuiteZero bounds the bytes that ReadSuiteZero takes; the largest published file has 4 MB.
const maxSuiteZero = 256 << 20

// ReadSuiteZero reads records in the suite's JSON: {task: {arch: {"val_accuracy": number, proxy: {"score":
// number, "time": seconds}}}}. A score of −1e8 is the suite's mark for NaN and is given as NaN; Python's NaN,
// Infinity and -Infinity are read as what they say. Errors: truncated or malformed JSON, a record without
// val_accuracy, an architecture named twice, more than 256 MB.
func ReadSuiteZero(r io.Reader) (*Records, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSuiteZero+1))
	if err == nil && len(data) > maxSuiteZero {
		err = fmt.Errorf("more than %d MB: this is no file of the suite", maxSuiteZero>>20)
	}
	if err != nil {
		return nil, fmt.Errorf("truth: NAS-Bench-Suite-Zero: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(quoteNonFinite(data)))
	t := &Records{archs: map[string][]string{}, records: map[string]map[string]suiteZeroRecord{}}
	seen := map[string]bool{}
	err = object(d, func(task string) error {
		if _, ok := t.records[task]; ok {
			return fmt.Errorf("the task %q appears twice", task)
		}
		t.tasks = append(t.tasks, task)
		t.records[task] = map[string]suiteZeroRecord{}
		return object(d, func(arch string) error {
			if _, ok := t.records[task][arch]; ok {
				return fmt.Errorf("task %q: the architecture %q appears twice", task, arch)
			}
			rec, err := readSuiteZeroRecord(d, func(proxy string) {
				if !seen[proxy] {
					seen[proxy] = true
					t.proxies = append(t.proxies, proxy)
				}
			})
			if err != nil {
				return fmt.Errorf("task %q, architecture %q: %w", task, arch, err)
			}
			t.archs[task] = append(t.archs[task], arch)
			t.records[task][arch] = rec
			return nil
		})
	})
	if err == nil {
		if _, e := d.Token(); e != io.EOF {
			err = errors.New("there is more after the records")
		}
	}
	if err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = fmt.Errorf("the file is truncated: %w", err)
		}
		return nil, fmt.Errorf("truth: NAS-Bench-Suite-Zero: near byte %d: %w", d.InputOffset(), err)
	}
	if err := strictjson.Check(data); err != nil { // a record's own keys, and text that is no Unicode
		return nil, fmt.Errorf("truth: NAS-Bench-Suite-Zero: %w", err)
	}
	if len(t.tasks) == 0 {
		return nil, errors.New("truth: NAS-Bench-Suite-Zero: the file holds no tasks")
	}
	slices.Sort(t.proxies)
	return t, nil
}

// readSuiteZeroRecord reads what is known of one architecture on one task.
func readSuiteZeroRecord(d *json.Decoder, proxy func(string)) (suiteZeroRecord, error) {
	rec := suiteZeroRecord{accuracy: math.NaN(), scores: map[string]float64{}}
	hasAccuracy := false
	err := object(d, func(name string) error {
		switch name {
		case "idx", "arch": // the architecture once more
			var s any
			return d.Decode(&s)
		case "val_accuracy":
			var v *pyFloat
			if err := d.Decode(&v); err != nil {
				return err
			}
			if v != nil {
				rec.accuracy, hasAccuracy = float64(*v), true
			}
			return nil
		}
		var s struct{ Score *pyFloat }
		if err := d.Decode(&s); err != nil {
			return fmt.Errorf("proxy %q: %w", name, err)
		}
		if s.Score == nil {
			return fmt.Errorf("proxy %q has no score", name)
		}
		if _, ok := rec.scores[name]; ok {
			return fmt.Errorf("proxy %q appears twice", name)
		}
		rec.scores[name] = float64(*s.Score)
		proxy(name)
		return nil
	})
	if err == nil && !hasAccuracy {
		err = errors.New("no val_accuracy")
	}
	return rec, err
}

// pyFloat is a number as the suite writes it.
type pyFloat float64

func (f *pyFloat) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case `"NaN"`:
		*f = pyFloat(math.NaN())
		return nil
	case `"Infinity"`:
		*f = pyFloat(math.Inf(1))
		return nil
	case `"-Infinity"`:
		*f = pyFloat(math.Inf(-1))
		return nil
	}
	var v float64
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	if v == -1e8 { // the suite's mark
		v = math.NaN()
	}
	*f = pyFloat(v)
	return nil
}

// quoteNonFinite puts the numbers that Python writes and JSON lacks, NaN, Infinity and -Infinity, in quotes.
// Text within strings stays as it is.
func quoteNonFinite(data []byte) []byte {
	out := make([]byte, 0, len(data)+1024)
	quoted := false
scan:
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\' && i+1 < len(data):
			out = append(out, c, data[i+1])
			i++
			continue
		case c == '"':
			quoted = !quoted
		case !quoted && (c == 'N' || c == 'I' || c == '-'):
			for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
				if bytes.HasPrefix(data[i:], []byte(word)) {
					out = append(append(append(out, '"'), word...), '"')
					i += len(word) - 1
					continue scan
				}
			}
		}
		out = append(out, data[i])
	}
	return out
}

// object reads a JSON object and calls f with each key; f reads the value.
func object(d *json.Decoder, f func(key string) error) error {
	open, err := d.Token()
	if err != nil {
		return err
	}
	if open != json.Delim('{') {
		return fmt.Errorf("expected an object, found %v", open)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		if err := f(key.(string)); err != nil { // keys of an object are strings
			return err
		}
	}
	_, err = d.Token()
	return err
}

// Tasks lists the tasks, in the order of the file: "cifar10", "ImageNet16-120", "class_scene", …
func (t *Records) Tasks() []string { return slices.Clone(t.tasks) }

// Archs lists the architectures of a task as the file writes them, in its order; nil for an unknown task.
// The notation is NASLib's: op indices "(0, 2, 3, 2, 3, 1)" for NATS-Bench (edges in the order (1,2) (1,3)
// (1,4) (2,3) (2,4) (3,4); 0 skip_connect, 1 none, 2 nor_conv_3x3, 3 nor_conv_1x1, 4 avg_pool_3x3).
func (t *Records) Archs(task string) []string { return slices.Clone(t.archs[task]) }

// Proxies lists the proxies that have a score somewhere, sorted.
func (t *Records) Proxies() []string { return slices.Clone(t.proxies) }

// Accuracy returns the val_accuracy of a trained architecture, higher is better, and whether there is a
// record. It is in percent for classification; on TransNAS it is the metric of the last epoch: accuracy in
// percent, for room_layout a negative loss, for autoencoder and normal the structural similarity.
func (t *Records) Accuracy(task, arch string) (float64, bool) {
	r, ok := t.records[task][arch]
	if !ok {
		return math.NaN(), false
	}
	return r.accuracy, true
}

// Score returns the score that the suite publishes, and whether there is one. It can be NaN, where the suite's
// run had none, and −Inf (nwot of networks whose kernel is singular). The suite stores synflow as its logarithm, params and flops in millions. Its proxy
// names are its own: jacob_cov is "jacov".
func (t *Records) Score(task, arch, proxy string) (float64, bool) {
	v, ok := t.records[task][arch].scores[proxy]
	if !ok {
		return math.NaN(), false
	}
	return v, true
}
