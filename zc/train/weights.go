package train

import (
	"fmt"
	"math"

	"github.com/zcnas/zcnas/spaces"
	"github.com/zcnas/zcnas/zc/engine"
)

// Norms are the Euclidean norms over all of a kind: "weight" and "bias" of convolutions and linear layers, "gamma", "beta",
// "running_mean" and "running_var" of batch norms.
func Norms(g *spaces.Graph, w *engine.Weights) map[string]float64 {
	norms := map[string]float64{"weight": 0, "bias": 0, "gamma": 0, "beta": 0, "running_mean": 0, "running_var": 0}
	add := func(kind string, values []float32) {
		for _, v := range values {
			norms[kind] += float64(v) * float64(v)
		}
	}
	normed := map[string]bool{} // layers that are batch norms
	for i := range g.Layers {
		if l := &g.Layers[i]; l.Kind == spaces.BatchNorm {
			normed[l.Name] = true
		}
	}
	for i, p := range g.Params() {
		kind, layer := "weight", p.Name
		for _, suffix := range []string{".weight", ".bias"} {
			if n := len(layer) - len(suffix); n > 0 && layer[n:] == suffix {
				layer, kind = layer[:n], suffix[1:]
				break
			}
		}
		if normed[layer] {
			kind = map[string]string{"weight": "gamma", "bias": "beta"}[kind]
		}
		add(kind, w.Params[i])
	}
	for _, r := range w.Running {
		add("running_mean", r.Mean)
		add("running_var", r.Var)
	}
	for k, v := range norms {
		norms[k] = math.Sqrt(v)
	}
	return norms
}

// Without are the weights of the same network built without parts for training only, whose layers must all be in the
// trained one.
func Without(n Network, w *engine.Weights, plain *spaces.Graph) (*engine.Weights, error) {
	if n.Graph == plain {
		return w, nil
	}
	trained, err := engine.NewPlan(n.Graph, engine.Outputs(outputs(n)...))
	if err != nil {
		return nil, err
	}
	wanted, err := engine.NewPlan(plain)
	if err != nil {
		return nil, err
	}
	byName := map[string][]float32{}
	for i, p := range n.Graph.Params() {
		byName[p.Name] = w.Params[i]
	}
	out := &engine.Weights{}
	for _, p := range plain.Params() {
		v, ok := byName[p.Name]
		if !ok {
			return nil, fmt.Errorf("train: the trained network has no parameter %s", p.Name)
		}
		out.Params = append(out.Params, v)
	}
	if w.Running == nil {
		return out, nil
	}
	running := map[string]engine.Running{}
	for i, n := range trained.Running {
		running[trained.Norms[n].Layer.Name] = w.Running[i]
	}
	for _, n := range wanted.Running {
		r, ok := running[wanted.Norms[n].Layer.Name]
		if !ok {
			return nil, fmt.Errorf("train: the trained network has no batch norm %s", wanted.Norms[n].Layer.Name)
		}
		out.Running = append(out.Running, r)
	}
	return out, nil
}

// outputs are the layers beside the network's output that the loss depends on.
func outputs(n Network) []int {
	if n.Auxiliary == 0 {
		return nil
	}
	return []int{n.Auxiliary}
}
