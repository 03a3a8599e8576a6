package plotting_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/zcnas/zcnas/plotting"
)

func Example() {
	names := []string{"synflow", "params", "gt"}
	rho := [][]float64{{1, 0.76, 0.79}, {0.76, 1, 0.73}, {0.79, 0.73, 1}}
	fig, err := plotting.HeatMap(names, rho, plotting.WithTitle("NATS-Bench TSS, CIFAR-100"))
	if err != nil {
		log.Fatal(err)
	}
	plotting.MustShow(fig) // inline in a notebook; nothing elsewhere
	dir, err := os.MkdirTemp("", "figures")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := plotting.Save(fig, filepath.Join(dir, "fig3.pdf"), filepath.Join(dir, "fig3.svg")); err != nil {
		log.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(f.Name())
	}
	// Output:
	// fig3.pdf
	// fig3.svg
}

func ExampleCorrelationTable() {
	t, err := plotting.CorrelationTable(
		[]string{"jacob_cov", "synflow", "params"},
		[]string{"CIFAR-100", "NinaPro"},
		[][]float64{{0.7194, 0.0277}, {0.7938, -0.1729}, {0.7346, -0.0888}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(t.Markdown())
	// Output:
	// | Proxy      | CIFAR-100 |  NinaPro |
	// |------------|----------:|---------:|
	// | jacob\_cov |      0.72 | **0.03** |
	// | synflow    |  **0.79** |    −0.17 |
	// | params     |      0.73 |    −0.09 |
	//
	// Bold: highest of the column.
}

func ExampleStyle() {
	s := plotting.Style("synflow")
	fmt.Printf("#%02X%02X%02X, solid: %v\n", s.Color.R, s.Color.G, s.Color.B, s.Dashes == nil)
	// Output: #0072B2, solid: true
}

func ExampleFigure_Size() {
	fig, err := plotting.Scatter("params", []float64{0.1e6, 0.8e6, 1.5e6}, []float64{61, 88, 93},
		plotting.WithLogX(), plotting.WithYLabel("accuracy (%)"))
	if err != nil {
		log.Fatal(err)
	}
	w, h := fig.Size()
	fmt.Printf("%.2f in wide, %.2f in high\n", w.Points()/72, h.Points()/72)
	// Output: 3.25 in wide, 2.54 in high
}
