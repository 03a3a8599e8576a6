package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/engine/native/kernels"
	"github.com/zcnas/zcnas/zc/proxies"
	"github.com/zcnas/zcnas/zc/weights"
)

type benchCmd struct {
	archFlags    `embed:""`
	scoringFlags `embed:""`
	kernelFlags  `embed:""`
	Rounds       int    `default:"1" help:"Time all of it that often; medians are printed."`
	Peer         string `placeholder:"CMD" help:"After each round have this command time the same work, with -data reference and -init reference, and print the ratios; CONTRIBUTING.md says how to write one. It gets --space, --shape, --classes, --batch, --threads and the architectures, and prints lines as -against reads them."`
	Against      string `placeholder:"FILE" help:"Lines as a -peer prints them: time the same architectures at the same batch, with -data reference and -init reference and, unless -threads is set, the same threads, and print the ratios."`
	Format       string `default:"table" enum:"table,json" help:"table or json."`
}

// timing is one architecture's time, and that of others on it.
type timing struct {
	Arch    string             `json:"arch"`
	Batch   int                `json:"batch"`
	Seconds float64            `json:"seconds"`
	Parts   []zc.Part          `json:"parts"`
	Peers   map[string]float64 `json:"peers,omitempty"` // seconds
	flops   float64            // of the convolutions
}

// benchmark is what bench reports.
type benchmark struct {
	Space       string             `json:"space"`
	Data        string             `json:"data"`
	Shape       [3]int             `json:"shape"` // channels, height and width of an input
	Outputs     int                `json:"outputs"`
	Proxies     []string           `json:"proxies"`
	Backend     string             `json:"backend"`
	Kernels     string             `json:"kernels,omitempty"` // of the native backend
	Threads     int                `json:"threads"`
	PeakMiB     float64            `json:"peak_mib"`
	WarmUp      float64            `json:"warm_up_seconds"`        // the first architecture once more, before all others
	Compiled    int                `json:"compilations,omitempty"` // GoMLX's executables, those of the warm-up included
	CompileTime float64            `json:"compile_seconds,omitempty"`
	Executions  float64            `json:"executions,omitempty"`      // of GoMLX's executables, per architecture
	DeviceMiB   float64            `json:"device_peak_mib,omitempty"` // of GoMLX's buffers, without executables' own needs
	Seconds     float64            `json:"seconds"`                   // of all architectures
	PerArch     float64            `json:"seconds_per_architecture"`
	Parts       []zc.Part          `json:"parts"`                  // seconds per architecture
	PeerSeconds map[string]float64 `json:"peer_seconds,omitempty"` // of all architectures
	PeerRatio   map[string]float64 `json:"peer_ratio,omitempty"`   // how many times as long the peer took in all
	PeerThreads int                `json:"peer_threads,omitempty"`
	PeerPeakMiB float64            `json:"peer_peak_mib,omitempty"` // of the command of -peer
	Rounds      int                `json:"rounds"`                  // finished, with the peer's
	Rows        []timing           `json:"architectures"`
	// The arithmetic of the convolutions that the passes need, over all the time, against the machine's ceiling
	// on as many threads; only of the native backend.
	GFLOPS     float64 `json:"gflops,omitempty"`
	PeakGFLOPS float64 `json:"peak_gflops,omitempty"`
}

func (c *benchCmd) Run(a *app) error {
	if err := c.choose(c.Backend); err != nil {
		return err
	}
	space, err := c.space()
	if err != nil {
		return err
	}
	b := &benchmark{Space: c.Space, Backend: c.Backend}
	if c.Rounds < 1 {
		return usage("-rounds %d: give 1 or more", c.Rounds)
	}
	if c.Peer != "" {
		if err := c.likePeer(); err != nil {
			return err
		}
	}
	if c.Against != "" {
		err = c.readPeers(b, space)
	} else {
		if len(c.Arch) == 0 && c.Archs == "" && !c.All && c.Sample == 0 {
			c.Sample = 10
		}
		var archs []spaces.Arch
		archs, err = c.archs(a, space, c.Seed)
		for _, x := range archs {
			b.Rows = append(b.Rows, timing{Arch: string(x), Batch: c.batch()})
		}
	}
	if err != nil {
		return err
	}
	if b.Threads = c.Threads; b.Threads == 0 {
		b.Threads = runtime.GOMAXPROCS(0)
	}
	if name, _, _ := strings.Cut(c.Backend, ":"); name == "native" {
		b.Kernels = kernels.Name()
	}
	err = c.rounds(a, space, b)
	if len(b.Rows) == 0 {
		return err
	}
	b.sum()
	if b.Kernels != "" {
		b.PeakGFLOPS = peakGFLOPS(b.Threads)
	}
	if c.Format == "json" {
		return errors.Join(a.json(b), err)
	}
	return errors.Join(b.print(a.stdout), err)
}

// rounds times the rows as often as asked, the peer in between, and leaves medians. On an error it leaves what is
// finished.
func (c *benchCmd) rounds(a *app, space spaces.Space, b *benchmark) error {
	samples := make([][]timing, len(b.Rows))
	rows := b.Rows
	b.Rows = nil
	t, err := c.timer(a, space, b)
	for b.Rounds < c.Rounds && err == nil {
		b.Rows, err = t.round(a, rows)
		b.WarmUp = cmp.Or(b.WarmUp, t.warmUp)
		if c.Peer != "" && err == nil {
			err = c.runPeer(a, space, b)
		}
		for i, row := range b.Rows {
			samples[i] = append(samples[i], row)
		}
		if err == nil {
			b.Rounds++
		}
	}
	b.Rows = nil
	for _, s := range samples {
		if len(s) > 0 {
			b.Rows = append(b.Rows, median(s))
		}
	}
	return err
}

// median is the timing in the middle, the quicker one of two, with the median of each peer.
func median(samples []timing) timing {
	middle := func(n int) int { return (n - 1) / 2 }
	slices.SortStableFunc(samples, func(a, b timing) int { return cmp.Compare(a.Seconds, b.Seconds) })
	m := samples[middle(len(samples))]
	peers := map[string][]float64{}
	for _, s := range samples {
		for name, seconds := range s.Peers {
			peers[name] = append(peers[name], seconds)
		}
	}
	m.Peers = map[string]float64{}
	for name, seconds := range peers {
		slices.Sort(seconds)
		m.Peers[name] = seconds[middle(len(seconds))]
	}
	return m
}

// timer times rows, round after round on one device.
type timer struct {
	score  func(*timing) error
	warmUp float64 // seconds of the first row, once more before the others
}

// timer opens what the rows are timed with.
func (c *benchCmd) timer(a *app, space spaces.Space, b *benchmark) (*timer, error) {
	data, err := c.dataset(space)
	if err != nil {
		return nil, err
	}
	info := data.Info()
	b.Data, b.Shape, b.Outputs = info.FullName(), [3]int{info.C, info.H, info.W}, info.Outputs
	chosen, err := proxies.Select(c.Proxies...)
	if err != nil {
		return nil, err
	}
	for _, p := range chosen {
		b.Proxies = append(b.Proxies, p.Name)
	}
	device, err := c.open()
	if err != nil {
		return nil, err
	}
	scorer, err := zc.NewScorer(zc.WithProxies(c.Proxies...), zc.WithDevice(device), zc.WithInit(weights.Scheme(c.Init)), zc.WithSeed(c.Seed))
	if err != nil {
		return nil, err
	}
	batches := map[int]*datasets.Batch{}
	scored := 0
	return &timer{score: func(row *timing) error {
		batch := batches[row.Batch]
		if batch == nil {
			if batch, err = data.Minibatch(a.ctx, row.Batch, c.Seed, datasets.Sampling(c.Sampling)); err != nil {
				return err
			}
			batches[row.Batch] = batch
		}
		start := time.Now()
		g, err := space.Network(spaces.Arch(row.Arch), batch.Task(info.Task))
		if err != nil {
			return err
		}
		build := zc.Part{Kind: zc.PartBuild, Seconds: time.Since(start).Seconds()}
		r, err := scorer.Network(g, batch, info.Loss)
		if err != nil {
			return fmt.Errorf("%s: %w", row.Arch, err)
		}
		row.Seconds = build.Seconds + r.Seconds
		row.flops = 2 * float64(r.MACs)
		row.Parts = append([]zc.Part{build}, r.Parts...)
		if d, ok := device.(compiler); ok {
			scored++
			b.Executions = float64(d.Executions()) / float64(scored)
			b.Compiled, b.CompileTime, b.DeviceMiB = d.Compilations(), d.CompileTime().Seconds(), float64(d.PeakMemory())/(1<<20)
		}
		return nil
	}}, nil
}

// round times each row once. On an error it returns those that are finished.
func (t *timer) round(a *app, rows []timing) (timed []timing, err error) {
	warm := rows[0]
	if err := t.score(&warm); err != nil {
		return nil, err
	}
	t.warmUp = warm.Seconds
	show := a.bar("timing", "arch", len(rows), true)
	for i, row := range rows {
		if err := a.ctx.Err(); err != nil {
			return timed, fmt.Errorf("stopped after %d of %d architectures: %w", i, len(rows), err)
		}
		done := a.finishing("the architecture at hand")
		err := t.score(&row)
		done()
		if err != nil {
			return timed, err
		}
		timed = append(timed, row)
		show(i + 1)
	}
	return timed, nil
}

func (b *benchmark) sum() {
	b.PeerSeconds, b.PeerRatio = map[string]float64{}, map[string]float64{}
	ours := map[string]float64{} // where the peer has a time
	for _, r := range b.Rows {
		b.Seconds += r.Seconds
		b.GFLOPS += r.flops / 1e9
		b.addParts(r.Parts)
		for p, s := range r.Peers {
			b.PeerSeconds[p] += s
			ours[p] += r.Seconds
		}
	}
	for p, s := range b.PeerSeconds {
		b.PeerRatio[p] = s / ours[p]
	}
	b.GFLOPS /= b.Seconds
	b.PerArch = b.Seconds / float64(len(b.Rows))
	b.PeakMiB = peakMiB()
}

func (b *benchmark) print(w io.Writer) error {
	peers := slices.Sorted(maps.Keys(b.PeerSeconds))
	g := &grid{head: []string{"arch", "batch", "seconds"}}
	for _, p := range peers {
		g.head = append(g.head, p, "ratio")
	}
	ratio := func(row []string, theirs, times float64, ok bool) []string {
		if !ok {
			return append(row, none, none)
		}
		return append(row, fmt.Sprintf("%.3f", theirs), fmt.Sprintf("%.2f×", times))
	}
	for _, r := range b.Rows {
		row := []string{r.Arch, fmt.Sprint(r.Batch), fmt.Sprintf("%.4f", r.Seconds)}
		for _, p := range peers {
			s, ok := r.Peers[p]
			row = ratio(row, s, s/r.Seconds, ok)
		}
		g.add(row...)
	}
	total := []string{"all", "", fmt.Sprintf("%.4f", b.Seconds)}
	for _, p := range peers {
		total = ratio(total, b.PeerSeconds[p], b.PeerRatio[p], true)
	}
	g.add(total...)
	if err := g.write(w, "table"); err != nil {
		return err
	}
	fmt.Fprintln(w)
	if err := b.printPasses(w); err != nil {
		return err
	}
	backend := b.Backend
	if b.Kernels != "" {
		backend += " (" + b.Kernels + " kernels)"
	}
	if b.Compiled > 0 {
		backend += fmt.Sprintf(", %d compilations in %.1f s, %.0f executions per architecture, buffers of at most %.0f MiB on the device",
			b.Compiled, b.CompileTime, b.Executions, b.DeviceMiB)
	}
	if b.PeerThreads != 0 && b.PeerThreads != b.Threads {
		backend += fmt.Sprintf("; the peers had %d threads", b.PeerThreads)
	}
	if b.PeakGFLOPS > 0 {
		fmt.Fprintf(w, "\nconvolutions %.1f GFLOP/s over all the time, %.0f%% of the %.1f that float32 multiply-adds reach on %d threads\n",
			b.GFLOPS, 100*b.GFLOPS/b.PeakGFLOPS, b.PeakGFLOPS, b.Threads)
	}
	memory := fmt.Sprintf("%.0f MiB", b.PeakMiB)
	if b.PeerPeakMiB > 0 {
		memory += fmt.Sprintf(", the peer's %.0f MiB", b.PeerPeakMiB)
	}
	_, err := fmt.Fprintf(w, "\n%s on %s, %d×%d×%d: %s\nmedian of %d rounds; %d threads, %s; peak memory %s; warm-up %.3f s\n", b.Space, b.Data,
		b.Shape[0], b.Shape[1], b.Shape[2], strings.Join(b.Proxies, ", "), b.Rounds, b.Threads, backend, memory, b.WarmUp)
	return err
}

// peakGFLOPS measures how fast this many threads do float32 multiply-adds that wait for nothing.
func peakGFLOPS(threads int) float64 {
	const rounds, for200ms = 1 << 20, 200 * time.Millisecond
	rates := make([]float64, threads)
	var wg sync.WaitGroup
	for t := range threads {
		wg.Go(func() {
			start, flops := time.Now(), 0.0
			for time.Since(start) < for200ms {
				flops += float64(kernels.PeakFMA(rounds))
			}
			rates[t] = flops / time.Since(start).Seconds() / 1e9
		})
	}
	wg.Wait()
	var sum float64
	for _, r := range rates {
		sum += r
	}
	return sum
}

// peakMiB is the most memory that the process held: what Linux says, elsewhere what Go took from the system.
func peakMiB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err == nil {
		for line := range strings.Lines(string(status)) {
			if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				if kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64); err == nil {
					return kb / 1024
				}
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.Sys) / (1 << 20)
}
