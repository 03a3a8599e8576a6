// Package taskonomy reads Taskonomy (Zamir et al. 2018) as TransNAS-Bench-101 (Duan et al. 2021) uses it, and makes the
// inputs and targets of that benchmark's seven tasks, byte for byte as its Python code does. The data themselves may
// not be redistributed and are not part of the program: https://github.com/StanfordVL/taskonomy has them on its terms.
//
// [Folder] is the call to start with:
//
//	folder := taskonomy.Folder{Root: "taskonomy"}
//	views, err := folder.Views("train")
//	view, err := folder.View(views[0], "normal", nil)
//
// [Task] turns a view into the input of a network and its target; it also serves pictures that are generated.
package taskonomy
