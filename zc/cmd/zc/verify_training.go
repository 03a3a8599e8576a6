package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/zcnas/zcnas/zc"
	"github.com/zcnas/zcnas/zc/reference"
)

// trainingFiles are those of the files whose cases are trainings; the others' are scores.
func trainingFiles(files []string) (trainings, scores []string, err error) {
	for _, name := range files {
		is, err := isTraining(name)
		if err != nil {
			return nil, nil, err
		}
		if is {
			trainings = append(trainings, name)
		} else {
			scores = append(scores, name)
		}
	}
	return trainings, scores, nil
}

// isTraining reports whether a file's first case has a training.
func isTraining(name string) (bool, error) {
	f, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		if len(sc.Bytes()) == 0 {
			continue
		}
		var first struct{ Train json.RawMessage }
		// What is wrong with the line is told when the case is read.
		return json.Unmarshal(sc.Bytes(), &first) == nil && first.Train != nil, nil
	}
	return false, sc.Err()
}

// verifyTrainings trains the cases of the files and compares all their numbers with the expected ones.
func (c *verifyCmd) verifyTrainings(a *app, files []string) error {
	g := &grid{head: []string{"file", "cases", "numbers", "within their tolerance", "out of bounds", "worst", "verdict"}}
	var bad []string
	start := time.Now()
	out := json.NewEncoder(a.stdout)
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		cases, err := reference.ReadTrainingCases(f)
		f.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		all, close, outside := 0, 0, 0
		worst, in := 0.0, ""
		for i := range cases {
			if err := a.ctx.Err(); err != nil {
				return fmt.Errorf("stopped after %d of %d cases: %w", i, len(cases), err)
			}
			done := a.finishing("the training at hand")
			numbers, err := cases[i].Verify(a.ctx, zc.WithBackend(c.Backend), zc.WithThreads(c.Threads))
			done()
			if err != nil {
				return fmt.Errorf("%s, case %d, %s: %w", name, i+1, cases[i].Arch, err)
			}
			for _, n := range numbers {
				n.Case = i
				all++
				if n.Close {
					close++
				}
				if !n.Within {
					outside++
				}
				if n.Off > worst {
					worst, in = n.Off, fmt.Sprintf("%.2g tolerances off: case %d, %s", n.Off, i+1, n.What)
				}
				if c.JSON {
					if err := out.Encode(n); err != nil {
						return err
					}
				}
			}
		}
		verdict := "ok"
		if outside > 0 || float64(close) < reference.CloseShare*float64(all) {
			verdict = "FAIL"
			bad = append(bad, name)
		}
		g.add(name, fmt.Sprint(len(cases)), fmt.Sprint(all), fmt.Sprintf("%.1f%%", 100*float64(close)/float64(max(all, 1))), fmt.Sprint(outside), in, verdict)
	}
	w := a.stdout
	if c.JSON {
		w = a.stderr
	}
	if err := g.write(w, "table"); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "trainings on %s in %.1f s\n", c.Backend, time.Since(start).Seconds()); err != nil {
		return err
	}
	if len(bad) > 0 {
		return fmt.Errorf("trainings out of tolerance: %v", bad)
	}
	return nil
}
