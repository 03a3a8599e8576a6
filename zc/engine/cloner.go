package engine

// Cloner is a device that works on several networks at once, each through a clone of its own. That pays where the
// goroutine that gives the orders has to wait for each of them: the device would idle in between.
type Cloner interface {
	Device
	// Clone makes a device for another goroutine. It shares what is compiled, and gives the same numbers.
	Clone() Device
	// Workers is how many networks at once make good use of the device.
	Workers() int
}
