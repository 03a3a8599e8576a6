package taskonomy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zcnas/zcnas/datasets/formats"
)

// Folder is a folder of Taskonomy as TransNAS-Bench-101 uses it: building/domain/point_P_view_V_domain_D.png
// or .npy, lists of views, and class masks.
type Folder struct{ Root string }

// Segments is the number of classes of segmentsemantic.
const Segments = 17

// View reads what a task needs of a view, one of [Folder.Views]; keep are the classes of a [Folder.Mask]. Errors, with
// the file's name: it is missing, truncated or corrupt, of another size or type, values out of their range.
func (f Folder) View(view, task string, keep []int) (v *View, err error) {
	defer named(&err)
	v = &View{}
	path, err := f.file(view, [3]string{"rgb", "rgb", ".png"})
	if err == nil {
		v.RGB, err = ReadPNG(path, 3)
	}
	if err != nil {
		return nil, err
	}
	switch task {
	case "normal":
		if path, err = f.file(view, [3]string{"normal", "normal", ".png"}); err == nil {
			v.Normal, err = ReadPNG(path, 3)
		}
	case "segmentsemantic":
		v.Segments, err = f.segments(view)
	case "room_layout":
		v.Target, err = f.layoutTarget(view)
	case "class_object", "class_scene":
		v.Target, err = f.classTarget(view, task, keep)
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// named puts the package's name before an error.
func named(err *error) {
	if *err != nil {
		*err = fmt.Errorf("taskonomy: %w", *err)
	}
}

// firstOf returns the first of some files, named relative to the folder, that is there.
func (f Folder) firstOf(what string, names ...string) (string, error) {
	for _, name := range names {
		path := filepath.Join(f.Root, filepath.FromSlash(name))
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("%s: no %s in %s: %w", what, strings.Join(names, " or "), f.Root, fs.ErrNotExist)
}

// Views lists the views of a split ("train", "val" or "test"): templates such as
// "building/{domain}/point_3_view_0_domain_{domain}". The split's file is either {total_size, filename_list: [files of
// lists]} or a plain list of buildings, of files of lists or of views.
func (f Folder) Views(split string) (views []string, err error) {
	defer named(&err)
	name := split + "_filenames_final5k.json"
	path, err := f.firstOf("the list of the "+split+" split", "final5k/"+name, "final5K_splits/"+name, name)
	if err != nil {
		return nil, err
	}
	var entries []string
	if err := readJSON(path, &entries); err != nil {
		var split struct {
			Files []string `json:"filename_list"` // total_size is of the full set, and wrong for parts of it
		}
		if e := readJSON(path, &split); e != nil || len(split.Files) == 0 {
			return nil, fmt.Errorf("%s: neither a list of names nor an object with filename_list: %w", path, errors.Join(err, e))
		}
		entries = split.Files
	}
	for _, entry := range entries {
		if strings.Contains(entry, "{domain}") {
			views = append(views, entry)
			continue
		}
		if !filepath.IsLocal(filepath.FromSlash(entry)) || strings.Contains(entry, `\`) {
			return nil, fmt.Errorf("%s: the name %.80q points outside the folder; refused", path, entry)
		}
		names := []string{entry, "final5k/" + entry}
		if !strings.HasSuffix(entry, ".json") {
			names = []string{entry + ".json", "final5k/" + entry + ".json", entry + "/" + entry + ".json", entry + "/image_list_final5k.json"}
		}
		list, err := f.firstOf("a list of views that "+path+" names", names...)
		if err != nil {
			return nil, err
		}
		var more []string
		if err := readJSON(list, &more); err != nil {
			return nil, fmt.Errorf("%s: expected a list of views: %w", list, err)
		}
		views = append(views, more...)
	}
	for i, v := range views {
		plain := strings.ReplaceAll(v, "{domain}", "d")
		if plain == v || !filepath.IsLocal(filepath.FromSlash(plain)) || strings.Contains(v, `\`) {
			return nil, fmt.Errorf("%s: view %d is %.80q, expected building/{domain}/point_P_view_V_domain_{domain}.png", path, i, v)
		}
		views[i] = strings.TrimSuffix(v, ".png")
	}
	if len(views) == 0 {
		return nil, fmt.Errorf("%s lists no views", path)
	}
	return views, nil
}

func readJSON(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// file returns the path of a view's file of a domain. names are pairs of the folder's and the file's name of it, and
// the suffix.
func (f Folder) file(view string, names ...[3]string) (string, error) {
	list := make([]string, len(names))
	for i, n := range names {
		folder, file := filepath.Split(view)
		list[i] = strings.ReplaceAll(folder, "{domain}", n[0]) + strings.ReplaceAll(file, "{domain}", n[1]) + n[2]
	}
	return f.firstOf("a file of the data set", list...)
}

// vector reads a .npy file of n numbers.
func vector(path string, n int) ([]float64, error) {
	v, shape, err := formats.ReadNPY[float64](path)
	if err != nil {
		return nil, err
	}
	if len(v) != n {
		return nil, fmt.Errorf("%s has the shape %v, expected [%d]", path, shape, n)
	}
	return v, nil
}

// Classes of Taskonomy's labels, before any are selected.
var taskonomyClasses = map[string]int{"class_object": 1000, "class_scene": 365}

// Mask lists the classes that a class mask keeps, for class_object and class_scene: "final5k" as the benchmark was
// trained (75 and 47 classes), "selected" as NASLib and NAS-Bench-Suite-Zero have it (100 and 63).
func (f Folder) Mask(task, which string) (keep []int, err error) {
	defer named(&err)
	name := task + "_" + which + ".npy"
	path, err := f.firstOf("a class mask", "masks/"+name, name)
	if err != nil {
		return nil, fmt.Errorf("%w; take it from https://github.com/yawen-d/TransNASBench (lib/data, *_final5k.npy) or https://github.com/automl/NASLib (*_selected.npy)", err)
	}
	v, err := vector(path, taskonomyClasses[task])
	if err != nil {
		return nil, err
	}
	for i, m := range v {
		if m != 0 {
			keep = append(keep, i)
		}
	}
	if len(keep) < 2 {
		return nil, fmt.Errorf("%s keeps %d classes, expected at least 2", path, len(keep))
	}
	return keep, nil
}

// classTarget reads the probabilities of the classes that are kept, scaled to the sum 1.
func (f Folder) classTarget(view, task string, keep []int) ([]float32, error) {
	names := [][3]string{{task, task, ".npy"}}
	if task == "class_scene" { // as Taskonomy itself ships it
		names = append(names, [3]string{"class_scene", "class_places", ".npy"}, [3]string{"class_places", "class_places", ".npy"})
	}
	path, err := f.file(view, names...)
	if err != nil {
		return nil, err
	}
	v, err := vector(path, taskonomyClasses[task])
	if err != nil {
		return nil, err
	}
	p := make([]float32, len(keep))
	sum := 0.0
	for _, c := range keep {
		if !(v[c] >= 0) || v[c] > 1e6 {
			return nil, fmt.Errorf("%s: class %d has the probability %v", path, c, v[c])
		}
		sum += v[c]
	}
	if sum == 0 {
		return nil, fmt.Errorf("%s: none of the %d selected classes has a probability above 0; choose another class mask, or leave the view out", path, len(keep))
	}
	for i, c := range keep {
		p[i] = float32(v[c] / sum)
	}
	return p, nil
}

// layoutTarget reads the nine numbers of room_layout, or computes them from Taskonomy's point_info.
func (f Folder) layoutTarget(view string) ([]float32, error) {
	path, err := f.file(view, [3]string{"room_layout", "room_layout", ".npy"},
		[3]string{"room_layout", "room_layout", ".json"}, [3]string{"point_info", "point_info", ".json"},
		[3]string{"point_info", "fixatedpose", ".json"})
	if err != nil {
		return nil, err
	}
	var v []float64
	if strings.HasSuffix(path, ".npy") {
		if v, err = vector(path, 9); err != nil {
			return nil, err
		}
	} else {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		info, err := ReadPointInfo(b)
		if err == nil {
			v, err = info.RoomLayout()
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	target := make([]float32, len(v))
	for i, x := range v {
		if target[i] = float32(x); !(math.Abs(x) <= math.MaxFloat32) {
			return nil, fmt.Errorf("%s: number %d is %v", path, i, x)
		}
	}
	return target, nil
}

// segments reads the classes of the pixels, 0…16: 0, which marks what has no class, counts as class 1 in the files,
// and all are then one less.
func (f Folder) segments(view string) (*Picture, error) {
	path, err := f.file(view, [3]string{"segmentsemantic", "segmentsemantic", ".png"}, [3]string{"segment_semantic", "segmentsemantic", ".png"})
	if err != nil {
		return nil, err
	}
	p, err := ReadPNG(path, 1)
	if err != nil {
		return nil, err
	}
	if most := slices.Max(p.Pix); most > Segments {
		return nil, fmt.Errorf("%s: a pixel of class %d, expected 0…%d", path, most, Segments)
	}
	for i, v := range p.Pix {
		p.Pix[i] = max(v, 1) - 1
	}
	return p, nil
}

// Permutations reads the orders of jigsaw tiles, [N, 9].
func (f Folder) Permutations() (list [][]int, err error) {
	defer named(&err)
	const name = "permutations_hamming_max_1000.npy"
	path, err := f.firstOf("the list of jigsaw permutations", "masks/"+name, name)
	if err != nil {
		return nil, fmt.Errorf("%w; take it from https://github.com/yawen-d/TransNASBench (lib/data)", err)
	}
	v, shape, err := formats.ReadNPY[int64](path)
	if err != nil {
		return nil, err
	}
	if len(shape) != 2 || shape[1] != jigsawTiles || shape[0] < 2 {
		return nil, fmt.Errorf("%s has the shape %v, expected [1000, 9]", path, shape)
	}
	list = make([][]int, shape[0])
	for i := range list {
		list[i] = make([]int, jigsawTiles)
		var seen [jigsawTiles]bool
		for k := range list[i] {
			cell := v[i*jigsawTiles+k]
			if cell < 0 || cell >= jigsawTiles || seen[cell] {
				return nil, fmt.Errorf("%s: row %d is no permutation of 0…8", path, i)
			}
			list[i][k], seen[cell] = int(cell), true
		}
	}
	return list, nil
}
