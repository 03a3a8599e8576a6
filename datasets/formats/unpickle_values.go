package formats

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// byte reads one byte.
func (u *Unpickler) byte() (byte, error) {
	if u.read >= u.end {
		return 0, u.tooLong()
	}
	b, err := u.r.ReadByte()
	if err == nil {
		u.read++
	}
	return b, err
}

func (u *Unpickler) tooLong() error {
	// One byte more tells a stream that is too long from one that has ended.
	if _, err := u.r.Peek(1); err != nil {
		return io.ErrUnexpectedEOF
	}
	return fmt.Errorf("it has more than the %d bytes that such a file may have", u.end)
}

// bytes reads n bytes. Memory grows with what is there, not with what n says.
func (u *Unpickler) bytes(n uint64) ([]byte, error) {
	if n > uint64(u.end-u.read) {
		if u.end-u.read > 0 {
			return nil, fmt.Errorf("a value of %d bytes, more than the rest of the file", n)
		}
		return nil, u.tooLong()
	}
	const chunk = 1 << 20
	b := make([]byte, 0, min(n, chunk))
	for uint64(len(b)) < n {
		if len(b) == cap(b) {
			grown := make([]byte, len(b), min(n, 2*uint64(cap(b))))
			copy(grown, b)
			b = grown
		}
		k, err := io.ReadFull(u.r, b[len(b):cap(b)])
		b = b[:len(b)+k]
		u.read += int64(k)
		if err != nil {
			return nil, io.ErrUnexpectedEOF
		}
	}
	return b, nil
}

// line reads up to a line's end, which it leaves out.
func (u *Unpickler) line(most int64) ([]byte, error) {
	var line []byte
	for {
		part, err := u.r.ReadSlice('\n')
		u.read += int64(len(part))
		if u.read > u.end || int64(len(line)+len(part)) > most {
			return nil, fmt.Errorf("a line of more than %d bytes", min(most, u.end))
		}
		if err == nil {
			part = part[:len(part)-1]
			if line == nil {
				return part, nil // valid until the next read
			}
			return append(line, part...), nil
		}
		if err != bufio.ErrBufferFull {
			return nil, err
		}
		line = append(line, part...)
	}
}

// uint reads a little-endian number.
func (u *Unpickler) uint(width int) (uint64, error) {
	var b [8]byte
	for i := range width {
		var err error
		if b[i], err = u.byte(); err != nil {
			return 0, err
		}
	}
	return binary.LittleEndian.Uint64(b[:]), nil
}

// size reads a length and checks it against what may still come.
func (u *Unpickler) size(width int) (uint64, error) {
	n, err := u.uint(width)
	if err == nil && n > uint64(u.end-u.read) {
		err = fmt.Errorf("a length of %d bytes, more than the rest of the file", n)
	}
	return n, err
}

// decimal reads an integer written in digits.
func (u *Unpickler) decimal(digits int64) (any, error) {
	line, err := u.line(digits)
	if err != nil {
		return nil, err
	}
	switch string(line) {
	case "00": // so protocols 0 and 1 write truth values
		return false, nil
	case "01":
		return true, nil
	}
	text := strings.TrimSuffix(string(line), "L")
	if n, err := strconv.Atoi(text); err == nil {
		return n, nil
	}
	if n, ok := new(big.Int).SetString(text, 10); ok {
		return n, nil
	}
	return nil, fmt.Errorf("%.40q is no integer", text)
}

// number reads the argument of an operation that pushes a number.
func (u *Unpickler) number(op byte) (any, error) {
	switch op {
	case 'K', 'M', 'J':
		n, err := u.uint(map[byte]int{'K': 1, 'M': 2, 'J': 4}[op])
		if op == 'J' {
			return int(int32(n)), err
		}
		return int(n), err
	case 'G':
		b, err := u.r.Peek(8)
		if err != nil {
			return nil, io.ErrUnexpectedEOF
		}
		if u.read += 8; u.read > u.end {
			return nil, u.tooLong()
		}
		v := math.Float64frombits(binary.BigEndian.Uint64(b))
		_, err = u.r.Discard(8)
		return v, err
	case 'F':
		line, err := u.line(64)
		if err != nil {
			return nil, err
		}
		v, err := strconv.ParseFloat(string(line), 64)
		if err != nil {
			return nil, fmt.Errorf("%.40q is no number", line)
		}
		return v, nil
	case 'I', 'L':
		return u.decimal(maxDigits)
	}
	// LONG1 and LONG4: two's complement
	width := 1
	if op == 0x8b {
		width = 4
	}
	n, err := u.uint(width)
	if err != nil {
		return nil, err
	}
	if n > maxDigits {
		return nil, fmt.Errorf("an integer of %d bytes; refused", n)
	}
	b, err := u.bytes(n)
	if err != nil {
		return nil, err
	}
	slices.Reverse(b)
	v := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	if v.IsInt64() {
		return int(v.Int64()), nil
	}
	return v, nil
}

// text reads the argument of an operation that pushes a string or bytes.
func (u *Unpickler) text(op byte) (any, error) {
	var width int
	switch op {
	case 'S':
		line, err := u.line(u.end)
		if err != nil {
			return nil, err
		}
		return unquote(line)
	case 'V':
		line, err := u.line(u.end)
		if err != nil {
			return nil, err
		}
		return rawUnicode(line)
	case 'U', 'C', 0x8c:
		width = 1
	case 'T', 'X', 'B':
		width = 4
	default:
		width = 8
	}
	n, err := u.size(width)
	if err != nil {
		return nil, err
	}
	b, err := u.bytes(n)
	if err != nil {
		return nil, err
	}
	switch op {
	case 'B', 'C', 0x8e, 0x96:
		return b, nil
	}
	return string(b), nil
}

// unquote reads a byte string in the notation of Python 2's repr.
func unquote(line []byte) (string, error) {
	n := len(line)
	if n < 2 || line[0] != line[n-1] || line[0] != '\'' && line[0] != '"' {
		return "", errors.New("a string without quotation marks")
	}
	line = line[1 : n-1]
	out := make([]byte, 0, len(line))
	for len(line) > 0 {
		c := line[0]
		line = line[1:]
		if c != '\\' {
			out = append(out, c)
			continue
		}
		if len(line) == 0 {
			return "", errors.New("a string that ends in a backslash")
		}
		c = line[0]
		line = line[1:]
		if i := strings.IndexByte(`\'"abfnrtv`, c); i >= 0 {
			out = append(out, "\\'\"\a\b\f\n\r\t\v"[i])
			continue
		}
		digits, base := 2, 16
		if c >= '0' && c <= '7' {
			digits, base = 0, 8
			for digits < 2 && digits < len(line) && line[digits] >= '0' && line[digits] <= '7' {
				digits++
			}
			v, err := strconv.ParseUint(string(c)+string(line[:digits]), base, 16)
			if err != nil {
				return "", err
			}
			out, line = append(out, byte(v)), line[digits:]
			continue
		}
		if c != 'x' || len(line) < digits {
			return "", fmt.Errorf("the escape \\%c in a string", c)
		}
		v, err := strconv.ParseUint(string(line[:digits]), base, 8)
		if err != nil {
			return "", fmt.Errorf("the escape \\x%s in a string", line[:digits])
		}
		out, line = append(out, byte(v)), line[digits:]
	}
	return string(out), nil
}

// rawUnicode reads text in Python's encoding raw-unicode-escape: Latin-1 with \uXXXX and \UXXXXXXXX.
func rawUnicode(line []byte) (string, error) {
	out := make([]byte, 0, len(line))
	for len(line) > 0 {
		c := line[0]
		digits := 0
		if c == '\\' && len(line) > 1 {
			switch line[1] {
			case 'u':
				digits = 4
			case 'U':
				digits = 8
			}
		}
		if digits == 0 {
			out = utf8.AppendRune(out, rune(c))
			line = line[1:]
			continue
		}
		if len(line) < 2+digits {
			return "", errors.New("a string that ends within an escape")
		}
		v, err := strconv.ParseUint(string(line[2:2+digits]), 16, 32)
		if err != nil {
			return "", fmt.Errorf("the escape %s in a string", line[:2+digits])
		}
		out = utf8.AppendRune(out, rune(v))
		line = line[2+digits:]
	}
	return string(out), nil
}

// latin1 encodes text as Python's codec of that name does.
func latin1(text string) ([]byte, error) {
	out := make([]byte, 0, utf8.RuneCountInString(text))
	for _, r := range text {
		if r > 0xff {
			return nil, fmt.Errorf("the character %U is not in Latin-1", r)
		}
		out = append(out, byte(r))
	}
	return out, nil
}
