// Command notebooks sets up Jupyter and the pinned GoNB kernel, and executes the notebooks beside it.
//
// Start with
//
//	go run ./notebooks
//
// It leaves the executed notebooks, a page of HTML for each and the figure files in notebooks/out. With -serve it
// opens Jupyter instead; -help lists the rest.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

type options struct {
	Only    []string      `placeholder:"PREFIX" help:"Only the notebooks whose names start so, for example 03 (a list with commas, or repeated)."`
	Full    bool          `help:"Run in the full setting (hours) instead of the quick one (minutes)."`
	Write   bool          `help:"Also write the executed notebooks back in place, without what changes from run to run."`
	Out     string        `placeholder:"DIR" help:"Where the executed notebooks, HTML and figures go (default: notebooks/out)."`
	Timeout time.Duration `placeholder:"TIME" help:"Stop a notebook that runs longer (default: 30m, with -full 24h)."`
	Setup   bool          `help:"Only set up what is missing, for interactive use too."`
	Serve   bool          `help:"Set up what is missing and open Jupyter instead of executing."`
	IP      string        `name:"ip" default:"127.0.0.1" help:"With -serve: the address to listen on."`
	Port    int           `default:"8888" help:"With -serve: the port to listen on."`
}

func main() {
	var opt options
	parser, err := kong.New(&opt, kong.Name("notebooks"),
		kong.Description("Sets up Jupyter and the GoNB kernel and executes the notebooks."))
	if err != nil {
		panic(err) // the tags above are wrong
	}
	_, err = parser.Parse(longFlags(os.Args[1:]))
	parser.FatalIfErrorf(err)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, &opt); err != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted")
		}
		fmt.Fprintf(os.Stderr, "notebooks: %v\n", err)
		os.Exit(1)
	}
}

// longFlags turns -flag into --flag: kong reads one dash as a row of one-letter flags, and there are none here.
func longFlags(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		if len(a) > 2 && a[0] == '-' && a[1] >= 'a' && a[1] <= 'z' {
			a = "-" + a
		}
		out[i] = a
	}
	return out
}

func run(ctx context.Context, opt *options) error {
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	if opt.Out == "" {
		opt.Out = filepath.Join(root, "notebooks", "out")
	}
	if opt.Out, err = filepath.Abs(opt.Out); err != nil {
		return err
	}
	if opt.Timeout == 0 {
		opt.Timeout = 30 * time.Minute
		if opt.Full {
			opt.Timeout = 24 * time.Hour
		}
	}
	books, err := selectBooks(filepath.Join(root, "notebooks"), opt.Only)
	if err != nil {
		return err
	}

	s := &setup{root: root}
	if err := s.common(ctx); err != nil {
		return err
	}
	if opt.Serve {
		if err := s.interactive(ctx); err != nil {
			return err
		}
		stop := s.behind(ctx, func(ctx context.Context) error { return s.warm(ctx, books) }, s.completion)
		defer stop()
		return s.serve(ctx, opt.IP, opt.Port)
	}
	if err := s.step("what the cells import", func() error { return s.warm(ctx, books) }); err != nil {
		return err
	}
	if opt.Setup {
		if err := s.step("completion (gopls)", func() error { return s.completion(ctx) }); err != nil {
			fmt.Fprintf(os.Stderr, "There will be no completion in cells: %v\n", err)
		}
		return s.interactive(ctx)
	}

	remove, err := s.unattended(ctx)
	if err != nil {
		return err
	}
	defer remove()
	start := time.Now()
	for i, book := range books {
		e := &execution{setup: s, opt: opt, book: book, label: fmt.Sprintf("[%d/%d] %s", i+1, len(books), bookName(book))}
		if err := e.run(ctx); err != nil {
			return err
		}
	}
	fmt.Printf("%d notebooks executed in %s: %s\n", len(books), seconds(time.Since(start)), relative(opt.Out))
	return nil
}

// moduleRoot is the folder of the checkout that the working directory lies in.
func moduleRoot(ctx context.Context) (string, error) {
	const module = "github.com/zcnas/zcnas"
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Path}} {{.Dir}}").Output()
	path, dir, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if err != nil || path != module {
		return "", fmt.Errorf("run this inside a checkout of %s, as go run ./notebooks (module here: %q, %v)", module, path, err)
	}
	return dir, nil
}

// selectBooks lists the notebooks of dir in order, those that start with one of the prefixes if there are any.
func selectBooks(dir string, prefixes []string) ([]string, error) {
	all, err := filepath.Glob(filepath.Join(dir, "[0-9]*.ipynb"))
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("there is no notebook (NN-name.ipynb) in %s", dir)
	}
	if len(prefixes) == 0 {
		return all, nil
	}
	var names, picked []string
	unused := make(map[string]bool)
	for _, p := range prefixes {
		unused[p] = true
	}
	for _, book := range all {
		names = append(names, bookName(book))
		take := false
		for _, p := range prefixes {
			if strings.HasPrefix(bookName(book), p) {
				take = true
				delete(unused, p)
			}
		}
		if take {
			picked = append(picked, book)
		}
	}
	for _, p := range prefixes {
		if unused[p] {
			return nil, fmt.Errorf("-only %s: no notebook starts so; there are %s", p, strings.Join(names, ", "))
		}
	}
	return picked, nil
}

func bookName(path string) string { return strings.TrimSuffix(filepath.Base(path), ".ipynb") }

// relative shortens a path for messages where it lies under the working directory.
func relative(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	rel, err := filepath.Rel(wd, path)
	if err != nil || strings.HasPrefix(rel, "..") {
		return path
	}
	return rel
}

func seconds(d time.Duration) string {
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
