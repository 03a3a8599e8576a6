package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
)

// An execution is one run of one notebook.
type execution struct {
	*setup
	opt   *options
	book  string // path of the .ipynb
	label string // for progress
}

// cellEvent is a line that hooks.py prints.
type cellEvent struct {
	Event string // started, done or failed
	Cell  int    // index in the notebook
	Text  string // of a failed cell: what it printed
}

// run executes the notebook, leaves it and its page of HTML in the output folder, and writes it back if asked.
func (e *execution) run(ctx context.Context) error {
	nb, err := readNotebook(e.book)
	if err != nil {
		return err
	}
	name := bookName(e.book)
	figures := filepath.Join(e.opt.Out, "figures", name)
	if err := os.MkdirAll(figures, 0o755); err != nil {
		return fmt.Errorf("the folder for figures cannot be made: %w", err)
	}
	executed := filepath.Join(e.opt.Out, name+".ipynb")
	if err := os.Remove(executed); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err // an old one would pass for this run's
	}

	start := time.Now()
	if err := e.execute(ctx, nb, figures); err != nil {
		return fmt.Errorf("%s: %w", relative(e.book), err)
	}
	if err := e.publish(ctx, executed); err != nil {
		return fmt.Errorf("%s: %w", relative(executed), err)
	}
	fmt.Printf("%s: %d cells in %s\n", e.label, nb.codeCells(), seconds(time.Since(start)))
	return nil
}

// publish cleans the notebook that nbconvert has executed, makes its page of HTML and writes it back if asked.
func (e *execution) publish(ctx context.Context, executed string) error {
	nb, err := readNotebook(executed)
	if err != nil {
		return err
	}
	nb.clean()
	data, err := nb.encode(e.root)
	if err != nil {
		return err
	}
	if err := os.WriteFile(executed, data, 0o644); err != nil {
		return err
	}
	if err := e.page(ctx, nb); err != nil || !e.opt.Write {
		return err
	}
	if nb, err = parseNotebook(data); err != nil { // the page's is not ours any more
		return err
	}
	nb.dropSVG()
	if data, err = nb.encode(e.root); err != nil {
		return err
	}
	if len(data) > maxSize {
		return fmt.Errorf("%d bytes with its outputs; at most %d are written back", len(data), maxSize)
	}
	return os.WriteFile(e.book, data, 0o644)
}

// page makes the page of HTML of an executed notebook.
func (e *execution) page(ctx context.Context, nb *notebook) error {
	nb.embedSVG()
	data, err := nb.encode(e.root)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "zcnas-page-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	source := filepath.Join(dir, filepath.Base(e.book)) // the name is the title of the page
	if err := os.WriteFile(source, data, 0o644); err != nil {
		return err
	}
	return e.command(ctx, e.jupyter, "nbconvert", "--to", "html", "--output-dir", e.opt.Out, source)
}

// execute runs nbconvert and follows it cell by cell.
func (e *execution) execute(ctx context.Context, nb *notebook, figures string) error {
	limit := int(e.opt.Timeout.Seconds())
	// Jupyter stops a cell that runs over the limit, and its kernel; this one ends Jupyter if that does not help,
	// or if it is the cells together that take too long.
	ctx, cancel := context.WithTimeoutCause(ctx, e.opt.Timeout+10*time.Second,
		fmt.Errorf("stopped after %s (-timeout)", e.opt.Timeout))
	defer cancel()
	cmd := e.build(ctx, e.jupyter, "nbconvert", "--to", "notebook", "--execute",
		"--config", filepath.Join(e.root, "notebooks", "hooks.py"),
		"--ExecutePreprocessor.kernel_name=gonb",
		"--ExecutePreprocessor.timeout="+strconv.Itoa(limit),
		"--output-dir", e.opt.Out, "--output", filepath.Base(e.book), e.book)
	path := e.kernels
	if users := os.Getenv("JUPYTER_PATH"); users != "" {
		path += string(os.PathListSeparator) + users
	}
	// GoNB leaves its pipes behind, and a killed one its folder of code.
	temp, err := os.MkdirTemp("", "zcnas-kernel-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	cmd.Env = append(cmd.Env, "JUPYTER_PATH="+path, "ZC_FIGURES="+figures, "TMPDIR="+temp)
	if e.opt.Full {
		cmd.Env = append(cmd.Env, "ZC_FULL=1")
	}
	var log bytes.Buffer
	cmd.Stderr = &log
	events, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	progress := newProgress(e.label, nb.codeCells())
	defer progress.close()
	if err := cmd.Start(); err != nil {
		return err
	}

	current, failure := -1, ""
	lines := bufio.NewScanner(events)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var ev cellEvent
		if json.Unmarshal(lines.Bytes(), &ev) != nil {
			continue // something else that Jupyter printed
		}
		switch ev.Event {
		case "started":
			current = ev.Cell
		case "done":
			progress.done()
		case "failed":
			failure = ev.Text
		}
	}
	err = errors.Join(lines.Err(), cmd.Wait())
	if err == nil && failure == "" {
		return nil
	}
	progress.close()
	switch {
	case failure != "":
	case context.Cause(ctx) != nil:
		failure = context.Cause(ctx).Error()
	default:
		failure = fmt.Sprintf("%v\n%s", err, lastError(log.String()))
	}
	if current < 0 {
		return fmt.Errorf("failed before the first cell:\n%s", tail(plain(failure), 40))
	}
	return fmt.Errorf("failed in cell %d:\n%s\n\n%s", current+1, tail(nb.source(current), 60), tail(plain(failure), 40))
}

var pythonError = regexp.MustCompile(`(?m)^[\w.]+(?:Error|Exception)\b`)

// lastError skips the calls that Python lists before an error's message.
func lastError(log string) string {
	if all := pythonError.FindAllStringIndex(log, -1); len(all) > 0 {
		return log[all[len(all)-1][0]:]
	}
	return log
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// plain removes terminal colours.
func plain(text string) string { return escapes.ReplaceAllString(text, "") }

// progress shows the cells done: a bar on a terminal, else a line now and then.
type progress struct {
	label    string
	n, total int
	start    time.Time
	shown    time.Time
	bar      *progressbar.ProgressBar
}

func newProgress(label string, total int) *progress {
	p := &progress{label: label, total: total, start: time.Now(), shown: time.Now()}
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		p.bar = progressbar.NewOptions(total, progressbar.OptionSetDescription(label),
			progressbar.OptionSetWriter(os.Stderr), progressbar.OptionShowCount(), progressbar.OptionSetItsString("cells"),
			progressbar.OptionSetElapsedTime(true), progressbar.OptionSetPredictTime(false),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetRenderBlankState(true),
			progressbar.OptionSpinnerCustom(strings.Split("|/-\\", "")))
	}
	return p
}

func (p *progress) done() {
	p.n++
	if p.bar != nil {
		_ = p.bar.Add(1)
	} else if time.Since(p.shown) > 10*time.Second {
		p.shown = time.Now()
		fmt.Printf("%s: %d of %d cells, %s\n", p.label, p.n, p.total, seconds(time.Since(p.start)))
	}
}

func (p *progress) close() {
	if p.bar != nil {
		_ = p.bar.Exit()
		_ = p.bar.Clear()
		p.bar = nil
	}
}
