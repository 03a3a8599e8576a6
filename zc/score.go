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

// Score computes proxies of architectures of a search space, each with freshly initialised weights, on one
// minibatch that all share. The table holds one row per architecture and proxy, in the order of archs.
//
//	archs, _ := spaces.TSS().Sample(100, 0)
//	table, err := zc.Score(ctx, spaces.TSS(), archs, zc.WithDataName("cifar10"), zc.WithBatch(64))
//
// Defaults: the post's eight proxies, Synthetic CIFAR-10, batch 64, PyTorch's initialisation, seed 0, the native
// backend with all threads. A proxy that is undefined for an architecture gives NaN with a reason. On an error,
// also when ctx ends or the space panics, the rows that are finished come back with it. The rows come in the order
// of archs also where a backend works on several networks at once, see [WithWorkers].
//
// The data set's task, where it has one ([datasets.WithTask]), chooses the networks' head.
//
// Whatever changes scores is part of the rows' keys: options of the space ([spaces.FullName]) and of the data set,
// its task among them ([datasets.Info]), and an initialisation, a sampling or unscored layers that are not the
// default, behind the data's name.
func Score(ctx context.Context, space spaces.Space, archs []spaces.Arch, opts ...Option) (*table.Table, error) {
	out := table.New()
	if space == nil {
		return out, errors.New("zc: Score: the search space is nil; was the error of the call that made it looked at?")
	}
	c, err := newConfig(opts)
	if err != nil {
		return out, err
	}
	scorer, err := c.scorer()
	if err != nil {
		return out, err
	}
	if c.device == nil {
		defer release(scorer.device)
	}
	data := c.data
	if data == nil {
		if data, err = datasets.Get(c.dataName); err != nil {
			return out, err
		}
	}
	info := data.Info()
	size := cmp.Or(c.batch, info.DefaultBatch())
	batch, err := data.Minibatch(ctx, size, c.seed, c.sampling)
	if err != nil {
		return out, err
	}
	pool, err := scorer.workers(c.workers, batch, info.Loss)
	if err != nil {
		return out, err
	}
	task := batch.Task(info.Task)
	run := table.RunKey{Space: spaces.FullName(space), Data: info.FullName() + c.variant(), Batch: size, Seed: c.seed}
	done := table.New() // what the store has from before
	if c.store != nil {
		if done, err = c.store.Load(); err != nil {
			return out, err
		}
	}
	prepare := func(arch spaces.Arch) (j job) {
		defer func() { // a user's space must not lose the sweep, least of all from this goroutine
			if r := recover(); r != nil {
				j.err = fmt.Errorf("zc: %s: building its network panicked: %v", arch, r)
			}
		}()
		start := time.Now()
		if j.arch, j.err = space.Parse(string(arch)); j.err != nil {
			return j
		}
		j.rec = table.Record{Space: run.Space, Arch: string(j.arch), Data: run.Data, Batch: run.Batch, Seed: run.Seed}
		if j.rows = storedRows(done, j.rec, scorer.proxies); j.rows != nil {
			return j
		}
		j.graph, j.err = space.Network(j.arch, task)
		if j.err == nil && j.graph == nil {
			j.err = errors.New("the space made no network")
		}
		if j.err == nil {
			j.build = time.Since(start)
			j.err = j.draw(scorer)
		}
		if j.err != nil {
			j.err = fmt.Errorf("zc: %s: %w", j.arch, j.err)
		}
		return j
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	jobs := make(chan job)
	if pool != nil {
		jobs = make(chan job, cap(pool.idle))
		defer func() { // nobody works on after the return
			cancel()
			for range jobs {
			}
			pool.close()
		}()
	}
	go func() { // builds and initialises the next networks while the device is busy
		defer close(jobs)
		for _, arch := range archs {
			j := prepare(arch)
			if pool != nil && j.err == nil && j.rows == nil {
				if j.result = pool.begin(ctx, &j.work); j.result == nil {
					return
				}
			}
			select {
			case jobs <- j:
			case <-ctx.Done():
				return
			}
		}
	}()
	start, fresh := time.Now(), 0
	for i := range archs {
		if err := ctx.Err(); err != nil {
			return out, fmt.Errorf("zc: stopped after %d of %d architectures: %w", i, len(archs), err)
		}
		j, ok := <-jobs
		if !ok {
			return out, fmt.Errorf("zc: stopped after %d of %d architectures: %w", i, len(archs), ctx.Err())
		}
		if j.err != nil {
			return out, j.err
		}
		rec, entries := j.rec, j.rows
		if entries == nil {
			var r scored
			if j.result != nil {
				r = <-j.result
			} else {
				r.scores, r.err = scorer.score(&j.work, batch, info.Loss)
			}
			if r.err != nil {
				return out, fmt.Errorf("zc: %s: %w", j.arch, r.err)
			}
			for i := range scorer.proxies {
				name := scorer.proxies[i].Name
				entries = append(entries, table.Entry{Key: rec.Key(name), Value: r.scores.Scores[name], Reason: r.scores.Reasons[name], Seconds: r.scores.ProxySeconds[name]})
			}
			fresh++
			if c.store != nil {
				if err := c.store.Put(entries); err != nil {
					return out, fmt.Errorf("zc: stopped after %d of %d architectures: %w", i, len(archs), err)
				}
			}
		}
		out.Add(entries...)
		if c.entries != nil {
			c.entries(entries)
		}
		if c.rows != nil {
			rec.Scores, rec.Reasons = map[string]float64{}, map[string]string{}
			for _, e := range entries {
				rec.Scores[e.Proxy] = e.Value
				if e.Reason != "" {
					rec.Reasons[e.Proxy] = e.Reason
				}
				rec.Seconds += e.Seconds
			}
			c.rows(rec)
		}
		if c.progress != nil {
			p := Progress{Done: i + 1, Total: len(archs), Arch: rec.Arch, Elapsed: time.Since(start)}
			if fresh > 0 {
				p.Rate = float64(fresh) / p.Elapsed.Seconds()
				p.Left = time.Duration(float64(len(archs)-i-1) / p.Rate * float64(time.Second))
			}
			c.progress(p)
		}
	}
	return out, nil
}

// job is an architecture on its way through [Score].
type job struct {
	arch spaces.Arch
	rec  table.Record
	rows []table.Entry // from the store, nil where it has to be scored
	work
	result <-chan scored // of a worker; nil where there is only one, which is asked when its turn comes
	err    error
}

// storedRows returns an architecture's rows, nil unless all are there.
func storedRows(t *table.Table, r table.Record, proxies []proxies.Proxy) []table.Entry {
	var out []table.Entry
	for i := range proxies {
		e, ok := t.Get(r.Key(proxies[i].Name))
		if !ok {
			return nil
		}
		out = append(out, e)
	}
	return out
}
