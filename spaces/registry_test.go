package spaces_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/spaces"
)

func TestGet(t *testing.T) {
	for _, s := range spaces.All() {
		if got, err := spaces.Get(s.Name()); err != nil || spaces.FullName(got) != s.Name() {
			t.Errorf("Get(%s) = %v, %v", s.Name(), got, err)
		}
	}
	for name, words := range map[string]string{"nats-tsss": `did you mean "nats-tss"?`, "DART": `did you mean "darts"?`,
		"zzz": "darts, nats-sss, transnas-macro"} {
		if _, err := spaces.Get(name); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("Get(%s): %v, want %q", name, err, words)
		}
	}
}

// custom is a space of a user's own: TSS under another name.
type custom struct {
	*spaces.TSSSpace
	name string
}

func (c custom) Name() string { return c.name }

var customs int // registered; the registry outlives a test that is repeated

func TestRegister(t *testing.T) {
	customs++
	own := custom{spaces.TSS(), fmt.Sprint("custom", customs)}
	open := func(*spaces.Options) (spaces.Space, error) { return own, nil }
	if err := spaces.Register(own.name, open); err != nil {
		t.Fatal(err)
	}
	if _, err := spaces.New(own.name, nil); err != nil {
		t.Error(err)
	}
	if err := spaces.Register(own.name, open); err == nil {
		t.Error("a name was taken twice")
	}
	if err := spaces.Register("", open); err == nil {
		t.Error("a space without a name was registered")
	}
}

func TestNew(t *testing.T) {
	s, err := spaces.New("nats-tss", map[string]any{"channels": 8.0, "cells_per_stage": 1})
	if err != nil {
		t.Fatal(err)
	}
	if g := mustNetwork(t, s, mustParse(t, s, "0"), cifar10); g.Param("stem.conv.weight").Shape[0] != 8 || g.Param("cells.5.downsample.weight") != nil {
		t.Error("the options have no effect")
	}
	for _, n := range []any{8, int8(8), int16(8), int32(8), int64(8), uint(8), uint8(8), uint16(8), uint32(8), uint64(8), float32(8), 8.0, "8"} {
		s, err := spaces.New("nats-tss", map[string]any{"channels": n})
		if err != nil || spaces.FullName(s) != "nats-tss channels=8" {
			t.Errorf("channels of type %T: %v, %v", n, s, err)
		}
	}
	for _, test := range []struct {
		space   string
		options map[string]any
		words   string
	}{
		{"nats-tss", map[string]any{"chanels": 8}, `did you mean "channels"?`},
		{"nats-tss", map[string]any{"channels": 8.5}, "whole number"},
		{"nats-tss", map[string]any{"channels": "eight"}, "whole number"},
		{"nats-tss", map[string]any{"channels": 0}, "want 1 to"},
		{"nats-tss", map[string]any{"layers": 3}, "there are channels, cells_per_stage"},
		{"nats-sss", map[string]any{"channels": 8}, "no options"},
		{"darts", map[string]any{"variant": "nice"}, "one of eval, naslib, archai"},
		{"nats", map[string]any{"x": 1}, "unknown search space"},
		{"nats-tss", map[string]any{"channels": 1e300}, "whole number"},
		{"nats-tss", map[string]any{"channels": uint64(math.MaxUint64)}, "whole number"},
		{"nats-tss", map[string]any{"channels": true}, "whole number"},
		{"nats-tss", map[string]any{"channels": nil}, "whole number"},
	} {
		if _, err := spaces.New(test.space, test.options); err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s %v: %v, want %q", test.space, test.options, err, test.words)
		}
	}
}

// plain has options and does not say which are set.
type plain struct {
	spaces.Space
	name string
}

func (p plain) Name() string { return p.name }

func TestNewChecksNames(t *testing.T) {
	customs++
	name := fmt.Sprint("custom", customs)
	err := spaces.Register(name, func(o *spaces.Options) (spaces.Space, error) {
		o.Int("width", 3, 1, 9, "")
		return plain{spaces.SSS(), name}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := spaces.New(name, map[string]any{"width": 3}); err != nil {
		t.Errorf("a default is no option that is set: %v", err)
	}
	if _, err := spaces.New(name, map[string]any{"width": 4}); err == nil || !strings.Contains(err.Error(), "width=4") {
		t.Errorf("error %v", err)
	}
}
