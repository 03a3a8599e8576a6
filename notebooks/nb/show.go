package nb

import "github.com/zcnas/zcnas/plotting"

// Show shows a figure, and saves it as NAME.pdf, NAME.svg and NAME.png in the folder of [Figure].
func Show(name string, f *plotting.Figure) {
	plotting.MustShow(f)
	plotting.MustSave(f, Figure(name+".pdf"), Figure(name+".svg"), Figure(name+".png"))
}
