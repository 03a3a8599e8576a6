package search

// EvidenceOptions says how much [Study] computes. Zero values stand for the defaults.
type EvidenceOptions struct {
	Ks        []int  // numbers of evaluated architectures; default 5, 10, 20, 50, 100
	Draws     int    // random draws of them; default 20
	Resamples int    // of tasks, spaces and architectures, for intervals; default 2000 (of architectures a tenth)
	Seed      uint64 // equal seeds give equal results
	Progress  func(done, total int)
}

func (o EvidenceOptions) withDefaults() EvidenceOptions {
	if o.Ks == nil {
		o.Ks = []int{5, 10, 20, 50, 100}
	}
	if o.Draws == 0 {
		o.Draws = 20
	}
	if o.Resamples == 0 {
		o.Resamples = 2000
	}
	return o
}

// Evidence is what [Study] finds: Spearman correlations with accuracy.
type Evidence struct {
	Tasks []TaskEvidence
	// Rules compares the rules, which know no accuracy, and the fitted combinations, by number of evaluated
	// architectures, with single proxies.
	Rules  []Contrast
	Fitted []Contrast
	// Chosen are combinations that are chosen on some tasks and tested on others.
	Chosen []Contrast
	// Choices names what was chosen, by what was left out.
	Choices []Choice
}

// TaskEvidence is the evidence of one task.
type TaskEvidence struct {
	Space, Task   string
	Architectures int
	Features      int                // proxies that the fitted combination uses
	Proxies       map[string]float64 // the correlation of each proxy
	Rules         map[string]float64 // of each rule that has its proxies
	Fitted        []FittedPoint      // towards the default rule
}

// FittedPoint is the fitted combination's correlation on the architectures that it was not fitted to.
type FittedPoint struct {
	K         int
	First     float64 // fitted to the first K architectures
	Mean      float64 // over random draws
	Deviation float64
}

// Contrast compares two ways to score on the tasks that have both.
type Contrast struct {
	What, Against string
	Tasks, Wins   int
	Mean          float64 // of What's correlations
	Difference    float64 // mean difference
	// Intervals of the mean difference, at 95%: by drawing tasks, whole spaces or architectures anew.
	OverTasks, OverSpaces, OverArchs *[2]float64 `json:",omitempty"`
}

// Choice is what was chosen with some tasks left out.
type Choice struct {
	By      string // "log-rank of up to three proxies", …
	LeftOut string // a task or a space
	Chosen  string
	Tasks   int
	Mean    float64 // on what was left out
	Flops   float64 // the mean of flops there
}
