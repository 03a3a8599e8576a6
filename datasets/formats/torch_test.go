package formats

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
)

// zipOf is a zip archive of one entry.
func zipOf(t *testing.T, name, content string, method uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What torch.save writes of {"a": [1, 2.5]}, without its zip container.
const torchObject = "\x80\x02}q\x00X\x01\x00\x00\x00aq\x01]q\x02(K\x01G\x40\x04\x00\x00\x00\x00\x00\x00es."

const (
	torchHead = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}q\x00."
	torchKeys = "\x80\x02]q\x00."
)

func TestReadTorch(t *testing.T) {
	for _, test := range []struct {
		name, words string // words of the error; "" for none
		file        []byte
	}{
		{"zip", "", zipOf(t, "archive/data.pkl", torchObject, zip.Store)},
		{"compressed zip", "", zipOf(t, "archive/data.pkl", torchObject, zip.Deflate)},
		{"five pickles", "", []byte(torchHead + torchObject + torchKeys)},
		{"empty", "too short", nil},
		{"text", "not a file of torch.save", []byte("hello, world")},
		{"a plain pickle", "magic number", []byte(torchObject)},
		{"truncated pickles", "the list of tensors: truncated pickle", []byte(torchHead + torchObject)},
		{"cut in the object", "the object: truncated pickle", []byte(torchHead + torchObject[:20])},
		{"tensors", "it holds tensors", []byte(torchHead + torchObject + "\x80\x02]q\x00U\x01xa.")},
		{"a tensor's storage", "a reference to data outside the pickle", []byte(torchHead + "\x80\x02U\x01xQ.")},
		{"truncated zip", "truncated or corrupt", zipOf(t, "archive/data.pkl", torchObject, zip.Store)[:60]},
		{"another zip", "no data.pkl", zipOf(t, "word/document.xml", "x", zip.Store)},
		{"a foreign class", "the class \"posix.system\"", zipOf(t, "a/data.pkl", "cposix\nsystem\n(S'echo'\ntR.", zip.Store)},
		{"an inflated zip", "out of proportion", zipOf(t, "a/data.pkl", strings.Repeat("}0", 1<<20), zip.Deflate)},
	} {
		t.Run(test.name, func(t *testing.T) {
			v, err := readTorch(bytes.NewReader(test.file), int64(len(test.file)))
			if test.words != "" {
				if err == nil || !strings.Contains(err.Error(), test.words) {
					t.Fatalf("error %v, want one with %q", err, test.words)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			m, err := DictFields(v)
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := ArrayOf[float64](m["a"])
			if err != nil || len(got) != 2 || got[0] != 1 || got[1] != 2.5 {
				t.Errorf("a = %v, %v; want [1 2.5]", got, err)
			}
		})
	}
}

func FuzzReadTorch(f *testing.F) {
	f.Add([]byte(torchHead + torchObject + torchKeys))
	f.Fuzz(func(t *testing.T, data []byte) {
		readTorch(bytes.NewReader(data), int64(len(data))) //nolint: any error will do, a panic will not
	})
}
