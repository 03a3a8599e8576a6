package zcnas_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var link = regexp.MustCompile(`\]\(([^)#]+)(?:#[^)]*)?\)`)

// What the documents of the repository lead to is there.
func TestDocumentLinks(t *testing.T) {
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/ARCHITECTURE.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// The architecture page and its picture have every package of the upper two levels, and none that is gone.
func TestArchitecturePage(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		there[strings.TrimPrefix(strings.TrimSpace(line), module)] = true
	}
	text := ""
	for _, name := range []string{"docs/ARCHITECTURE.md", "docs/packages.svg"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text += string(data)
	}
	for pkg := range there {
		if parts := strings.Split(pkg, "/"); len(parts) > 2 || strings.Contains(pkg, "internal") || !strings.HasPrefix(pkg, "zc/") {
			continue
		}
		if !strings.Contains(text, pkg) {
			t.Errorf("neither the page nor its picture names %s", pkg)
		}
	}
	for _, m := range regexp.MustCompile("`((?:zc|datasets|plotting|spaces|notebooks|internal)/[a-z/]+)`|>((?:zc|datasets|plotting|notebooks)/[a-z/]+)<").FindAllStringSubmatch(text, -1) {
		if name := m[1] + m[2]; !there[strings.TrimSuffix(name, "/")] && !strings.HasSuffix(name, "/") {
			t.Errorf("%s is no package", name)
		}
	}
}
