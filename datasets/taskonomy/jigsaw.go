package taskonomy

import (
	"fmt"

	"github.com/zcnas/zcnas/datasets/stream"
)

// A jigsaw input is nine tiles, cut at random within the cells of a picture of 255×255 pixels.
const (
	Tile = 64 // pixels of a tile's side

	jigsawTiles = 9
	jigsawSide  = 255
	jigsawCrop  = 229 // nine tenths of it, rounded down
	jigsawCell  = jigsawSide / 3
	jigsawShift = jigsawCell - Tile + 1 // places of a tile in its cell, each way
)

// Cut says how a picture becomes a jigsaw: the number of the permutation, and for each position the row and column, 0
// to 21, at which its tile is cut from its cell.
type Cut struct {
	Order  int
	Shifts [jigsawTiles][2]int
}

// DrawCut draws the cut of sample i: a function of its number and the seed, so that it does not depend on what else is
// in the minibatch.
func DrawCut(i, permutations int, seed uint64) Cut {
	name := fmt.Sprintf("taskonomy/jigsaw/%d", i)
	c := Cut{Order: stream.New(name+"/permutation", seed).Label(permutations)}
	s := stream.New(name+"/offsets", seed)
	for n := range c.Shifts {
		for k := range 2 {
			c.Shifts[n][k] = s.Label(jigsawShift)
		}
	}
	return c
}

// jigsawSquare is what the cells are cut from: the picture resized, its centre cropped, and resized again.
func jigsawSquare(p *Picture) *Picture {
	at := (jigsawSide - jigsawCrop) / 2
	return p.Bilinear(jigsawSide, jigsawSide).crop(at, at, jigsawCrop, jigsawCrop).Bilinear(jigsawSide, jigsawSide)
}

// Tiles cuts a picture: position n shows cell order[n] of the 3×3 cells of its square, cut at shifts[n].
func Tiles(p *Picture, order []int, shifts [jigsawTiles][2]int) []*Picture {
	square := jigsawSquare(p)
	tiles := make([]*Picture, jigsawTiles)
	for n, cell := range order {
		tiles[n] = square.crop(cell/3*jigsawCell+shifts[n][0], cell%3*jigsawCell+shifts[n][1], Tile, Tile)
	}
	return tiles
}
