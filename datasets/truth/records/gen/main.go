// Command gen makes the embedded records from the published files:
//
//	go run ./datasets/truth/records/gen -from ../shared/data -to datasets/truth/records
//
// -from is a folder with nas-bench-suite-zero/*.json, the files of automl/NASLib as published, and
// ground-truth/*.gz, the numbers of NASLib's result archives (NOTICE names the commits). -to is where the
// *.records files go. With -computed FOLDER it makes the files of this project's own scores instead, from the sweeps
// that NOTICE names.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/zcnas/zcnas/datasets/truth/records/internal/columns"
)

func main() {
	log.SetFlags(0)
	from := flag.String("from", "../shared/data", "folder of the published files")
	to := flag.String("to", "datasets/truth/records", "folder for the records")
	computed := flag.String("computed", "", "folder of sweeps in CSV, to make the files of this project's own scores")
	flag.Parse()
	make := run
	if *computed != "" {
		make, *from = runComputed, *computed
	}
	if err := make(*from, *to); err != nil {
		log.Fatal("gen: ", err)
	}
}

func run(from, to string) error {
	r := reader{from: from}
	small := r.json("ground-truth/suite_ninapro_svhn_scifar100.json.gz", "")
	sample := func(bench string) []columns.Table {
		return append(r.json("nas-bench-suite-zero/zc_"+bench+".json", bench), of(bench, small)...)
	}
	files := map[string][]columns.Table{
		"nasbench101_sample":         r.json("ground-truth/zc_nasbench101.json.gz", ""),
		"nasbench201_sample":         sample("nasbench201"),
		"nasbench301_sample":         sample("nasbench301"),
		"transbench101_micro_sample": sample("transbench101_micro"),
		"transbench101_macro_sample": sample("transbench101_macro"),
		"nasbench201_whole":          r.csv("nasbench201"),
		"transbench101_micro_whole":  r.csv("transbench101_micro"),
		"transbench101_macro_whole":  r.csv("transbench101_macro"),
	}
	if r.err != nil {
		return r.err
	}
	for _, tables := range files {
		for i := range tables {
			describe(&tables[i])
		}
	}
	return write(to, files)
}

func write(to string, files map[string][]columns.Table) error {
	for name, tables := range files {
		f, err := os.Create(filepath.Join(to, name+".records"))
		if err != nil {
			return err
		}
		if err := errors.Join(columns.Encode(f, tables), f.Close()); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// of returns the tables of a benchmark.
func of(bench string, tables []columns.Table) []columns.Table {
	var out []columns.Table
	for _, t := range tables {
		if t.Bench == bench {
			out = append(out, t)
		}
	}
	return out
}
