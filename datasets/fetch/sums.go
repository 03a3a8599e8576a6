package fetch

import (
	"bufio"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sumsName is the list of checksums in a folder that was unpacked here, in the form of the command sha256sum.
const sumsName = ".sha256sums"

// writeSums lists the files of a folder; sums are by slash-separated name.
func writeSums(dir string, sums map[string]string) error {
	names := make([]string, 0, len(sums))
	for name := range sums {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "%s  %s\n", sums[name], name)
	}
	return os.WriteFile(filepath.Join(dir, sumsName), []byte(b.String()), 0o644)
}

// verifyFolder checks the files of a folder against the list that was made when it was unpacked. A folder without one
// is the user's own, and is taken as it is.
func verifyFolder(dir string) error {
	list, err := os.Open(filepath.Join(dir, sumsName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer list.Close()
	lines := bufio.NewScanner(list)
	for lines.Scan() {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if name = filepath.FromSlash(name); !ok || !filepath.IsLocal(name) {
			return fmt.Errorf("%s is damaged; remove the folder %s to have it unpacked again", list.Name(), dir)
		}
		got, _, err := sumOf(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if got != sum {
			return fmt.Errorf("%w: %s has SHA-256 %s, expected %s; remove the folder %s to have it unpacked or downloaded again",
				errChecksum, filepath.Join(dir, name), got, sum, dir)
		}
	}
	return lines.Err()
}

// sumOf is the SHA-256 and the size of a file.
func sumOf(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// CheckMD5 compares a file that was put in place by hand with its published MD5, where opts hold [WithCheck].
func CheckMD5(path, sum string, opts ...Option) error {
	if !newOptions(opts).check {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := md5.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != sum {
		return fmt.Errorf("%w: %s has MD5 %s, and the published file %s; get it again", errChecksum, path, got, sum)
	}
	return nil
}
