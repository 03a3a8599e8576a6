//go:build attack && linux

package attack

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zcnas/zcnas/zc/store"
	"github.com/zcnas/zcnas/zc/table"
)

var kills = flag.Int("kills", 20, "sweeps to kill")

// program is the zc command, built once.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "zc")
	if out, err := exec.Command("go", "build", "-o", path, "../../zc/cmd/zc").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

const archs = 10000 // more than are scored before any kill

func sweepArgs(store string, seed int) []string {
	return []string{"sweep", "-store", store, "-sample", fmt.Sprint(archs), "-sample-seed", fmt.Sprint(seed), "-proxies", "params,snip", "-threads", "1",
		"-option", "channels=4", "-option", "cells_per_stage=1", "-batch", "2", "-data", "reference", "-shape", "3,8,8", "-format", "jsonl"}
}

// sweep is a running program and the rows that it has printed, which it prints when it has kept them.
type sweep struct {
	cmd    *exec.Cmd
	errs   bytes.Buffer
	rows   chan []table.Record // after the end
	memory int64               // KiB, after the end
}

func start(t *testing.T, zc string, args ...string) *sweep {
	t.Helper()
	s := &sweep{cmd: exec.Command(zc, args...), rows: make(chan []table.Record, 1)}
	s.cmd.Stderr = &s.errs
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		var rows []table.Record
		lines := bufio.NewReader(out)
		for {
			line, err := lines.ReadBytes('\n')
			if err != nil { // a last line without an end was cut off
				break
			}
			var r table.Record
			if json.Unmarshal(line, &r) == nil {
				rows = append(rows, r)
			}
		}
		_, _ = io.Copy(io.Discard, out)
		s.rows <- rows
	}()
	return s
}

// wait ends when the program does; it returns the rows printed and the exit code, -1 after a kill.
func (s *sweep) wait(t *testing.T) ([]table.Record, int) {
	t.Helper()
	rows := <-s.rows
	err := s.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if usage, ok := s.cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.memory = usage.Maxrss
	}
	if text := s.errs.String(); strings.Contains(text, "panic") || strings.Contains(text, "goroutine ") || strings.Contains(text, "fatal error") {
		t.Errorf("the program broke down:\n%s", text)
	}
	return rows, s.cmd.ProcessState.ExitCode()
}

// kept checks that every printed row is in the store with its value, and returns how many there are.
func kept(t *testing.T, path string, printed []table.Record) int {
	t.Helper()
	scores, err := store.Read(path)
	if errors.Is(err, os.ErrNotExist) && len(printed) == 0 {
		return 0
	}
	if err != nil {
		t.Errorf("the store cannot be read: %v", err)
		return 0
	}
	for _, r := range printed {
		for proxy, value := range r.Scores {
			e, ok := scores.Get(r.Key(proxy))
			if !ok || e.Value != value && (e.Value == e.Value || value == value) {
				t.Errorf("lost: %s of %s was printed as %v and is kept as %v (%v)", proxy, r.Arch, value, e.Value, ok)
			}
		}
	}
	return scores.Len()
}

// Sweeps that are killed at random moments, one alone or two at once on one store, lose no row that they said was
// kept, and the next goes on from there.
func TestKilledSweeps(t *testing.T) {
	zc := program(t)
	rng := rand.New(rand.NewPCG(*seed, 2))
	for _, at := range []int{1, 2} {
		t.Run(fmt.Sprintf("%d at once", at), func(t *testing.T) {
			dir := t.TempDir()
			killed, total, stores := 0, 0, 0
			var memory int64
			for killed < *kills/2 && !t.Failed() {
				path := filepath.Join(dir, fmt.Sprintf("s%d.sqlite", stores))
				stores++
				var printed []table.Record
				rows := 0
				for round := 0; round < 5 && killed < *kills/2; round++ {
					var running []*sweep
					for i := range at {
						running = append(running, start(t, zc, sweepArgs(path, stores+i*1000)...))
					}
					for _, s := range running {
						time.Sleep(time.Duration(rng.IntN(400)) * time.Millisecond)
						_ = s.cmd.Process.Kill() // an error is that it has ended
					}
					for _, s := range running {
						lines, code := s.wait(t)
						if code < 0 {
							killed++
						} else if code > 0 {
							t.Errorf("exit code %d: %s", code, s.errs.String())
						}
						printed = append(printed, lines...)
						memory = max(memory, s.memory)
					}
					rows = kept(t, path, printed)
				}
				total += rows
			}
			t.Logf("%d kills, %d stores with %d rows, every printed one among them; at most %d MiB", killed, stores, total, memory>>10)
		})
	}
}

// Two sweeps at once on one store wait for each other: both end well, and the store has all rows.
func TestSweepsAtOnce(t *testing.T) {
	zc := program(t)
	for round := range max(1, *kills/20) {
		path := filepath.Join(t.TempDir(), "s.sqlite")
		short := func(seed int) []string {
			args := sweepArgs(path, seed)
			args[4] = "60"
			return args
		}
		running := []*sweep{start(t, zc, short(round)...), start(t, zc, short(round+1000)...), start(t, zc, short(round)...)}
		var printed []table.Record
		for _, s := range running {
			rows, code := s.wait(t)
			if code != 0 || len(rows) != 60 {
				t.Errorf("exit code %d after %d rows: %s", code, len(rows), s.errs.String())
			}
			printed = append(printed, rows...)
		}
		kept(t, path, printed)
	}
}

// A sweep on a full disk says so and loses nothing; with room again the next one goes on.
func TestFullDisk(t *testing.T) {
	zc := program(t)
	for _, kib := range []int{64, 128, 160, 256, 400} {
		t.Run(fmt.Sprintf("%d KiB", kib), func(t *testing.T) {
			disk := t.TempDir()
			if out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dk", kib), "tmpfs", disk).CombinedOutput(); err != nil {
				t.Skipf("no disk of its own can be made here: %v, %s", err, out)
			}
			t.Cleanup(func() {
				if out, err := exec.Command("umount", disk).CombinedOutput(); err != nil {
					t.Errorf("%v, %s", err, out)
				}
			})
			path := filepath.Join(disk, "s.sqlite")
			s := start(t, zc, sweepArgs(path, kib)...)
			printed, code := s.wait(t)
			if code != 1 || !strings.Contains(s.errs.String(), "disk is full") || !strings.Contains(s.errs.String(), path) {
				t.Errorf("exit code %d, %q; want a failure that says that the disk is full", code, s.errs.String())
			}
			if out, err := exec.Command("mount", "-o", "remount,size=64m", disk).CombinedOutput(); err != nil {
				t.Fatalf("%v, %s", err, out)
			}
			kept(t, path, printed)
			again := sweepArgs(path, kib)
			again[4] = fmt.Sprint(len(printed) + 20)
			next := start(t, zc, again...)
			rows, code := next.wait(t)
			if code != 0 || len(rows) != len(printed)+20 {
				t.Errorf("with room again: exit code %d after %d of %d rows: %s", code, len(rows), len(printed)+20, next.errs.String())
			}
			kept(t, path, append(printed, rows...))
			t.Logf("full after %d architectures, all kept", len(printed))
		})
	}
}
