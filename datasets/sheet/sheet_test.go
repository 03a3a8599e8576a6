package sheet

import (
	"image"
	"image/color"
	"testing"

	"github.com/zcnas/zcnas/datasets"
)

func TestDraw(t *testing.T) {
	for _, test := range []struct {
		name   string
		info   datasets.Info
		batch  datasets.Batch
		at     image.Point // within the first panel
		want   color.RGBA
		target *color.RGBA // of the first sample's first pixel
	}{
		{"colour", datasets.Info{Loss: datasets.CrossEntropy},
			datasets.Batch{N: 1, C: 3, H: 1, W: 2, Inputs: []float32{-1, 1, 0, 2, 5, 4}, Labels: []int{3}, Outputs: 10}, image.Pt(0, 0), color.RGBA{0, 0, 255, 255}, nil},
		{"grey", datasets.Info{Loss: datasets.CrossEntropy},
			datasets.Batch{N: 1, C: 1, H: 1, W: 3, Inputs: []float32{10, 20, 30}, Labels: []int{3}, Outputs: 10}, image.Pt(1, 0), color.RGBA{127, 127, 127, 255}, nil},
		{"constant", datasets.Info{Loss: datasets.CrossEntropy},
			datasets.Batch{N: 1, C: 1, H: 1, W: 1, Inputs: []float32{7}, Labels: []int{3}, Outputs: 10}, image.Pt(0, 0), color.RGBA{0, 0, 0, 255}, nil},
		{"dense target", datasets.Info{Loss: datasets.RelL2},
			datasets.Batch{N: 1, C: 1, H: 1, W: 2, Inputs: []float32{0, 1}, Targets: []float32{4, 0}, TargetShape: []int{1, 1, 2}, Outputs: 1}, image.Pt(1, 0), color.RGBA{255, 255, 255, 255}, &color.RGBA{255, 255, 255, 255}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := Draw(test.info, &test.batch)
			f := max(1, least/min(test.batch.H, test.batch.W))
			f = min(f, 512/max(test.batch.H, test.batch.W))
			if got := m.RGBAAt(gap+test.at.X*f+f/2, gap+test.at.Y*f+f/2); got != test.want {
				t.Errorf("the pixel is %v, want %v", got, test.want)
			}
			if test.target != nil {
				if got := m.RGBAAt(gap+test.batch.W*f+gap+f/2, gap+f/2); got != *test.target {
					t.Errorf("the target's pixel is %v, want %v", got, *test.target)
				}
			}
		})
	}
}

// Every kind of input and target is drawn, with place for each sample.
func TestDrawTasks(t *testing.T) {
	for _, task := range []string{"class_object", "room_layout", "jigsaw", "segmentsemantic", "normal", "autoencoder"} {
		t.Run(task, func(t *testing.T) {
			d, err := datasets.SyntheticRooms(datasets.WithTask(task), datasets.WithSide(32))
			if err != nil {
				t.Fatal(err)
			}
			b, err := d.Minibatch(t.Context(), 3, 0, datasets.Random)
			if err != nil {
				t.Fatal(err)
			}
			m := Draw(d.Info(), b)
			different := map[color.RGBA]bool{}
			for y := range m.Rect.Dy() {
				for x := range m.Rect.Dx() {
					different[m.RGBAAt(x, y)] = true
				}
			}
			if len(different) < 50 || m.Rect.Dx()*m.Rect.Dy() < 3*least*least || m.Rect.Dx() > 4000 {
				t.Errorf("%v with %d colours", m.Rect, len(different))
			}
		})
	}
}
