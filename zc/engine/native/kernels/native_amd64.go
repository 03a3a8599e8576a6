package kernels

// native lists the assembly sets this CPU runs, the fastest first.
func native() []level { return nil }
