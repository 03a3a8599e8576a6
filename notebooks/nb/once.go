package nb

import (
	"encoding/json"
	"os"
)

// Once returns what compute returned when it was first called under the name since the kernel started: GoNB runs every
// cell as a program of its own, and what takes long is computed for all cells at once. T is kept as JSON. It panics
// with compute's error.
func Once[T any](name string, compute func() (T, error)) T {
	path := session(name + ".once.json")
	var v T
	if data, err := os.ReadFile(path); err == nil && json.Unmarshal(data, &v) == nil {
		return v
	}
	v = Must(compute())
	if err := os.WriteFile(path, Must(json.Marshal(v)), 0o644); err != nil {
		panic(err)
	}
	return v
}
