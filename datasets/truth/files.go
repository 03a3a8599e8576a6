package truth

import (
	"fmt"

	"github.com/zcnas/zcnas/datasets/fetch"
)

// File is a published file of ground truth that has to be put in place by hand.
type File struct {
	Name  string // of the published file or folder
	Title string
	From  string
	Terms string
	names []string // under the data folders
}

var files = []File{
	{"NATS-tss-v1_0-3ffb9-simple", "NATS-Bench TSS, all records", "https://github.com/D-X-Y/NATS-Bench", "MIT",
		[]string{"NATS-tss-v1_0-3ffb9-simple.tar", "NATS-tss-v1_0-3ffb9-simple", "nats-bench/NATS-tss-v1_0-3ffb9-simple.tar", "nats-bench/NATS-tss-v1_0-3ffb9-simple"}},
	{"NATS-sss-v1_0-50262-simple", "NATS-Bench SSS, all records", "https://github.com/D-X-Y/NATS-Bench", "MIT",
		[]string{"NATS-sss-v1_0-50262-simple.tar", "NATS-sss-v1_0-50262-simple", "nats-bench/NATS-sss-v1_0-50262-simple.tar", "nats-bench/NATS-sss-v1_0-50262-simple"}},
	{"transnas-bench_v10141024.pth", "TransNAS-Bench-101, all epochs", "https://github.com/yawen-d/TransNASBench", "none stated for the file; its code is MIT",
		[]string{"transnas-bench_v10141024.pth", "transnas/transnas-bench_v10141024.pth"}},
}

// Files lists the published files that [NATSBench] and [OpenTransNAS] read.
func Files() []File { return append([]File(nil), files...) }

// Find returns the path of the file on this machine. The error says where it is to be had and where to put it.
func (f File) Find(opts ...fetch.Option) (string, error) {
	path, err := fetch.Locate(f.Title, f.From, f.names, opts...)
	if err != nil {
		return "", fmt.Errorf("truth: %w", err)
	}
	return path, nil
}
