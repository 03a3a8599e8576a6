// Package history has what trainings found: plain records, for those who keep and read them. Package train makes them.
package history

import (
	"fmt"
	"math"
)

// Evaluation is how good a network is on samples that it may not have seen, with running batch-norm statistics.
type Evaluation struct {
	Loss       float64 // mean over the samples, without label smoothing
	Top1, Top5 int     // labels that are the largest output, or among the five largest; 0 without classes
	Samples    int
	Labels     int // Samples, or positions where every position has a label; 0 without classes
}

// Accuracy is the share of labels that are the largest output, in percent; NaN without classes.
func (e Evaluation) Accuracy() float64 {
	if e.Labels == 0 {
		return math.NaN()
	}
	return 100 * float64(e.Top1) / float64(e.Labels)
}

// Metric is what architectures are ranked by, higher being better: the accuracy, or minus the loss without classes.
func (e Evaluation) Metric() float64 {
	if e.Labels == 0 {
		return -e.Loss
	}
	return e.Accuracy()
}

// Record is the state of a training after an epoch; the first, of epoch 0, is the untrained network.
type Record struct {
	Epoch   int
	Rate    float64 // learning rate of the epoch's last step
	Loss    float64 // mean over the epoch's steps, each before its update
	Losses  []float64
	Correct int // training labels that were the largest output when their step was taken
	Samples int
	Test    Evaluation
	// Scores are those of proxies at that state, with the statistics of the minibatch in batch norms (training mode),
	// EvalScores those with running statistics (eval mode); NaN where undefined. Nil where none were asked for.
	Scores, EvalScores map[string]Score
	Seconds            float64 // what the epoch took, without evaluation and scores
}

// Score is a proxy's score, NaN where it is undefined, also in JSON.
type Score float64

// MarshalJSON writes NaN as null.
func (s Score) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(s)) || math.IsInf(float64(s), 0) {
		return []byte("null"), nil
	}
	return fmt.Appendf(nil, "%g", float64(s)), nil
}

// UnmarshalJSON reads null as NaN.
func (s *Score) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*s = Score(math.NaN())
		return nil
	}
	var v float64
	_, err := fmt.Sscan(string(text), &v)
	*s = Score(v)
	return err
}

// History is what a training found, an entry for each epoch.
type History []Record

// Result is one network's training: what it was of, and what was found after every epoch.
type Result struct {
	Space    string // with options, as in score tables: "nats-tss channels=8"
	Arch     string
	Data     string // with options
	Protocol string // with what differs from the protocol of that name
	Seed     uint64
	Epochs   int // that the training is of; History has fewer until it is finished
	History  History
	// Reason says why a training ended before its last epoch: it diverged. "" otherwise.
	Reason string
}

// Finished reports whether nothing is left to do.
func (r *Result) Finished() bool { return r.Reason != "" || len(r.History) > r.Epochs }

// At is the record after an epoch, and whether there is one; a negative number means the last epoch of a training that
// was finished without a reason.
func (r *Result) At(epoch int) (Record, bool) {
	if epoch < 0 {
		if !r.Finished() || r.Reason != "" {
			return Record{}, false
		}
		epoch = r.Epochs
	}
	if epoch >= len(r.History) {
		return Record{}, false
	}
	return r.History[epoch], true
}
