package datasets

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/zcnas/zcnas/internal/named"
)

// Open returns the data set of that name, as [Get] does, or one of data of one's own at that path: a folder of images
// with a folder for each class ([FromFolder]), or an .npz file ([FromNPZ]). A name that is registered comes first.
// Errors: those of the three, and a name that is neither.
func Open(nameOrPath string, opts ...Option) (Dataset, error) {
	if _, ok := registry.Get(nameOrPath); ok {
		return Get(nameOrPath, opts...)
	}
	st, err := os.Stat(nameOrPath)
	switch {
	case err == nil && st.IsDir():
		return FromFolder(nameOrPath, opts...)
	case err == nil && strings.EqualFold(filepath.Ext(nameOrPath), ".npz"):
		return FromNPZ(nameOrPath, opts...)
	case err == nil:
		return nil, fmt.Errorf("datasets: %s is neither a folder of images nor an .npz file", nameOrPath)
	case strings.ContainsAny(nameOrPath, `/\`) || strings.EqualFold(filepath.Ext(nameOrPath), ".npz"):
		return nil, fmt.Errorf("datasets: %w", err)
	}
	return nil, fmt.Errorf("%w; or give the path of a folder of images or of an .npz file", named.Unknown("datasets", "data set", nameOrPath, Names()))
}

// nameOf is how scores call a data set of one's own: the kind and the last part of its path, without blanks.
func nameOf(kind, path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	base := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	return kind + ":" + strings.Join(strings.Fields(base), "_")
}
