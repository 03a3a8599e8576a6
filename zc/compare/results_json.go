package compare

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/zcnas/zcnas/zc/internal/format"
	"github.com/zcnas/zcnas/zc/stats"
)

// ResultJSON is a [Result] as one flat object of JSON, to be embedded in objects that say more.
type ResultJSON struct {
	Space     string   `json:"space"`
	Task      string   `json:"task"`
	Proxy     string   `json:"proxy"`
	Source    string   `json:"source"`
	Note      string   `json:"note,omitempty"`
	Statistic string   `json:"statistic"`
	Value     *float64 `json:"value"`
	Reason    string   `json:"reason,omitempty"`
	N         int      `json:"n,omitempty"`
	Dropped   int      `json:"dropped,omitempty"`
	Low       *float64 `json:"low,omitempty"`
	High      *float64 `json:"high,omitempty"`
	Level     float64  `json:"level,omitempty"`
	Resamples int      `json:"resamples,omitempty"`
	Undefined int      `json:"undefined,omitempty"`
}

// JSON is the result as JSON has it: undefined numbers are null or left out.
func (r Result) JSON() ResultJSON {
	return ResultJSON{
		Space: r.Space, Task: r.Task, Proxy: r.Proxy, Source: r.Source, Note: r.Note,
		Statistic: r.Statistic.String(), Value: finite(r.Rho), Reason: r.Reason, N: r.N, Dropped: r.Dropped,
		Low: finite(r.Interval.Low), High: finite(r.Interval.High), Level: r.Interval.Level,
		Resamples: r.Interval.Resamples, Undefined: r.Interval.Undefined,
	}
}

// MarshalJSON writes [Result.JSON].
func (r Result) MarshalJSON() ([]byte, error) { return json.Marshal(r.JSON()) }

// UnmarshalJSON reads what [Result.MarshalJSON] wrote. Space, task, proxy and statistic must be there.
func (r *Result) UnmarshalJSON(data []byte) error {
	var j ResultJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	for _, f := range []struct{ name, text string }{{"space", j.Space}, {"task", j.Task}, {"proxy", j.Proxy}} {
		if f.text == "" {
			return &format.Error{Line: 1, Field: f.name, Err: errors.New("is missing or empty")}
		}
	}
	statistic, err := stats.ParseStatistic(j.Statistic)
	if err != nil {
		return &format.Error{Line: 1, Field: "statistic", Err: err}
	}
	if j.Value != nil && math.Abs(*j.Value) > 1 {
		return &format.Error{Line: 1, Field: "value", Err: fmt.Errorf("%g is no correlation", *j.Value)}
	}
	*r = Result{
		TaskID: TaskID{j.Space, j.Task}, Proxy: j.Proxy, Source: j.Source, Note: j.Note, Statistic: statistic,
		Correlation: stats.Correlation{Rho: orNaN(j.Value), N: j.N, Dropped: j.Dropped, Reason: j.Reason},
		Interval: stats.Interval{
			Low: orNaN(j.Low), High: orNaN(j.High), Level: j.Level, Resamples: j.Resamples, Undefined: j.Undefined,
		},
	}
	return nil
}

// finite returns nil for what JSON has no number for.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// WriteJSON writes the results as an array with one object on each line.
func (r Results) WriteJSON(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString("[")
	for i, v := range r {
		line, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("compare: write results: %w", err)
		}
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n")
		b.Write(line)
	}
	b.WriteString("\n]\n")
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("compare: write results: %w", err)
	}
	return nil
}

// ReadResults reads what [Results.WriteJSON] wrote. On malformed input it returns the results before
// the fault and an error that wraps a [*table.FormatError].
func ReadResults(r io.Reader) (Results, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("compare: read results: %w", err)
	}
	var out Results
	if err := format.Rows(data, func(row []byte) error {
		var v Result
		if err := v.UnmarshalJSON(row); err != nil {
			return err
		}
		out = append(out, v)
		return nil
	}); err != nil {
		return out, fmt.Errorf("compare: read results: %w", err)
	}
	return out, nil
}
