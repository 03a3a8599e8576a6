package main

import (
	"strings"
	"testing"
)

// What is given twice is an error that names both places, never silently the last.
func TestGivenTwice(t *testing.T) {
	scores := write(t, "s.csv", scoreCSV)
	correlate := func(truth string) []string { return []string{"correlate", scores, "-truth", truth, "-task", "cifar10"} }
	row := func(arch, value string) string { return arch + "," + value + "\n" }
	for _, tt := range []struct {
		name string
		args []string
		code int
		want []string
	}{
		{"accuracy", correlate(write(t, "t.csv", "arch,cifar10\n"+row(testArch(0), "1")+row(testArch(1), "2")+row(testArch(0), "3"))), exitFailure,
			[]string{"t.csv", "the lines 2 and 4 both have a value of " + testArch(0)}},
		{"accuracy in two notations", correlate(write(t, "t.csv", "arch,cifar10\n"+row("0", "1")+row(testArch(1), "2")+row(archOfIndex(t, "0"), "1"))), exitFailure,
			[]string{"the lines 2 and 4"}},
		{"column of accuracies", correlate(write(t, "t.csv", "arch,cifar10,cifar10\n")), exitFailure,
			[]string{"t.csv", `the columns 2 and 3 are both named "cifar10"`}},
		{"accuracy in the suite's JSON", correlate(write(t, "t.json", `{"cifar10": {"(0, 0, 0, 0, 0, 0)": {"val_accuracy": 1}, "(0, 0, 0, 0, 0, 0)": {"val_accuracy": 2}}}`)), exitFailure,
			[]string{"t.json", "twice"}},
		{"score", []string{"correlate", write(t, "s.csv", scoreCSV+"nats-tss,"+testArch(1)+",cifar10,64,0,params,7\n"), "-truth", "nasbench201"}, exitFailure,
			[]string{"s.csv", "line 14", "is 7 here and 1 in line 4"}},
		{"option", []string{"score", "-option", "channels=4", "-option", "channels=8", "-sample", "1"}, exitUsage,
			[]string{"-option channels is given twice, as 4 and as 8"}},
		{"flag", []string{"score", "-seed", "1", "-sample", "1", "--seed", "2"}, exitUsage, []string{"-seed is given twice"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := zcRun(tt.args...)
			if code != tt.code || out != "" {
				t.Errorf("exit code %d, want %d; printed %q", code, tt.code, out)
			}
			for _, w := range tt.want {
				if !strings.Contains(errs, w) {
					t.Errorf("error %q, want one with %q", errs, w)
				}
			}
		})
	}
}

// An error about two files names both.
func TestCorrelateNamesFiles(t *testing.T) {
	scores, truth := write(t, "s.csv", scoreCSV), write(t, "t.csv", "arch,cifar10\n"+archOfIndex(t, "9999")+",1\n")
	code, _, errs := zcRun("correlate", scores, "-truth", truth)
	if code != exitFailure || !strings.Contains(errs, scores+" with "+truth+": ") || !strings.Contains(errs, "is among the 1 true values") {
		t.Errorf("exit code %d, %q", code, errs)
	}
}

// archOfIndex is the official notation of an architecture.
func archOfIndex(t *testing.T, index string) string {
	t.Helper()
	out := mustRun(t, "spaces", "-space", "nats-tss", "-arch", index)
	for word := range strings.FieldsSeq(out) {
		if strings.HasPrefix(word, "|") {
			return word
		}
	}
	t.Fatalf("no notation in %s", out)
	return ""
}
