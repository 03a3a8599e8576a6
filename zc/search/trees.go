package search

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Trees are gradient-boosted regression trees by the rules of XGBoost (Chen and Guestrin, KDD 2016) with its
// default settings for squared error and exact splits: 6 levels, learning rate 0.3, λ 1, base score 0.5. They agree
// with XGBoost 1.7 to the precision of float32 sums.
type Trees struct {
	Rounds   int // trees; default 500
	Depth    int // default 6
	Rate     float64
	Lambda   float64
	roots    []int32
	nodes    []treeNode
	features int
	splits   []int
}

// treeNode is a leaf where Feature is −1.
type treeNode struct {
	feature     int32
	left, right int32
	threshold   float32
	value       float64
}

const baseScore = 0.5

func (t *Trees) defaults() {
	if t.Rounds == 0 {
		t.Rounds = 500
	}
	if t.Depth == 0 {
		t.Depth = 6
	}
	if t.Rate == 0 {
		t.Rate = 0.3
	}
	if t.Lambda == 0 {
		t.Lambda = 1
	}
}

// Fit learns from columns of features, each with a value for every target. Infinite and missing features must be
// replaced by numbers before. Errors: nothing to learn from, columns of another length, values that are not finite.
func (t *Trees) Fit(columns [][]float64, target []float64) error {
	t.defaults()
	n := len(target)
	if n == 0 || len(columns) == 0 {
		return errors.New("search: trees learn from at least one row and one column")
	}
	b := builder{trees: t, n: n, gradient: make([]float64, n), place: make([]int32, n)}
	for j, c := range columns {
		if len(c) != n {
			return fmt.Errorf("search: column %d has %d values for %d targets", j, len(c), n)
		}
		x := make([]float32, n)
		for i, v := range c {
			if math.IsNaN(v) || math.IsInf(v, 0) || math.IsNaN(target[i]) || math.IsInf(target[i], 0) {
				return fmt.Errorf("search: row %d has the value %g in column %d and the target %g; trees learn from finite numbers", i, v, j, target[i])
			}
			x[i] = float32(v)
		}
		order := make([]int32, n)
		for i := range order {
			order[i] = int32(i)
		}
		slices.SortStableFunc(order, func(a, b int32) int {
			switch {
			case x[a] < x[b]:
				return -1
			case x[a] > x[b]:
				return 1
			}
			return 0
		})
		b.x, b.order = append(b.x, x), append(b.order, order)
	}
	t.features, t.roots, t.nodes, t.splits = len(columns), nil, nil, make([]int, len(columns))
	predicted := make([]float64, n)
	for i := range predicted {
		predicted[i] = baseScore
	}
	for range t.Rounds {
		for i, p := range predicted {
			b.gradient[i] = float64(float32(p - float64(float32(target[i]))))
		}
		b.grow()
		for i := range predicted {
			predicted[i] = float64(float32(predicted[i] + t.nodes[b.place[i]].value))
		}
	}
	return nil
}

// builder grows one tree after the other, level by level.
type builder struct {
	trees    *Trees
	n        int
	x        [][]float32
	order    [][]int32 // rows by ascending feature
	gradient []float64
	place    []int32 // the node that a row is in
}

// split is the best division of a node found so far.
type split struct {
	gain      float32
	feature   int32
	threshold float32
}

// side sums gradients and rows.
type side struct {
	g, h float64
	last float32
}

func (b *builder) grow() {
	t := b.trees
	root := int32(len(t.nodes))
	t.roots = append(t.roots, root)
	t.nodes = append(t.nodes, treeNode{feature: -1})
	total := side{}
	for i := range b.place {
		b.place[i] = root
		total.g += b.gradient[i]
		total.h++
	}
	totals := []side{total}
	first := root // nodes of the current level: first … first+len(totals)−1
	for range t.Depth {
		best := b.bestSplits(first, totals)
		next := int32(len(t.nodes))
		var below []side
		for k, s := range best {
			if s.gain <= 1e-6 { // XGBoost's least gain
				continue
			}
			node := &t.nodes[int(first)+k]
			node.feature, node.threshold = s.feature, s.threshold
			node.left, node.right = int32(len(t.nodes)), int32(len(t.nodes)+1)
			t.nodes = append(t.nodes, treeNode{feature: -1}, treeNode{feature: -1})
			below = append(below, side{}, side{})
			t.splits[s.feature]++
		}
		if len(below) == 0 {
			break
		}
		for i, at := range b.place {
			if node := &t.nodes[at]; at >= first && node.feature >= 0 {
				at = node.right
				if b.x[node.feature][i] < node.threshold {
					at = node.left
				}
				b.place[i] = at
				below[at-next].g += b.gradient[i]
				below[at-next].h++
			}
		}
		b.leaves(first, totals)
		first, totals = next, below
	}
	b.leaves(first, totals)
}

// leaves gives the nodes of a level that were not divided their values.
func (b *builder) leaves(first int32, totals []side) {
	for k, s := range totals {
		node := &b.trees.nodes[int(first)+k]
		if node.feature < 0 {
			node.value = float64(float32(-s.g / (s.h + b.trees.Lambda) * b.trees.Rate))
		}
	}
}

// bestSplits finds the best division of each node of a level: of equal gains that of the first feature and of the
// highest threshold, as XGBoost visits them. Gains are float32, so that they are equal where XGBoost's are.
func (b *builder) bestSplits(first int32, totals []side) []split {
	lambda := b.trees.Lambda
	gain := func(g, h float64) float32 { return float32(g * g / (h + lambda)) }
	best := make([]split, len(totals))
	own := make([]float32, len(totals))
	for k, s := range totals {
		own[k] = gain(s.g, s.h)
	}
	above := make([]side, len(totals)) // rows with higher values than the one at hand
	for f := range b.x {
		clear(above)
		for _, i := range slices.Backward(b.order[f]) {
			k := b.place[i] - first
			if k < 0 {
				continue // a leaf of a level above
			}
			v := b.x[f][i]
			a := &above[k]
			if lh := totals[k].h - a.h; a.h >= 1 && lh >= 1 && v != a.last {
				if won := gain(totals[k].g-a.g, lh) + gain(a.g, a.h) - own[k]; won > best[k].gain {
					middle := (v + a.last) * 0.5
					if middle == v {
						middle = a.last
					}
					best[k] = split{won, int32(f), middle}
				}
			}
			a.g += b.gradient[i]
			a.h++
			a.last = v
		}
	}
	return best
}

// Predict returns a value for each row of columns that are those of Fit in number and order.
func (t *Trees) Predict(columns [][]float64) ([]float64, error) {
	if t.roots == nil {
		return nil, errors.New("search: the trees have not learned anything; call Fit first")
	}
	if len(columns) != t.features {
		return nil, fmt.Errorf("search: the trees learned from %d columns, not %d", t.features, len(columns))
	}
	n := len(columns[0])
	x := make([]float32, len(columns))
	out := make([]float64, n)
	for i := range out {
		for j, c := range columns {
			if len(c) != n {
				return nil, fmt.Errorf("search: column %d has %d values, column 0 has %d", j, len(c), n)
			}
			x[j] = float32(c[i])
		}
		sum := float32(baseScore)
		for _, at := range t.roots {
			node := &t.nodes[at]
			for node.feature >= 0 {
				at = node.right
				if x[node.feature] < node.threshold {
					at = node.left
				}
				node = &t.nodes[at]
			}
			sum += float32(node.value)
		}
		out[i] = float64(sum)
	}
	return out, nil
}

// Splits counts how often each column divides a node: a measure of its importance.
func (t *Trees) Splits() []int { return slices.Clone(t.splits) }
