package main

import (
	"strings"

	"github.com/zcnas/zcnas/datasets/truth/records/internal/columns"
)

// describe says what the accuracy of a table is. That the columns of nasbench201 are test accuracies of seed 888
// after the last epoch was checked against the files of NATS-Bench.
func describe(t *columns.Table) {
	trans := strings.HasPrefix(t.Bench, "transbench101")
	switch {
	case t.Task == "ninapro" || t.Task == "svhn" || t.Task == "scifar100":
		t.Metric, t.Epoch = "accuracy in percent", "last"
	case t.Bench == "nasbench201":
		t.Metric, t.Epoch = "test accuracy in percent (seed 888)", "last"
	case t.Bench == "nasbench301":
		t.Metric, t.Epoch = "validation accuracy in percent, predicted by the surrogate of NAS-Bench-301", "last"
	case trans && t.Task == "room_layout":
		t.Metric = "negative validation loss"
	case trans && (t.Task == "normal" || t.Task == "autoencoder"):
		t.Metric = "structural similarity"
	default:
		t.Metric = "validation accuracy in percent"
	}
	switch {
	case t.Epoch != "":
	case trans && t.Part == "sample":
		t.Epoch = "best"
	default:
		t.Epoch = "last"
	}
}
