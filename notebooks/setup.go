package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	gonbPackage      = "github.com/janpfeifer/gonb" // pinned by the tool directive of go.mod, as goimports is
	goimportsPackage = "golang.org/x/tools/cmd/goimports"
	// gopls completes and explains code in interactive sessions. It is no tool of go.mod, since it would raise
	// the versions of half the modules there.
	goplsPackage = "golang.org/x/tools/gopls@v0.23.0"
)

var (
	aptPackages = []string{"jupyter-notebook", "jupyter-nbconvert"}
	pipPackages = []string{"jupyterlab==4.4.3", "nbconvert==7.16.6", "nbclient==0.10.2"}
)

// A setup is what executing notebooks needs: Jupyter, the GoNB kernel with goimports, and a warm build cache.
type setup struct {
	root    string   // the checkout
	cache   string   // the folder of this command in the user's cache
	jupyter string   // path of the jupyter program
	kernels string   // Jupyter data folder with the kernel for executing without a person; temporary, see register
	env     []string // environment for Jupyter and its kernels
}

// common sets up what every mode needs.
func (s *setup) common(ctx context.Context) error {
	base, err := os.UserCacheDir()
	if err != nil {
		base = filepath.Join(s.root, ".cache") // no HOME; git ignores this folder
	}
	s.cache = filepath.Join(base, "zcnas", "notebooks")
	bin := filepath.Join(s.cache, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return fmt.Errorf("the cache folder cannot be made: %w", err)
	}
	s.env = append(os.Environ(),
		"PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"),
	)
	if err := s.findJupyter(ctx); err != nil {
		return err
	}
	return s.step("GoNB kernel", func() error {
		if err := s.goInstall(ctx, gonbPackage, goimportsPackage); err != nil {
			return fmt.Errorf("GoNB cannot be installed: %w", err)
		}
		return nil
	})
}

// unattended registers the kernel for executing without a person: apart from the user's own kernels, which Jupyter
// finds only after those on JUPYTER_PATH, and in a folder of this process, since the kernel belongs to one checkout
// and others may be executing theirs. The folder goes when remove is called.
func (s *setup) unattended(ctx context.Context) (remove func(), err error) {
	if s.kernels, err = os.MkdirTemp("", "zcnas-jupyter-"); err != nil {
		return nil, err
	}
	remove = func() { os.RemoveAll(s.kernels) }
	// -raw_error: compiler errors come back as text that can be printed here.
	if err := s.register(ctx, s.kernels, "-raw_error"); err != nil {
		remove()
		return nil, err
	}
	return remove, nil
}

// warm compiles what the cells of the notebooks import, so that the cells themselves are quick and a package that
// does not compile is reported here.
func (s *setup) warm(ctx context.Context, books []string) error {
	imports := make(map[string]bool)
	for _, book := range books {
		nb, err := readNotebook(book)
		if err != nil {
			return err
		}
		for _, path := range nb.imports() {
			imports[path] = true
		}
	}
	packages := slices.Sorted(maps.Keys(imports))
	if len(packages) == 0 {
		return nil
	}
	return s.command(ctx, "go", append([]string{"build"}, packages...)...)
}

// completion installs gopls, which completes and explains code in cells.
func (s *setup) completion(ctx context.Context) error { return s.goInstall(ctx, goplsPackage) }

// behind runs parts of the set-up one after the other while Jupyter is open already: the first cell waits for what
// is not compiled yet, and completion is there for kernels started after it. stop ends them and waits.
func (s *setup) behind(ctx context.Context, parts ...func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, part := range parts {
			if err := part(ctx); err != nil && ctx.Err() == nil {
				fmt.Fprintf(os.Stderr, "A part of the set-up that runs while Jupyter is open failed: %v\n", err)
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// interactive registers the kernel in the Jupyter of the person.
func (s *setup) interactive(ctx context.Context) error {
	out, err := s.output(ctx, s.jupyter, "--data-dir")
	if err != nil {
		return err
	}
	data := strings.TrimSpace(out)
	own, err := s.ownKernel(data)
	if err != nil {
		return err
	}
	if !own {
		fmt.Fprintf(os.Stderr, `Your Jupyter has a kernel gonb already, and it stays as it is (%s).
With it, a notebook that is not one of these can import this module after a cell with two lines:
    !*go work init . %q
    %%goworkfix
`, data, s.root)
		return nil
	}
	return s.register(ctx, data)
}

// ownKernel reports whether the kernel gonb below data is free to be written: absent, or made by this command.
func (s *setup) ownKernel(data string) (bool, error) {
	text, err := os.ReadFile(filepath.Join(data, "kernels", "gonb", "kernel.json"))
	if errors.Is(err, os.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return bytes.Contains(text, []byte(filepath.Join("zcnas", "notebooks", "bin"))), nil
}

// register makes the kernel gonb known to the Jupyter whose data folder is given. Cells can import the module of
// this checkout, at the versions of its go.mod, from a notebook in any folder.
func (s *setup) register(ctx context.Context, data string, flags ...string) error {
	bin := filepath.Join(s.cache, "bin")
	// -force_deps: gopls may be missing.
	flags = append([]string{"-install", "-force_deps", "-go_work=" + s.root}, flags...)
	cmd := s.build(ctx, filepath.Join(bin, "gonb"), flags...)
	cmd.Env = append(cmd.Env, "JUPYTER_DATA_DIR="+data)
	if err := runQuietly(cmd); err != nil {
		return fmt.Errorf("the GoNB kernel cannot be registered in %s: %w", data, err)
	}
	// GoNB looks for goimports on PATH, where a Jupyter that this command did not start lacks it. The workspace is
	// the one of -go_work, whatever the environment says.
	path := filepath.Join(data, "kernels", "gonb", "kernel.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var spec map[string]any
	if err := json.Unmarshal(text, &spec); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	spec["env"] = map[string]string{"PATH": bin + string(os.PathListSeparator) + "${PATH}", "GOWORK": ""}
	if text, err = json.MarshalIndent(spec, "", " "); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// hidden is what Jupyter's file browser leaves out of the folder of the notebooks: the sources beside them.
var hidden = []string{"*.go", "*.py", "__pycache__", "nb", "testdata", "*.work", "*.work.sum"}

// serve opens Jupyter on the notebooks and waits until it ends. Its file browser shows notebooks and what they write.
func (s *setup) serve(ctx context.Context, ip string, port int) error {
	if warning := reachable(ip, port); warning != "" {
		fmt.Fprintln(os.Stderr, warning)
	}
	versions, err := s.versions(ctx, s.jupyter)
	if err != nil {
		return err
	}
	app := "lab"
	if versions["jupyterlab"] == "" {
		app = "notebook"
	}
	args := []string{app, "--no-browser", "--ip=" + ip, "--port=" + strconv.Itoa(port)}
	for _, glob := range hidden {
		args = append(args, "--ContentsManager.hide_globs="+glob)
	}
	if os.Getuid() == 0 {
		args = append(args, "--allow-root") // Jupyter asks for it
	}
	cmd := s.build(ctx, s.jupyter, args...)
	cmd.Dir = filepath.Join(s.root, "notebooks")
	cmd.Stdout, cmd.Stderr, cmd.Stdin = os.Stdout, os.Stderr, os.Stdin
	fmt.Printf("Opening Jupyter at http://%s:%d; the address with its token follows. Ctrl-C ends it.\n", ip, port)
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("jupyter %s: %w", app, err)
	}
	return nil
}

// findJupyter finds a Jupyter that can execute notebooks, or installs one: by apt-get as root, else in a virtual
// environment in the cache.
func (s *setup) findJupyter(ctx context.Context) error {
	venv := filepath.Join(s.cache, "venv")
	candidates := []string{"jupyter", "/usr/bin/jupyter", filepath.Join(venv, "bin", "jupyter")}
	var tried []string
	find := func() bool {
		tried = tried[:0]
		for _, c := range candidates {
			path, err := exec.LookPath(c)
			if err != nil {
				tried = append(tried, c+": not found")
				continue
			}
			if err := s.usable(ctx, path); err != nil {
				tried = append(tried, fmt.Sprintf("%s: %v", path, err))
				continue
			}
			s.jupyter = path
			return true
		}
		return false
	}
	if find() {
		return nil
	}

	apt, aptErr := exec.LookPath("apt-get")
	if aptErr == nil && os.Getuid() == 0 {
		err := s.step("Jupyter by apt-get", func() error {
			if err := s.command(ctx, apt, "update"); err != nil {
				return err
			}
			return s.command(ctx, apt, append([]string{"install", "-y", "--no-install-recommends"}, aptPackages...)...)
		})
		if err == nil && find() {
			return nil
		}
		if err != nil {
			tried = append(tried, fmt.Sprintf("apt-get: %v", err))
		}
	} else {
		tried = append(tried, "apt-get: not tried, it takes root on Debian or Ubuntu")
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}

	err := s.step("Jupyter in a Python environment", func() error {
		if err := s.command(ctx, "python3", "-m", "venv", venv); err != nil {
			return err
		}
		return s.command(ctx, filepath.Join(venv, "bin", "pip"), append([]string{"install"}, pipPackages...)...)
	})
	if err == nil && find() {
		return nil
	}
	if err != nil {
		tried = append(tried, fmt.Sprintf("python3 -m venv and pip: %v", err))
	}
	return fmt.Errorf(`there is no Jupyter that can execute notebooks, and it could not be installed.
Tried:
  %s
Install it by hand, so that the command jupyter is on PATH, and start this again:
  Debian, Ubuntu:  sudo apt-get install %s
  elsewhere:       pip install %s`,
		strings.Join(tried, "\n  "), strings.Join(aptPackages, " "), strings.Join(pipPackages, " "))
}

// usable explains why a Jupyter cannot be used here, if so.
func (s *setup) usable(ctx context.Context, jupyter string) error {
	versions, err := s.versions(ctx, jupyter)
	if err != nil {
		return err
	}
	if versions["nbconvert"] == "" {
		return errors.New("it lacks nbconvert")
	}
	if versions["notebook"] == "" && versions["jupyterlab"] == "" {
		return errors.New("it lacks the notebook server")
	}
	// hooks.py needs on_cell_executed.
	major, minor := majorMinor(versions["nbclient"])
	if major == 0 && minor < 7 {
		return fmt.Errorf("its nbclient is %q, and 0.7 or newer is needed", versions["nbclient"])
	}
	return nil
}

var versionLine = regexp.MustCompile(`(?m)^(\w+) *: (\d\S*)$`)

// versions asks a Jupyter for the versions of its parts; those that are not installed are absent.
func (s *setup) versions(ctx context.Context, jupyter string) (map[string]string, error) {
	out, err := s.output(ctx, jupyter, "--version")
	if err != nil {
		return nil, err
	}
	versions := make(map[string]string)
	for _, m := range versionLine.FindAllStringSubmatch(out, -1) {
		versions[m[1]] = m[2]
	}
	return versions, nil
}

// majorMinor reads the first two numbers of a version; what is missing is 0.
func majorMinor(version string) (major, minor int) {
	parts := strings.SplitN(version, ".", 3)
	major, _ = strconv.Atoi(parts[0])
	if len(parts) > 1 {
		minor, _ = strconv.Atoi(parts[1])
	}
	return major, minor
}

// goInstall installs Go programs into the cache's bin, at the versions that go.mod or the arguments name.
func (s *setup) goInstall(ctx context.Context, packages ...string) error {
	cmd := s.build(ctx, "go", append([]string{"install"}, packages...)...)
	cmd.Env = append(cmd.Env, "GOBIN="+filepath.Join(s.cache, "bin"), "GOOS=", "GOARCH=")
	return runQuietly(cmd)
}

// step runs one part of the set-up and says what and how long.
func (s *setup) step(what string, do func() error) error {
	fmt.Printf("Setting up %s … ", what)
	start := time.Now()
	if err := do(); err != nil {
		fmt.Println("failed")
		return err
	}
	fmt.Println(seconds(time.Since(start)))
	return nil
}

// build prepares a command in the checkout that is asked to end, not killed, when ctx does, so that a Jupyter can
// stop its kernels.
func (s *setup) build(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = s.root
	cmd.Env = append(append([]string(nil), s.env...), "DEBIAN_FRONTEND=noninteractive")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	return cmd
}

func (s *setup) command(ctx context.Context, name string, args ...string) error {
	return runQuietly(s.build(ctx, name, args...))
}

func (s *setup) output(ctx context.Context, name string, args ...string) (string, error) {
	out, err := s.build(ctx, name, args...).Output()
	if err != nil {
		return "", commandError(name, args, out, err)
	}
	return string(out), nil
}

// runQuietly runs a command whose output matters only when it fails.
func runQuietly(cmd *exec.Cmd) error {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return commandError(filepath.Base(cmd.Path), cmd.Args[1:], out.Bytes(), err)
	}
	return nil
}

func commandError(name string, args []string, out []byte, err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(out) == 0 {
		out = exit.Stderr
	}
	return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, tail(string(out), 15))
}

// tail is the last n lines of a text, indented.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if len(lines) > n {
		lines = append([]string{"…"}, lines[len(lines)-n:]...)
	}
	return "    " + strings.Join(lines, "\n    ")
}
