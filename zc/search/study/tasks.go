// Package study has the published records of package records as tasks of package search.
//
//	task, err := study.Records("nasbench201", "cifar10")
package study

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/datasets/truth/records"
	"github.com/zcnas/zcnas/zc/search"
)

// Records returns a task of the embedded records of NAS-Bench-Suite-Zero with its architectures encoded. Its proxies
// have this project's names ("jacob_cov"); flops is the suite's own count. The proxies that measure rounding noise
// on the task, see [Noise], are left out.
func Records(bench, task string) (*search.Task, error) {
	truth, err := records.Sample(bench)
	if err != nil {
		return nil, err
	}
	return load(truth, bench, task)
}

// Whole returns a task of all architectures of a space: every accuracy is known, and few proxies are, those of
// [records.Computed] and those that were published.
func Whole(bench, task string) (*search.Task, error) {
	truth, err := records.Whole(bench)
	if err != nil {
		return nil, err
	}
	t, err := load(truth, bench, task)
	if err != nil {
		return nil, err
	}
	own, err := records.Computed(bench)
	if err != nil {
		return nil, err
	}
	for _, p := range own.Proxies() {
		if !slices.Contains(t.Proxies, p) {
			t.Proxies = append(t.Proxies, p)
			t.Scores = append(t.Scores, own.Scores(p))
		}
	}
	return t, nil
}

func load(truth *records.Truth, bench, task string) (*search.Task, error) {
	table, err := truth.Table(task)
	if err != nil {
		return nil, err
	}
	t := &search.Task{Space: bench, Name: task, Archs: table.Archs(), Accuracy: table.Accuracies()}
	noise := Noise(bench, task)
	for _, p := range table.Proxies() {
		name := p
		if name == "jacov" {
			name = "jacob_cov"
		}
		if slices.Contains(noise, name) {
			continue
		}
		t.Proxies = append(t.Proxies, name)
		t.Scores = append(t.Scores, table.Scores(p))
	}
	if t.Encoding, err = search.Encode(t.Archs); err != nil {
		return nil, fmt.Errorf("study: %s: %w", t, err)
	}
	return t, nil
}

// Noise names the proxies whose published scores on a task of the records are rounding noise, so that they must
// not be features: jacob_cov where the networks' outputs do not depend on the sample beyond rounding, and epe_nas
// outside NATS-Bench.
func Noise(bench, task string) []string {
	var out []string
	classes := strings.HasPrefix(task, "class_") || task == "jigsaw" || task == "room_layout"
	if bench == "nasbench301" && task == "cifar10" || strings.HasPrefix(bench, "transbench101") && classes {
		out = append(out, "jacob_cov")
	}
	if bench != "nasbench201" {
		out = append(out, "epe_nas")
	}
	return out
}

// Tasks lists the tasks of the records that have nwot and flops: the 18 of NAS-Bench-Suite-Zero and then, where all is
// set, the nine of NinaPro, SVHN and Spherical CIFAR-100.
func Tasks(all bool) ([]*search.Task, error) {
	var suite, small []*search.Task
	for _, bench := range records.Benches() {
		truth, err := records.Sample(bench)
		if err != nil {
			return nil, err
		}
		for _, task := range truth.Tasks() {
			t, err := load(truth, bench, task)
			if err != nil {
				return nil, err
			}
			switch {
			case !slices.Contains(t.Proxies, "nwot"):
			case task == "ninapro" || task == "svhn" || task == "scifar100":
				small = append(small, t)
			default:
				suite = append(suite, t)
			}
		}
	}
	if all {
		suite = append(suite, small...)
	}
	return suite, nil
}
