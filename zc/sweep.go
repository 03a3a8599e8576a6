package zc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/proxies"
	"github.com/zcnas/zcnas/zc/table"
)

// maxFailures is how many architectures of a sweep may fail before it ends: what is wrong then is not one of them.
const maxFailures = 10

// sweep is a call of [Score] under way: architectures are fed to the workers, and their rows collected in order.
type sweep struct {
	*config
	ctx    context.Context
	cancel context.CancelFunc
	space  spaces.Space
	archs  []spaces.Arch
	scorer *Scorer
	pool   *workers // nil for one worker, which is asked in turn
	batch  *datasets.Batch
	loss   string
	task   spaces.Task
	run    table.RunKey
	done   *table.Table // what the store has from before
	jobs   chan *job

	out   *table.Table
	start time.Time
	fresh int // architectures scored, not found in the store
}

// job is an architecture on its way through a sweep.
type job struct {
	rec  table.Record
	rows []table.Entry // from the store, nil where it has to be scored
	work
	result <-chan scored // of a worker; nil where there is only one, which is asked when its turn comes
	err    error
}

// openSweep makes all that the architectures share, and begins to feed them.
func openSweep(ctx context.Context, space spaces.Space, archs []spaces.Arch, opts []Option) (_ *sweep, err error) {
	if space == nil {
		return nil, errors.New("zc: Score: the search space is nil; was the error of the call that made it looked at?")
	}
	c, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	s := &sweep{config: c, space: space, archs: archs, out: table.New(), done: table.New()}
	s.ctx, s.cancel = context.WithCancel(ctx)
	if s.scorer, err = c.scorer(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	data := c.data
	if data == nil {
		if data, err = datasets.Open(c.dataName); err != nil {
			return nil, err
		}
	}
	info := data.Info()
	size := cmp.Or(c.batch, info.DefaultBatch())
	if s.batch, err = data.Minibatch(ctx, size, c.seed, c.sampling); err != nil {
		return nil, err
	}
	s.scorer.draws(ctx, data, c.sampling)
	s.loss, s.task = info.Loss, s.batch.Task(info.Task)
	s.run = table.RunKey{Space: spaces.FullName(space), Data: info.FullName() + c.variant(s.scorer.proxies), Batch: size, Seed: c.seed}
	if c.store != nil {
		if s.done, err = c.store.Load(); err != nil {
			return nil, err
		}
	}
	if s.pool, err = s.scorer.workers(c.workers, s.batch, s.loss); err != nil {
		return nil, err
	}
	s.jobs = make(chan *job)
	if s.pool != nil {
		s.jobs = make(chan *job, cap(s.pool.idle))
	}
	s.start = time.Now()
	go s.feed()
	return s, nil
}

// close ends the feeding, waits for the workers and frees their devices.
func (s *sweep) close() {
	s.cancel()
	for range s.jobs {
	}
	if s.pool != nil {
		s.pool.close()
	}
	s.release()
}

// release frees the device, unless it came with the options.
func (s *sweep) release() {
	s.cancel()
	if s.device == nil {
		release(s.scorer.device)
	}
}

// feed builds and initialises the next networks while the device is busy.
func (s *sweep) feed() {
	defer close(s.jobs)
	for _, arch := range s.archs {
		j := s.prepare(arch)
		if s.pool != nil && j.err == nil && j.rows == nil {
			if j.result = s.pool.begin(s.ctx, &j.work); j.result == nil {
				return
			}
		}
		select {
		case s.jobs <- j:
		case <-s.ctx.Done():
			return
		}
	}
}

// prepare makes an architecture's network, unless the store has its rows.
func (s *sweep) prepare(arch spaces.Arch) (j *job) {
	j = &job{rec: table.Record{Space: s.run.Space, Arch: string(arch), Data: s.run.Data, Batch: s.run.Batch, Seed: s.run.Seed}}
	defer func() { // a user's space must not lose the sweep, least of all from this goroutine
		if r := recover(); r != nil {
			j.err = fmt.Errorf("building its network panicked: %v", r)
		}
	}()
	start := time.Now()
	canonical, err := s.space.Parse(string(arch))
	if err != nil {
		j.err = err
		return j
	}
	j.rec.Arch = string(canonical)
	if j.rows = storedRows(s.done, j.rec, s.scorer.proxies); j.rows != nil {
		return j
	}
	j.space, j.arch = s.space, canonical
	j.graph, j.err = s.space.Network(canonical, s.task)
	if j.err == nil && j.graph == nil {
		j.err = errors.New("the space made no network")
	}
	if j.err == nil {
		j.build = time.Since(start)
		j.err = j.draw(s.scorer)
	}
	return j
}

// storedRows returns an architecture's rows, nil unless all are there.
func storedRows(t *table.Table, r table.Record, chosen []proxies.Proxy) []table.Entry {
	var out []table.Entry
	for i := range chosen {
		e, ok := t.Get(r.Key(chosen[i].Name))
		if !ok {
			return nil
		}
		out = append(out, e)
	}
	return out
}

// collect takes the scores in the order of the architectures. What it returns names those that failed.
func (s *sweep) collect() error {
	var failed []error
	for i := range s.archs {
		j, ok := <-s.jobs
		if err := s.ctx.Err(); err != nil || !ok {
			return errors.Join(append(failed, fmt.Errorf("zc: stopped after %d of %d architectures: %w", i, len(s.archs), s.ctx.Err()))...)
		}
		rows, err := s.rows(j)
		if err != nil {
			failed = append(failed, fmt.Errorf("zc: %s: %w", j.rec.Arch, err))
			s.tell(i+1, j.rec.Arch)
			if len(failed) == maxFailures && i+1 < len(s.archs) {
				return errors.Join(append(failed, fmt.Errorf("zc: stopped after %d of %d architectures: %d of them failed", i+1, len(s.archs), maxFailures))...)
			}
			continue
		}
		if j.rows == nil {
			s.fresh++
			if s.store != nil {
				if err := s.store.Put(rows); err != nil {
					return errors.Join(append(failed, fmt.Errorf("%w (the %d architectures before are kept)", err, i))...)
				}
			}
		}
		s.report(rows)
		s.tell(i+1, j.rec.Arch)
	}
	return errors.Join(failed...)
}

// rows are an architecture's rows of the table.
func (s *sweep) rows(j *job) ([]table.Entry, error) {
	if j.err != nil || j.rows != nil {
		return j.rows, j.err
	}
	var r scored
	if j.result != nil {
		r = <-j.result
	} else {
		r = s.scorer.safely(&j.work, s.batch, s.loss)
	}
	if r.err != nil {
		return nil, r.err
	}
	rows := make([]table.Entry, len(s.scorer.proxies))
	for i := range rows {
		name := s.scorer.proxies[i].Name
		rows[i] = table.Entry{Key: j.rec.Key(name), Value: r.scores.Scores[name], Reason: r.scores.Reasons[name], Seconds: r.scores.ProxySeconds[name]}
	}
	return rows, nil
}

// report adds finished rows to the table and hands them to the options' functions.
func (s *sweep) report(rows []table.Entry) {
	s.out.Add(rows...)
	if s.entries != nil {
		s.entries(rows)
	}
	if s.records != nil {
		s.records(table.New(rows...).Records()[0])
	}
}

// tell says how far the sweep is.
func (s *sweep) tell(done int, arch string) {
	if s.progress == nil {
		return
	}
	p := Progress{Done: done, Total: len(s.archs), Arch: arch, Elapsed: time.Since(s.start)}
	if s.fresh > 0 {
		p.Rate = float64(s.fresh) / p.Elapsed.Seconds()
		p.Left = time.Duration(float64(p.Total-done) / p.Rate * float64(time.Second))
	}
	s.progress(p)
}
