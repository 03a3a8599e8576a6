package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/zcnas/zcnas/internal/strictjson"
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
	if b.Rows, b.PeerThreads, err = peerLines(c.Against, data, space); err != nil {
		return err
	}
	if c.Threads == 0 {
		c.Threads = b.PeerThreads
	}
	return nil
}

// peerLines reads the lines of the file of that name.
func peerLines(name string, data []byte, space spaces.Space) (rows []timing, threads int, err error) {
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		row, n, err := readPeer(line, space)
		if err == nil && threads != 0 && n != threads {
			err = fmt.Errorf("%d threads, but %d before; compare one number of threads at a time", n, threads)
		}
		if err != nil {
			return nil, 0, fmt.Errorf("%s, line %d: %w", name, number, err)
		}
		threads = n
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, 0, fmt.Errorf("%s holds no timings", name)
	}
	return rows, threads, nil
}

// likePeer sets the command up for what torch_peer.py can do as well.
func (c *benchCmd) likePeer() error {
	switch {
	case c.Against != "":
		return usage("give -peer to run the peer or -against to read its lines, not both")
	case len(c.Option) > 0 || c.Task != "" || c.Loss != "":
		return usage("-peer times the space's default networks; leave -option, -task and -loss away")
	case c.Seed != 0:
		return usage("-peer has the weights and minibatch of seed 0; give -sample-seed for other architectures")
	}
	c.Data, c.Init = "reference", "reference"
	return nil
}

// runPeer has the peer time the rows and adds its times.
func (c *benchCmd) runPeer(a *app, space spaces.Space, b *benchmark) error {
	number := strconv.Itoa
	args := []string{"-c", c.Peer + ` "$@"`, "zc", "--space", c.Space,
		"--shape", number(b.Shape[0]), number(b.Shape[1]), number(b.Shape[2]), "--classes", number(b.Outputs),
		"--batch", number(c.batch()), "--threads", number(b.Threads)}
	for _, row := range b.Rows {
		args = append(args, row.Arch)
	}
	cmd := exec.CommandContext(a.ctx, "sh", args...)
	cmd.Stderr = a.stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("-peer %s: %w", c.Peer, err)
	}
	rows, threads, err := peerLines("the output of -peer", out, space)
	if err != nil {
		return err
	}
	b.PeerThreads, b.PeerPeakMiB = threads, max(b.PeerPeakMiB, childPeakMiB(cmd.ProcessState))
	times := map[string]map[string]float64{}
	for _, row := range rows {
		times[row.Arch] = row.Peers
	}
	for i := range b.Rows {
		row := &b.Rows[i]
		if row.Peers = times[row.Arch]; row.Peers == nil {
			return fmt.Errorf("-peer %s: no line of its output is about %s", c.Peer, row.Arch)
		}
	}
	return nil
}

// readPeer reads one line: {"arch", "batch", "threads", and "NAME_s" for every peer}.
func readPeer(line []byte, space spaces.Space) (row timing, threads int, err error) {
	var fields map[string]any
	if err := json.Unmarshal(line, &fields); err != nil {
		return row, 0, fmt.Errorf("is no JSON object: %w", err)
	}
	if err := strictjson.Check(line); err != nil {
		return row, 0, err
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
