package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/zcnas/zcnas/spaces"
)

// readPeers reads torch_peer.py's lines and sets the command up to do the same work.
func (c *benchCmd) readPeers(b *benchmark, space spaces.Space) error {
	if len(c.Arch) > 0 || c.Archs != "" || c.All || c.Sample != 0 {
		return usage("-against names the architectures; leave -arch, -archs, -sample and -all away")
	}
	data, err := os.ReadFile(c.Against)
	if err != nil {
		return err
	}
	c.Data, c.Init = "reference", "reference"
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		row, threads, err := readPeer(line, space)
		if err == nil && b.PeerThreads != 0 && b.PeerThreads != threads {
			err = fmt.Errorf("%d threads, but %d before; compare one number of threads at a time", threads, b.PeerThreads)
		}
		if err != nil {
			return fmt.Errorf("%s, line %d: %w", c.Against, number, err)
		}
		b.PeerThreads = threads
		b.Rows = append(b.Rows, row)
	}
	if len(b.Rows) == 0 {
		return fmt.Errorf("%s holds no timings", c.Against)
	}
	if c.Threads == 0 {
		c.Threads = b.PeerThreads
	}
	return nil
}

// readPeer reads one line: {"arch", "batch", "threads", and "NAME_s" for every peer}.
func readPeer(line []byte, space spaces.Space) (row timing, threads int, err error) {
	var fields map[string]any
	if err := json.Unmarshal(line, &fields); err != nil {
		return row, 0, fmt.Errorf("is no JSON object: %w", err)
	}
	text, ok := fields["arch"].(string)
	if !ok {
		return row, 0, errors.New("arch is missing or no text")
	}
	arch, err := space.Parse(text)
	if err != nil {
		return row, 0, err
	}
	row = timing{Arch: string(arch), Peers: map[string]float64{}}
	if row.Batch, err = count(fields, "batch", 1<<20); err != nil {
		return row, 0, err
	}
	if threads, err = count(fields, "threads", maxThreads); err != nil {
		return row, 0, err
	}
	for key, v := range fields {
		if name, ok := strings.CutSuffix(key, "_s"); ok && name != "" {
			s, ok := v.(float64)
			if !ok || s <= 0 {
				return row, 0, fmt.Errorf("%s is %v, want seconds", key, v)
			}
			row.Peers[name] = s
		}
	}
	if len(row.Peers) == 0 {
		return row, 0, errors.New("no peer's time, such as separate_s")
	}
	return row, threads, nil
}

// count is a whole number of a JSON object, from 1 to most.
func count(fields map[string]any, name string, most int) (int, error) {
	v, ok := fields[name]
	if !ok {
		return 0, fmt.Errorf("%s is missing", name)
	}
	n, ok := v.(float64)
	if !ok || n != math.Trunc(n) || n < 1 || n > float64(most) {
		return 0, fmt.Errorf("%s is %v, want a whole number from 1 to %d", name, v, most)
	}
	return int(n), nil
}
