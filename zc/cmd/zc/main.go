// Command zc scores neural architectures with zero-cost proxies, checks the scores and correlates them with the
// accuracies of trained architectures.
//
//	zc score -space nats-tss -sample 10 -seed 0 -data synthetic-cifar10 -proxies all
//	zc sweep -store scores.sqlite -sample 1000
//	zc correlate scores.sqlite -truth nasbench201:cifar10
//	zc figures -out figures -results scores.sqlite
//	zc verify reference/tss.jsonl
//
// It exits with 0, with 1 after an error (one line on standard error), with 2 when it was called wrongly, and with
// 130 when it was interrupted, terminated or hung up on; rows that were finished by then are printed.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/zcnas/zcnas/internal/plain"
	"github.com/zcnas/zcnas/internal/progress"
)

func main() {
	os.Exit(run(untilSignal(context.Background()), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// The exit codes.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitInterrupted = 130 // 128 + SIGINT, as shells report it
)

// app is what every command gets.
type app struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
}

type commands struct {
	Score     scoreCmd     `cmd:"" help:"Score architectures and print the scores."`
	Sweep     sweepCmd     `cmd:"" help:"Score many architectures into a SQLite file; an interrupted sweep goes on where it stopped."`
	Train     trainCmd     `cmd:"" help:"Train architectures and keep accuracies, losses and scores by epoch: ground truth of one's own."`
	Verify    verifyCmd    `cmd:"" help:"Compute reference cases and compare with the scores they must have."`
	Correlate correlateCmd `cmd:"" help:"Correlate a score file with the accuracies of trained architectures."`
	Search    searchCmd    `cmd:"" help:"Search a space by a proxy or a rule, or replay searches on the records of trained networks."`
	Predict   predictCmd   `cmd:"" help:"Learn accuracies from a few trained architectures of the records, and compare predictors."`
	Evidence  evidenceCmd  `cmd:"" help:"Recompute how well combinations of proxies rank architectures, on all tasks of the records."`
	Figures   figuresCmd   `cmd:"" help:"Write every table and figure for a paper, with an index page."`
	Bench     benchCmd     `cmd:"" help:"Time the proxies, also against timings of PyTorch."`
	Spaces    spacesCmd    `cmd:"" help:"List the search spaces, or describe and draw one architecture."`
	Proxies   proxiesCmd   `cmd:"" help:"List the proxies."`
	Backends  backendsCmd  `cmd:"" help:"List what can compute the scores, here and now, and how to get the rest."`
	Data      dataCmd      `cmd:"" help:"List, download and find data sets and benchmarks."`
}

// run is the whole program, for main and for tests in the same process.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr}
	var cli commands
	exited := -1
	parser, err := kong.New(&cli, kong.Name("zc"), kong.Writers(stdout, stderr),
		kong.Description("Zero-cost proxies for neural architecture search. Flags may be written -flag or --flag."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Exit(func(code int) { exited = max(exited, code) }))
	if err != nil {
		return a.fail(err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(longFlags(args))
	if exited >= 0 { // --help has printed; what Parse says after it is of no interest
		return exited
	}
	if err != nil {
		return a.fail(usageError{err})
	}
	if err := givenOnce(parsed); err != nil {
		return a.fail(err)
	}
	if err := parsed.Run(a); err != nil {
		return a.fail(err)
	}
	return exitOK
}

// givenOnce refuses a flag that is given twice and holds one value: kong takes the last.
func givenOnce(parsed *kong.Context) error {
	seen := map[*kong.Flag]bool{}
	for _, p := range parsed.Path {
		if p.Flag == nil || p.Flag.IsSlice() || p.Flag.IsCumulative() {
			continue
		}
		if seen[p.Flag] {
			return usage("-%s is given twice", p.Flag.Name)
		}
		seen[p.Flag] = true
	}
	return nil
}

// longFlags writes -flag as --flag: kong knows the latter only, and reads -flag as five short flags. Negative
// numbers, single letters and whatever follows "--" stay as they are.
func longFlags(args []string) []string {
	out := make([]string, len(args))
	for i, s := range args {
		if s == "--" {
			copy(out[i:], args[i:])
			break
		}
		if len(s) > 2 && s[0] == '-' && (s[1] >= 'a' && s[1] <= 'z' || s[1] >= 'A' && s[1] <= 'Z') {
			s = "-" + s
		}
		out[i] = s
	}
	return out
}

// usageError is a command line that makes no sense, as against one that fails.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// fail prints the error on one line and returns the exit code.
func (a *app) fail(err error) int {
	code, text := exitFailure, err.Error()
	var wrong usageError
	switch {
	case errors.As(err, &wrong):
		code = exitUsage
	case errors.Is(err, context.Canceled) && a.ctx.Err() != nil:
		code, text = exitInterrupted, strings.ReplaceAll(text, context.Canceled.Error(), "interrupted")
	}
	a.say(text)
	return code
}

// packages begin their errors with these.
var packages = []string{
	"zc: ",
	"compare: ",
	"datasets: ",
	"engine: ",
	"kernels: ",
	"plotting: ",
	"proxies: ",
	"reference: ",
	"spaces: ",
	"stats: ",
	"table: ",
}

// bar shows how far something is on standard error, where that is a terminal and the bar is wanted: it would spoil rows on
// the same screen.
func (a *app) bar(what, unit string, total int, wanted bool) func(done int) {
	if !wanted || !terminal(a.stderr) {
		return func(int) {}
	}
	return progress.Bar(a.stderr, what, unit, total, true)
}

// say prints an error or a warning on one line of standard error.
func (a *app) say(text string) {
	// The reader has called one program and knows of no packages.
	for _, p := range packages {
		text = strings.ReplaceAll(strings.TrimPrefix(text, p), ": "+p, ": ")
	}
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	fmt.Fprintln(a.stderr, "zc: "+plain.Line(strings.Join(lines, "; ")))
}
