package gomlx

// NewAlone is [New] for a test that counts compilations: it shares them with no other device.
func NewAlone(backend string) (*Device, error) {
	b, err := start(normalise(backend))
	if err != nil {
		return nil, err
	}
	return newDevice(newCache(b), &memory{}), nil
}

// Transfers are the numbers of arrays moved to the device and from it.
func (d *Device) Transfers() (sent, received int) { return d.sent, d.received }
