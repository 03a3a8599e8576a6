package datasets

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zcnas/zcnas/datasets/internal/datatest"
)

// matVariable is an element of a MAT v5 file: an array of bytes.
func matVariable(name string, dims []int32, values []byte) []byte {
	var b bytes.Buffer
	element := func(kind uint32, data []byte) {
		_ = binary.Write(&b, binary.LittleEndian, []uint32{kind, uint32(len(data))})
		b.Write(data)
		b.Write(make([]byte, (8-len(data)%8)%8))
	}
	var d bytes.Buffer
	_ = binary.Write(&d, binary.LittleEndian, dims)
	element(6, []byte{9, 0, 0, 0, 0, 0, 0, 0}) // flags: class uint8
	element(5, d.Bytes())
	element(1, []byte(name))
	element(2, values)
	var out bytes.Buffer
	_ = binary.Write(&out, binary.LittleEndian, []uint32{14, uint32(b.Len())})
	out.Write(b.Bytes())
	return out.Bytes()
}

func matFile(variables ...[]byte) []byte {
	head := append([]byte(strings.Repeat(" ", 124)), 0, 1, 'I', 'M')
	return slices.Concat(append([][]byte{head}, variables...)...)
}

func TestSVHN(t *testing.T) {
	x := make([]byte, 32*32*3*2)
	for i := range x {
		x[i] = byte(i % 251)
	}
	pictures := matVariable("X", []int32{32, 32, 3, 2}, x)
	for _, test := range []struct {
		name, words string
		file        []byte
	}{
		{"good", "", matFile(pictures, matVariable("y", []int32{2, 1}, []byte{10, 3}))},
		{"in the other order", "", matFile(matVariable("y", []int32{2, 1}, []byte{10, 3}), pictures)},
		{"fields swapped", "X has the dimensions [2 1]", matFile(matVariable("X", []int32{2, 1}, []byte{10, 3}), matVariable("y", []int32{32, 32, 3, 2}, x))},
		{"no labels", `"y"`, matFile(pictures)},
		{"more labels", "y has the dimensions [3 1], expected [2 1]", matFile(pictures, matVariable("y", []int32{3, 1}, []byte{1, 2, 3}))},
		{"label 11", "y: label 1 is 11, expected 1…10", matFile(pictures, matVariable("y", []int32{2, 1}, []byte{1, 11}))},
		{"label 0", "y: label 0 is 0, expected 1…10", matFile(pictures, matVariable("y", []int32{2, 1}, []byte{0, 1}))},
		{"truncated", "train_32x32.mat", matFile(pictures, matVariable("y", []int32{2, 1}, []byte{10, 3}))[:3000]},
	} {
		t.Run(test.name, func(t *testing.T) {
			datatest.EmptyCache(t)
			root := t.TempDir()
			datatest.WriteFiles(t, filepath.Join(root, "svhn"), map[string][]byte{"train_32x32.mat": test.file})
			d, err := SVHN(WithDir(root), WithOffline())
			if err != nil {
				t.Fatal(err)
			}
			if test.words != "" {
				if _, err := d.Minibatch(t.Context(), 1, 0, Random); err == nil || !strings.Contains(err.Error(), test.words) {
					t.Errorf("error %v, want one with %q", err, test.words)
				}
				return
			}
			b := readAll(t, d)
			if !slices.Equal(b.Labels, []int{0, 3}) {
				t.Errorf("labels %v, want [0 3]", b.Labels)
			}
			// Row 2, column 5 of the green plane of the second picture: the row is the fastest index of the file.
			got := b.Inputs[3072+1024+2*32+5]
			want := (float64(x[3072+1024+5*32+2])/255 - 0.4438) / 0.201
			if diff := float64(got) - want; diff > 1e-6 || diff < -1e-6 {
				t.Errorf("a pixel is %v, want %v", got, want)
			}
		})
	}
}
