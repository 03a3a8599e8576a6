package train

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
