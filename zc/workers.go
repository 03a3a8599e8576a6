package zc

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/zc/engine"
)

// workers score several networks at once, each on a clone of the device.
type workers struct {
	idle  chan *Scorer
	busy  sync.WaitGroup
	batch *datasets.Batch
	loss  string
}

// workers makes n of them, as many as the device likes if n is 0; nil for one, which needs no other goroutine.
func (s *Scorer) workers(n int, batch *datasets.Batch, loss string) (*workers, error) {
	d, ok := s.device.(engine.Cloner)
	switch {
	case n == 0 && ok:
		n = d.Workers()
	case n > 1 && !ok:
		return nil, fmt.Errorf("zc: %d workers: this backend works on one network at a time, with all its threads", n)
	}
	if n <= 1 {
		return nil, nil
	}
	w := &workers{idle: make(chan *Scorer, n), batch: batch, loss: loss}
	for range n {
		clone := *s
		clone.device = d.Clone()
		w.idle <- &clone
	}
	return w, nil
}

// scored is what a worker says.
type scored struct {
	scores *NetworkScores
	err    error
}

// safely scores a network; a panic is an error, which ends no sweep.
func (s *Scorer) safely(x *work, b *datasets.Batch, loss string) (r scored) {
	defer func() {
		if p := recover(); p != nil {
			r = scored{err: fmt.Errorf("scoring panicked: %v", p)}
		}
	}()
	r.scores, r.err = s.score(x, b, loss)
	return r
}

// begin has a worker score a network, as soon as one is idle. It returns nil if ctx ends before.
func (w *workers) begin(ctx context.Context, x *work) <-chan scored {
	var s *Scorer
	select {
	case s = <-w.idle:
	case <-ctx.Done():
		return nil
	}
	if ctx.Err() != nil { // an idle worker does not outdo that
		w.idle <- s
		return nil
	}
	result := make(chan scored, 1)
	w.busy.Go(func() {
		r := s.safely(x, w.batch, w.loss)
		w.idle <- s
		result <- r
	})
	return result
}

// close waits for the workers and releases their devices. Nothing may begin any more.
func (w *workers) close() {
	w.busy.Wait()
	for range cap(w.idle) {
		release((<-w.idle).device)
	}
}

// release frees what a device holds, of those that hold anything beyond Go's memory. What it might report a run
// before has reported.
func release(d engine.Device) {
	if c, ok := d.(io.Closer); ok {
		_ = c.Close()
	}
}
