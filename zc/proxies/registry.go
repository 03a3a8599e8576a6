package proxies

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/zcnas/zcnas/spaces"
)

var (
	registeredMu sync.RWMutex
	registered   []Proxy
)

// Register adds a proxy, or replaces the one of that name: also from a notebook cell, which may run twice.
func Register(p Proxy) error {
	if p.Name == "" || p.Run == nil {
		return errors.New("proxies: a proxy needs a name and a Run function")
	}
	registeredMu.Lock()
	defer registeredMu.Unlock()
	for i := range registered {
		if registered[i].Name == p.Name {
			registered[i] = p
			return nil
		}
	}
	registered = append(registered, p)
	return nil
}

// MustRegister is [Register] for programs and cells, where a mistake should stop.
func MustRegister(p Proxy) {
	if err := Register(p); err != nil {
		panic(err)
	}
}

// Proxies lists the registered proxies: the post's eight in its order, the others, then the user's.
func All() []Proxy {
	registeredMu.RLock()
	defer registeredMu.RUnlock()
	place := func(p Proxy) int {
		if i := slices.Index(Post(), p.Name); i >= 0 {
			return i
		}
		return len(Post())
	}
	out := slices.Clone(registered)
	slices.SortStableFunc(out, func(a, b Proxy) int { return place(a) - place(b) })
	return out
}

// Post names the eight proxies of the post, in the order of its tables.
func Post() []string {
	return []string{"fisher", "grad_norm", "grasp", "jacob_cov", "snip", "synflow", "flops", "params"}
}

// Lookup finds a proxy by name; the error suggests the nearest one.
func Lookup(name string) (Proxy, error) {
	all := All()
	names := make([]string, len(all))
	for i, p := range all {
		if p.Name == name {
			return p, nil
		}
		names[i] = p.Name
	}
	hint := ""
	if n := spaces.Nearest(name, names); n != "" {
		hint = fmt.Sprintf("; did you mean %q?", n)
	}
	return Proxy{}, fmt.Errorf("proxies: unknown proxy %q%s (there are %s)", name, hint, strings.Join(names, ", "))
}

// Select looks up proxies by name. The names "all" and "post" stand for all and for the post's eight; no name
// means the post's.
func Select(names ...string) ([]Proxy, error) {
	if len(names) == 0 {
		names = []string{"post"}
	}
	var out []Proxy
	seen := map[string]bool{}
	add := func(p Proxy) {
		if !seen[p.Name] {
			seen[p.Name] = true
			out = append(out, p)
		}
	}
	for _, n := range names {
		switch n {
		case "all":
			for _, p := range All() {
				add(p)
			}
		case "post":
			for _, q := range Post() {
				p, err := Lookup(q)
				if err != nil {
					return nil, err
				}
				add(p)
			}
		default:
			p, err := Lookup(n)
			if err != nil {
				return nil, err
			}
			add(p)
		}
	}
	return out, nil
}
