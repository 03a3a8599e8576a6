// Package report draws everything that a study of zero-cost proxies has to show, and writes it as files for a paper:
// the tables and Figures 3 to 8 of "A Deeper Look at Zero-Cost Proxies for Lightweight NAS" (ICLR blog track, 2022),
// for its published numbers and for any others.
//
//	study, err := report.Published()
//	files, err := report.Write("figures", []*report.Study{study})
//
// A [Study] is one source of numbers. Its [Study.Items] are the figures and tables, for notebooks too.
package report

import (
	"errors"
	"fmt"
	"math"

	"github.com/zcnas/zcnas/datasets/truth"
	"github.com/zcnas/zcnas/datasets/truth/records"
	"github.com/zcnas/zcnas/zc/compare"
	"github.com/zcnas/zcnas/zc/table"
)

// Study is the numbers of one source. What is not set is left out of the report.
type Study struct {
	Name     string            // of the folder that its files go into: "published"
	Title    string            // "Published in the post"
	Text     string            // where the numbers come from
	Results  compare.Results   // correlations with the ground truth: one of each proxy and task, all of one statistic
	Matrices []*compare.Matrix // Spearman's coefficient of all pairs, of a task each
	Printed  *compare.RankTable
	Scatters []Scores
	// Remarks are what a reader must know of the numbers on a task: they stand with every table and figure of it.
	Remarks map[compare.TaskID]string

	post bool // captions name the tables and figures of the post
}

// Scores are the scores of a task with the true values of the architectures: a grid of scatters.
type Scores struct {
	compare.TaskID
	Table  *table.Table       // one run
	Truth  map[string]float64 // as in [compare.Correlate]; nil where it is not known
	Metric string             // what Truth is, as [truth.Label] says; "" is "ground truth"
}

// Published is the study of the post's own numbers: Tables 1 to 3, the matrices behind Figures 3 and 4, and Table 4
// as printed.
func Published() (*Study, error) {
	s := &Study{
		Name: "published", Title: "Published in the post", post: true,
		Text: "Tables 1 to 3 and the matrices behind Figures 3 and 4 of the post, on 1000 architectures (100 on TransNAS-Bench-101). " +
			"Average ranks, profiles and tests are computed from these. The matrices of Figure 5 were published as pictures only; " +
			"the post's Figure 6 includes them, the mean matrices here do not. Intervals follow from ρ and the number of architectures " +
			"(Bonett and Wright 2000).",
	}
	var err error
	if s.Results, err = compare.PublishedResults(); err != nil {
		return nil, err
	}
	if s.Matrices, err = compare.PublishedMatrices(); err != nil {
		return nil, err
	}
	s.Printed, err = compare.PublishedRanks()
	return s, err
}

// suiteRemarks says which columns of the suite's study are noise: those of networks in which, as ConstantSum of package
// engine finds, the gradient that jacob_cov takes is 0. On room_layout networks end as they do for classification.
func suiteRemarks() map[compare.TaskID]string {
	out := map[compare.TaskID]string{{Space: "DARTS", Task: "cifar10"}: "jacob_cov on DARTS is rounding noise."}
	for _, name := range []string{"transnas-micro", "transnas-macro"} {
		b, _ := truth.BenchOf(name)
		for _, task := range []string{"class_scene", "class_object", "room_layout"} {
			out[compare.TaskID{Space: b.Title, Task: task}] = "jacob_cov on class_scene, class_object and room_layout of TransNAS-Bench-101 is rounding noise."
		}
	}
	return out
}

// SuiteZero is the study of the scores and accuracies that NAS-Bench-Suite-Zero publishes (Krishnakumar et al. 2022),
// with bootstrap intervals, on the tasks of the benchmarks themselves. The records are in the program. On an error the
// study holds what could be computed.
func SuiteZero() (*Study, error) {
	s := &Study{
		Name: "suite-zero", Title: compare.SourceSuite,
		Text: "Scores by the authors of NAS-Bench-Suite-Zero (PyTorch) with the accuracies of the benchmarks, of the same architectures. " +
			"Not the post's architectures, and not its initialisation. Undefined scores are left out pair by pair. Intervals are bootstrap intervals. " +
			"jacob_cov on DARTS, and on class_scene, class_object and room_layout of TransNAS-Bench-101, is rounding noise: all that these networks " +
			"average comes out of batch norms, so the gradient of their summed outputs is 0. Rounding errors depend on the architecture too, " +
			"so such a column may look good, even best.",
		Remarks: suiteRemarks(),
	}
	var errs []error
	for _, b := range truth.Benches() {
		all, err := records.Sample(b.Name)
		if err != nil {
			continue // none of the size space
		}
		suite := all.Only(b.Own()...)
		for _, task := range suite.Tasks() {
			if err := s.AddScores(Scores{TaskID: compare.TaskID{Space: b.Title, Task: task}, Table: compare.TruthTable(suite, b.Title, task),
				Truth: compare.TruthColumn(suite, task), Metric: truth.Label(task)}, compare.SourceSuite); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return s, errors.Join(errs...)
}

// AddScores adds what follows from the scores of a task, which must be of one run: the all-pairs matrix and, where the
// true values are known, the correlations with bootstrap intervals and the scatters. Errors are those of
// [compare.Correlate].
func (s *Study) AddScores(x Scores, source string) error {
	m, err := compare.AllPairs(x.Table, x.Truth)
	if err != nil {
		return err
	}
	m.TaskID, m.Source = x.TaskID, source
	if x.Truth == nil {
		s.Matrices = append(s.Matrices, m)
		return nil
	}
	c, err := compare.Correlate(x.Table, x.Truth)
	if err != nil {
		return err
	}
	s.Matrices = append(s.Matrices, m)
	s.Results = append(s.Results, c.Results(x.TaskID, source, "")...)
	s.Scatters = append(s.Scatters, x)
	return nil
}

// check finds what would make the report wrong or ambiguous.
func (s *Study) check() error {
	if Slug(s.Name) != s.Name || s.Name == "" {
		return fmt.Errorf("report: the study's name %q is no name of a folder; use small letters, digits and -", s.Name)
	}
	if len(s.Results) == 0 && len(s.Matrices) == 0 && len(s.Scatters) == 0 {
		return fmt.Errorf("report: the study %s has no results and no matrices", s.Name)
	}
	if len(s.Results) > 0 {
		if _, _, _, err := s.Results.Grid(nil); err != nil {
			return fmt.Errorf("report: %s: %w", s.Name, err)
		}
	}
	for i, m := range s.Matrices {
		if m == nil {
			return fmt.Errorf("report: %s: matrix %d is nil", s.Name, i+1)
		}
	}
	return nil
}

// complete are the proxies with a correlation on every task: the only ones that tests can compare.
func complete(results compare.Results) ([]string, error) {
	_, names, rho, err := results.Grid(nil)
	if err != nil {
		return nil, err
	}
	var out []string
	for j, name := range names {
		ok := true
		for _, row := range rho {
			ok = ok && !math.IsNaN(row[j])
		}
		if ok {
			out = append(out, name)
		}
	}
	return out, nil
}
