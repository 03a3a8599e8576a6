// Package claims holds the statements of "A Deeper Look at Zero-Cost Proxies for Lightweight NAS" (White et al., ICLR
// blog track 2022) that carry a number or follow from its tables, each with a computation that says whether it holds:
//
//	for _, c := range claims.Post() {
//		f, err := c.Check() // f.Value, f.Verdict
//	}
//
// Everything is computed when asked for, from the post's own tables and matrices, from the search spaces as they are
// built here, and from the records of NAS-Bench-Suite-Zero; each finding says from which.
package claims

// Verdict is what a computation says of a claim.
type Verdict string

// The verdicts.
const (
	Holds  Verdict = "holds"
	Partly Verdict = "in part"
	Fails  Verdict = "does not hold"
)

// Claim is one statement of the post.
type Claim struct {
	Section string // heading in the post
	Text    string // what it says, shortened
	// Check computes what the statement is about.
	Check func() (Finding, error)
}

// Finding is the outcome of a check.
type Finding struct {
	Value   string // what was computed
	Source  string // from what
	Verdict Verdict
}

// Sources of findings.
const (
	tables  = "Tables 1–4 (published)"
	figures = "Figures 3–4 (published matrices)"
	suite   = "NAS-Bench-Suite-Zero (recorded)"
	built   = "spaces as built here (computed)"
	stated  = "the post's own numbers"
)

const (
	background  = "Background"
	evaluation  = "Evaluation on diverse tasks"
	correlation = "Correlations among proxies"
	relative    = "Relative performance"
	training    = "As training progresses"
	weaknesses  = "Weaknesses"
	conclusions = "Conclusions"
)

// Post lists the claims in the order of the post.
func Post() []Claim {
	return []Claim{
		{background, "NATS-Bench TSS has 15,625 architectures, 6,466 of them not isomorphic", topologies},
		{background, "NATS-Bench SSS has 32,768 architectures", sizes},
		{background, "DARTS consists of 10¹⁸ architectures", darts},
		{background, "TransNAS-Bench-101 micro has 4,096 architectures and macro 3,256", transnas},
		{background, "Micro has 4 operations for each edge, NAS-Bench-201 has 6", operations},
		{evaluation, "On TSS, synflow and jacob_cov perform best", bestOnTSS},
		{evaluation, "On Synthetic CIFAR-10 (TSS), all proxies but jacob_cov are negatively correlated", negativeOnSynthetic},
		{evaluation, "On DARTS, fisher, grad_norm, grasp and params are each best on at least one data set", bestOnDARTS},
		{evaluation, "On TransNAS-Bench-101, snip and fisher perform particularly well", bestOnTransNAS},
		{evaluation, "synflow and params do very well on some tasks and very poorly on others", inconsistent},
		{correlation, "flops and params are consistently highly correlated", flopsParams},
		{correlation, "synflow is often highly correlated with flops and params", synflowSize},
		{correlation, "grad_norm, snip and fisher are highly correlated with one another", gradients},
		{relative, "Best average ranks: synflow 1.33 on TSS, params 3.8 on DARTS, fisher 2.75 on TransNAS-Bench-101", bestRanks},
		{relative, "Over all spaces, every proxy has an average rank between 4.0 and 5.5", rankRange},
		{relative, "On DARTS Spherical CIFAR-100, snip is 1.46-suboptimal", suboptimal},
		{training, "At initialisation on CIFAR-10, jacob_cov has 0.69 and grasp 0.63 on TSS", initialisation},
		{weaknesses, "On some tasks the majority of proxies has a negative correlation", majorityNegative},
		{weaknesses, "flops has the best average rank over all 12 tasks", flopsFirst},
		{weaknesses, "A six-fold faster search (0.3 to 0.05 GPU-days) before 1.2 days of training gains 1.2×; at best 1.25×", amdahl},
		{conclusions, "No proxy performs significantly better than the others", friedman},
		{conclusions, "No proxy performs significantly better than the others: on more tasks than the post had", friedmanSuite},
		{conclusions, "flops and params are very competitive baselines", baselines},
	}
}
