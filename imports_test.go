// Package zcnas_test holds what is to be true of the whole module.
package zcnas_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/zcnas/zcnas/"

// importRules say which packages of this module others may link, at whatever distance: each package falls under the
// longest rule that is a prefix of its path. The order is notebooks, plotting → zc → datasets → spaces; statistics,
// tables and comparisons stand beside it and need no engine, so that neither does drawing. What lies in the module's
// own internal folder links nothing else and is for all.
var importRules = map[string][]string{
	"internal":                 {},
	"spaces":                   {"spaces"},
	"datasets":                 {"datasets", "spaces"},
	"zc":                       {"zc", "datasets", "spaces"},
	"zc/stats":                 {"zc/stats"},
	"zc/table":                 {"zc/table", "zc/internal"},
	"zc/compare":               {"zc/compare", "zc/stats", "zc/table", "zc/internal"},
	"zc/compare/claims":        {"zc/compare", "zc/stats", "zc/table", "zc/internal", "datasets", "spaces"},
	"zc/search":                {"zc/search", "zc/stats", "spaces"},
	"zc/search/study":          {"zc/search", "zc/stats", "datasets", "spaces"},
	"zc/internal":              {"zc/internal"},
	"zc/store":                 {"zc/store", "zc/table", "zc/train/history", "zc/internal"},
	"zc/train/history":         {"zc/train/history"},
	"zc/weights":               {"zc/weights", "datasets/stream", "spaces"},
	"zc/engine":                {"zc/engine", "spaces"},
	"zc/engine/enginetest":     {"zc/engine", "zc/weights", "datasets/stream", "spaces"},
	"zc/proxies":               {"zc/proxies", "zc/engine", "zc/weights", "datasets", "spaces"},
	"zc/cmd":                   {"zc", "plotting", "datasets", "spaces"},
	"plotting":                 {"plotting", "zc/stats", "zc/table", "zc/compare", "zc/internal", "datasets/truth", "datasets/fetch", "datasets/formats", "datasets/stream", "spaces"},
	"plotting/report":          {"plotting", "zc/stats", "zc/table", "zc/compare", "zc/search", "zc/internal", "datasets", "spaces"},
	"notebooks":                {"notebooks", "plotting", "zc", "datasets", "spaces"},
	"zc/engine/native":         {"zc/engine", "spaces"},
	"zc/engine/native/kernels": {"zc/engine/native/kernels"},
}

// below reports whether a package lies in the folder, or is it.
func below(pkg, folder string) bool { return pkg == folder || strings.HasPrefix(pkg, folder+"/") }

// readSources opens every source, so that go test runs this test again when one has changed: what go list reads it does
// not know of.
func readSources(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != ".":
			return filepath.SkipDir
		case filepath.Ext(path) == ".go":
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			return f.Close()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestImports(t *testing.T) {
	readSources(t)
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Deps " "}}`, "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		pkg, ok := strings.CutPrefix(words[0], module)
		if !ok {
			continue // the root, which has nothing but this test
		}
		packages++
		rule := ""
		for folder := range importRules {
			if below(pkg, folder) && len(folder) > len(rule) {
				rule = folder
			}
		}
		if rule == "" {
			t.Errorf("%s has no place in importRules", pkg)
			continue
		}
		for _, w := range words[1:] {
			dep, ok := strings.CutPrefix(w, module)
			if !ok {
				continue
			}
			allowed := below(dep, "internal")
			for _, folder := range importRules[rule] {
				allowed = allowed || below(dep, folder)
			}
			if !allowed {
				t.Errorf("%s links %s; it may link %s only", pkg, dep, strings.Join(importRules[rule], ", "))
			}
		}
	}
	if packages < len(importRules) {
		t.Errorf("%d packages for %d rules", packages, len(importRules))
	}
}
