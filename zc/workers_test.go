package zc_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/engine"
	"github.com/zcnas/zcnas/zc/engine/native"
	"github.com/zcnas/zcnas/zc/table"
)

// several is a native device of which several work at once.
type several struct {
	engine.Device
	begun *atomic.Int32
	open  *atomic.Int32 // clones
	// meet, if not nil, holds the first networks back until as many are at work as it was made for
	meet *sync.WaitGroup
}

func (s several) Clone() engine.Device {
	s.Device = native.New(native.WithThreads(1))
	s.open.Add(1)
	return s
}

func (s several) Close() error { s.open.Add(-1); return nil }

func (s several) Workers() int { return 3 }

func (s several) Load(p *engine.Plan, from engine.Source, batch int, mode engine.Mode) error {
	if n := s.begun.Add(1); s.meet != nil && n <= 3 {
		s.meet.Done()
		s.meet.Wait()
	}
	return s.Device.Load(p, from, batch, mode)
}

func TestWorkers(t *testing.T) {
	archs, err := small.Sample(12, 1)
	if err != nil {
		t.Fatal(err)
	}
	score := func(opts ...zc.Option) []table.Entry {
		scores, err := zc.Score(context.Background(), small, archs, append(opts, zc.WithBatch(4), zc.WithProxies("snip", "nwot"))...)
		if err != nil {
			t.Fatal(err)
		}
		entries := scores.Entries()
		for i := range entries {
			entries[i].Seconds = 0
		}
		return entries
	}
	want := score()
	device := several{Device: native.New(), begun: new(atomic.Int32), open: new(atomic.Int32), meet: new(sync.WaitGroup)}
	device.meet.Add(3)
	// It ends only if three networks are at work at once.
	if diff := cmp.Diff(want, score(zc.WithDevice(device)), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("three workers give other rows than one (-one +three):\n%s", diff)
	}
	device.meet = nil
	for _, n := range []int{1, 5} {
		if diff := cmp.Diff(want, score(zc.WithDevice(device), zc.WithWorkers(n)), cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%d workers give other rows (-want +got):\n%s", n, diff)
		}
	}

	// An architecture that fails is named, and the others go on.
	bad := append(append([]spaces.Arch{}, archs[:4]...), "nonsense")
	bad = append(bad, archs[4:]...)
	scores, err := zc.Score(context.Background(), small, bad, zc.WithDevice(device), zc.WithBatch(4), zc.WithProxies("snip"))
	if err == nil || !strings.Contains(err.Error(), "nonsense") || len(scores.Archs()) != len(archs) {
		t.Errorf("error %v with %d architectures, want one about the fifth and the other 12", err, len(scores.Archs()))
	}
	// Where many fail, something else is wrong.
	for i := range bad {
		bad[i] = "nonsense"
	}
	_, err = zc.Score(context.Background(), small, bad, zc.WithDevice(device), zc.WithBatch(4), zc.WithProxies("snip"))
	if err == nil || !strings.Contains(err.Error(), "stopped after 10 of 13 architectures: 10 of them failed") {
		t.Errorf("all fail: error %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	scores, err = zc.Score(ctx, small, archs, zc.WithDevice(device), zc.WithBatch(4), zc.WithProxies("snip"),
		zc.WithRows(func(table.Record) { cancel() }))
	if !errors.Is(err, context.Canceled) || len(scores.Archs()) != 1 {
		t.Errorf("error %v with %d architectures, want the end of the context and the finished one", err, len(scores.Archs()))
	}
	if _, err := zc.Score(context.Background(), small, archs, zc.WithWorkers(2)); err == nil || !strings.Contains(err.Error(), "one network at a time") {
		t.Errorf("two workers of the native backend: %v", err)
	}
	if n := device.open.Load(); n != 0 {
		t.Errorf("%d clones are still open", n)
	}
}
