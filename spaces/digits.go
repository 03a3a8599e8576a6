package spaces

import (
	"fmt"
	"iter"
	"math/big"

	"github.com/zcnas/zcnas/internal/shuffle"
)

// digits is a space whose architectures are short rows of digits, one for each decision: the part of a space that does
// not depend on what the digits mean. Spaces embed it.
type digits struct {
	name  string
	radix []int                              // how many values each digit has; the last is the lowest
	parse func(text string) ([]uint8, error) // reads any encoding
	write func(d []uint8) Arch               // is the official notation

	// codes lists the digits' numbers in the order of the space; nil where that is 0, 1, 2, … and every row of digits
	// is an architecture.
	codes func() []uint16
	// valid says which rows of digits are architectures; nil where all are.
	valid func(d []uint8) bool
}

// Name is the space's identifier.
func (s *digits) Name() string { return s.name }

// Size is the number of architectures.
func (s *digits) Size() *big.Int { return big.NewInt(int64(s.count())) }

func (s *digits) count() int {
	if s.codes != nil {
		return len(s.codes())
	}
	n := 1
	for _, r := range s.radix {
		n *= r
	}
	return n
}

// Parse reads an architecture in any of the space's encodings and returns it in the official notation. Blanks around it
// are ignored. Its errors are of type [*ParseError].
func (s *digits) Parse(text string) (Arch, error) {
	d, err := s.parse(text)
	if err != nil {
		return "", err
	}
	return s.write(d), nil
}

// at is the architecture of that number in the order of the space.
func (s *digits) at(number int) []uint8 {
	if s.codes != nil {
		number = int(s.codes()[number])
	}
	return s.decode(number)
}

// decode are the digits of a number.
func (s *digits) decode(number int) []uint8 {
	d := make([]uint8, len(s.radix))
	for i := len(d) - 1; i >= 0; i-- {
		d[i] = uint8(number % s.radix[i])
		number /= s.radix[i]
	}
	return d
}

// code is the inverse of decode.
func (s *digits) code(d []uint8) int {
	n := 0
	for i, v := range d {
		n = n*s.radix[i] + int(v)
	}
	return n
}

// Enumerate lists all architectures in the order of the space: that of its benchmark's index where there is one.
func (s *digits) Enumerate() iter.Seq[Arch] {
	return func(yield func(Arch) bool) {
		for i := range s.count() {
			if !yield(s.write(s.at(i))) {
				return
			}
		}
	}
}

// Sample draws n different architectures, uniformly; equal seeds give equal samples. It fails if n is negative or more
// than there are.
func (s *digits) Sample(n int, seed uint64) ([]Arch, error) {
	size := s.count()
	if n < 0 || n > size {
		return nil, fmt.Errorf("spaces: %s: cannot draw %d of %d architectures", s.name, n, size)
	}
	list := make([]Arch, n)
	for i, number := range shuffle.Draw(n, size, newRand(seed).IntN) {
		list[i] = s.write(s.at(number))
	}
	return list, nil
}

// Neighbours lists the architectures that differ in one digit.
func (s *digits) Neighbours(a Arch) ([]Arch, error) {
	d, err := s.parse(string(a))
	if err != nil {
		return nil, err
	}
	var list []Arch
	for i, was := range d {
		for v := range uint8(s.radix[i]) {
			if d[i] = v; v != was && (s.valid == nil || s.valid(d)) {
				list = append(list, s.write(d))
			}
		}
		d[i] = was
	}
	return list, nil
}

// checkNumber reports a number that no architecture has.
func (s *digits) checkNumber(number int) error {
	if size := s.count(); number < 0 || number >= size {
		return fmt.Errorf("spaces: %s: index %d is not in 0…%d", s.name, number, size-1)
	}
	return nil
}
