package zc

// Key names one score: the score of one proxy for one architecture on one minibatch.
type Key struct {
	Space string // "nats-tss"
	Arch  string // the official notation of the space
	Data  string // "cifar10", "synthetic-cifar10", "reference", …
	Batch int
	Seed  uint64
	Proxy string // "synflow", …
}

// Entry is one row of a [Table].
type Entry struct {
	Key
	Value   float64 // NaN where the score is undefined
	Reason  string  // why the value is NaN; "" otherwise
	Seconds float64 // time that this score took, with its share of the passes
}
