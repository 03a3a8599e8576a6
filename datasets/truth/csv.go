package truth

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/zcnas/zcnas/spaces"
)

// ErrColumn marks the error of [ReadCSV] where a column has to be chosen.
var ErrColumn = errors.New("choose a column")

// ReadCSV reads numbers of one's own: a header, a column arch in any of the space's encodings, and the column of values
// that task names; "" where there is only one. Rows with an empty value are passed over. Errors say the line; of several
// columns, none of which is named, the error wraps [ErrColumn].
func ReadCSV(r io.Reader, space spaces.Space, task string) (*Truth, error) {
	c := csv.NewReader(r)
	head, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty; want a header row with arch and a column of accuracies")
	}
	if err != nil {
		return nil, err
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff") // a spreadsheet program's byte-order mark
	for i, column := range head {
		if first := slices.Index(head, column); first < i {
			return nil, fmt.Errorf("the columns %d and %d are both named %q", first+1, i+1, column)
		}
	}
	at := slices.Index(head, "arch")
	if at < 0 {
		return nil, fmt.Errorf("it has no column arch; its columns are %s", strings.Join(head, ", "))
	}
	columns := slices.Delete(slices.Clone(head), at, at+1)
	if task == "" && len(columns) == 1 {
		task = columns[0]
	}
	column := slices.Index(head, task)
	if task == "" || task == "arch" || column < 0 {
		return nil, fmt.Errorf("it has the columns %s: %w", strings.Join(columns, ", "), ErrColumn)
	}
	var archs []string
	var values []float64
	lines := map[spaces.Arch]int{}
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			return New(space, Truth{Task: task, Metric: task}, archs, values)
		}
		if err != nil {
			return nil, err
		}
		line, _ := c.FieldPos(column)
		arch, err := space.Parse(row[at])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if row[column] == "" {
			continue
		}
		v, err := strconv.ParseFloat(row[column], 64)
		if err != nil {
			return nil, fmt.Errorf("line %d: %q is not a number", line, row[column])
		}
		if first, ok := lines[arch]; ok {
			return nil, fmt.Errorf("the lines %d and %d both have a value of %s; leave one of them", first, line, arch)
		}
		lines[arch] = line
		archs, values = append(archs, string(arch)), append(values, v)
	}
}
