package zc_test

import (
	"context"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets"
	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc"
)

// A cell may go on after an error and hand over nothing: that is told, and does not end the program.
func TestNil(t *testing.T) {
	scorer, err := zc.NewScorer(zc.WithProxies("snip"))
	if err != nil {
		t.Fatal(err)
	}
	graph, err := small.Network(conv, spaces.Task{Input: spaces.Shape{C: 3, H: 8, W: 8}, Outputs: 2})
	if err != nil {
		t.Fatal(err)
	}
	score := func(space spaces.Space, opts ...zc.Option) error {
		_, err := zc.Score(context.Background(), space, []spaces.Arch{conv}, opts...)
		return err
	}
	network := func(g *spaces.Graph, b *datasets.Batch) error {
		_, err := scorer.Network(g, b, datasets.CrossEntropy)
		return err
	}
	trained := func(g *spaces.Graph, b *datasets.Batch) error {
		_, err := scorer.Trained(g, nil, false, b, datasets.CrossEntropy)
		return err
	}
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"space", score(nil), "the search space is nil"},
		{"data set", score(small, zc.WithData(nil)), "the data set is nil"},
		{"option", score(small, zc.WithBatch(2), nil), "option 2 of 2 is nil"},
		{"network", network(nil, &datasets.Batch{}), "the network is nil"},
		{"minibatch", network(graph, nil), "the minibatch is nil"},
		{"trained network", trained(nil, &datasets.Batch{}), "the network is nil"},
		{"minibatch of a trained network", trained(graph, nil), "the minibatch is nil"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.err == nil || !strings.Contains(tt.err.Error(), tt.want) {
				t.Errorf("error %v, want one that says %q", tt.err, tt.want)
			}
		})
	}
}

// With one sample there is nothing to correlate it with, and with one sample of each class nothing within a class.
func TestTooFewSamples(t *testing.T) {
	for _, tt := range []struct {
		batch     int
		undefined map[string]string
	}{
		{1, map[string]string{"jacob_cov": "one sample", "epe_nas": "no class has two samples"}},
		{2, map[string]string{"epe_nas": "no class has two samples"}}, // of ten classes, drawn evenly
	} {
		scores, err := zc.Score(context.Background(), small, []spaces.Arch{conv}, zc.WithProxies("jacob_cov", "epe_nas", "snip"), zc.WithBatch(tt.batch))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range scores.Entries() {
			want, undefined := tt.undefined[e.Proxy]
			if undefined != (e.Value != e.Value) || !strings.Contains(e.Reason, want) {
				t.Errorf("batch %d: %s is %v, reason %q; want undefined: %v, with %q", tt.batch, e.Proxy, e.Value, e.Reason, undefined, want)
			}
		}
	}
}
