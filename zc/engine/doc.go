// Package engine turns a layer graph and a minibatch into signals: the quantities that zero-cost proxies are
// computed from. The passes (forward, backward of the loss, backward of the summed outputs, second order) are
// written once, over the small set of operations of [Device]; package native computes them on the CPU, package
// gomlx on whatever GoMLX drives.
//
//	plan, err := engine.NewPlan(graph)
//	signals, err := engine.Run(native.New(), plan, params, batch, engine.Want{LossGrad: true})
package engine
