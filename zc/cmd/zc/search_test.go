package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/zc/search"
)

func TestEvidenceCommand(t *testing.T) {
	out := mustRun(t, "evidence", "-task", "nasbench201:cifar10", "-task", "transbench101_macro:class_scene", "-known", "10", "-draws", "2", "-resamples", "50", "-format", "json")
	var e search.Evidence
	if err := json.Unmarshal([]byte(out), &e); err != nil {
		t.Fatal(err)
	}
	if len(e.Tasks) != 2 || e.Tasks[0].Fitted[0].First < 0.8475 || e.Tasks[0].Fitted[0].First > 0.8485 {
		t.Errorf("%+v", e.Tasks)
	}
	text := mustRun(t, "evidence", "-task", "nasbench201:cifar10", "-known", "10", "-draws", "2", "-resamples", "50")
	for _, want := range []string{"nasbench201/cifar10", "0.810", "0.848", "the better of flops and params"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestPredictCommand(t *testing.T) {
	out := mustRun(t, "predict", "nasbench201:cifar10", "-predictors", "ridge", "-features", "proxies", "-known", "10", "-draws", "2", "-format", "csv")
	if !strings.Contains(out, "0.648,0.840") { // fitted to the first ten
		t.Errorf("%s", out)
	}
}

func TestSearchCommand(t *testing.T) {
	out := mustRun(t, "search", "-replay", "transbench101_micro:jigsaw", "-seeds", "2", "-budget", "40", "-methods", "random,move", "-proxy", "synflow")
	if len(strings.Split(strings.TrimSpace(out), "\n")) != 3 || !strings.Contains(out, "synflow") || !strings.Contains(out, "after 40") {
		t.Errorf("%s", out)
	}
	store := t.TempDir() + "/s.sqlite"
	args := []string{"search", "-proxy", "params", "-budget", "40", "-best", "2", "-batch", "2", "-store", store}
	first := mustRun(t, args...)
	if !strings.Contains(first, "cifar100 accuracy") || len(strings.Split(strings.TrimSpace(first), "\n")) != 3 {
		t.Errorf("%s", first)
	}
	if again := mustRun(t, args...); again != first {
		t.Errorf("with all scores in the store it finds\n%s\ninstead of\n%s", again, first)
	}
	one := mustRun(t, "search", "-method", "one-shot", "-budget", "1", "-rounds", "1", "-batch", "4", "-option", "channels=4", "-option", "cells_per_stage=1")
	if !strings.Contains(one, "proposed") || len(strings.Split(strings.TrimSpace(one), "\n")) != 2 {
		t.Errorf("%s", one)
	}
	small := mustRun(t, "search", "-proxy", "flops", "-budget", "20", "-method", "random", "-batch", "2", "-option", "channels=4")
	if strings.Contains(small, "accuracy") {
		t.Errorf("networks that were never trained have accuracies:\n%s", small)
	}
}

func TestSearchCommandsMisused(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"evidence", "-task", "nasbench201"}, "BENCH:TASK"},
		{[]string{"evidence", "-task", "nasbench201:cifar"}, "its tasks are cifar10"},
		{[]string{"evidence", "-known", "1"}, "least"},
		{[]string{"evidence", "-draws", "0"}, "1 or more"},
		{[]string{"predict", "nasbench201:cifar10", "-features", "zc"}, "encoding, proxies and both"},
		{[]string{"predict", "nasbench201:cifar10", "-predictors", "xgb"}, "trees"},
		{[]string{"predict", "nasbench201:cifar10", "-known", "724"}, "left over"},
		{[]string{"search", "-methods", "random"}, "-replay"},
		{[]string{"search", "-proxies", "snip"}, "-proxy"},
		{[]string{"search", "-method", "one-shot", "-space", "darts"}, "no supernet"},
		{[]string{"search", "-method", "one-shot", "-proxy", "snip"}, "by nwot"},
		{[]string{"search", "-proxy", "sinflow"}, "synflow"},
		{[]string{"search", "-replay", "nasbench201:cifar10", "-methods", "rea"}, "evolution"},
		{[]string{"search", "-replay", "nasbench301:cifar10", "-methods", "move", "-budget", "5"}, "neighbours"},
		{[]string{"search", "-replay", "nasbench201:cifar10", "-store", "x.sqlite"}, "computes none"},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			code, _, stderr := zcRun(test.args...)
			if code == exitOK || !strings.Contains(stderr, test.want) {
				t.Errorf("exit code %d, %q; want %q in it", code, stderr, test.want)
			}
		})
	}
}
