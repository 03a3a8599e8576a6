package main

import (
	"fmt"
	"image/png"
	"io"
	"path/filepath"
	"strings"

	"github.com/zcnas/zcnas/datasets/sheet"
)

type dataShowCmd struct {
	sampleFlags `embed:""`
	Out         string `required:"" placeholder:"FILE.png" help:"File to write."`
}

func (c *dataShowCmd) Run(a *app) error {
	if ext := strings.ToLower(filepath.Ext(c.Out)); ext != ".png" {
		return usage("-out %s: give a file that ends in .png", c.Out)
	}
	if c.N > 1000 {
		return usage("-n %d: a picture has room for 1000 samples", c.N)
	}
	info, b, err := c.batch(a)
	if err != nil {
		return err
	}
	picture := sheet.Draw(info, b)
	if err := writeWhole(c.Out, func(w io.Writer) error { return png.Encode(w, picture) }); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %d samples of %s, %d×%d pixels\n", c.Out, b.N, info.FullName(), picture.Rect.Dx(), picture.Rect.Dy())
	return err
}
