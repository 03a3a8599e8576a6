// Package native is the engine's CPU device: plain Go with vector kernels, nothing to install.
//
//	d := native.New()
//	signals, err := engine.Run(d, plan, params, batch, engine.Want{LossGrad: true})
//
// # How it works
//
// Maps are stored in blocks of 16 channels, N × C/16 × H × W × 16, so that one vector register holds the channels
// of a pixel. A convolution packs one sample's map into a padded image, normalising and rectifying on the way
// (neither costs a pass over memory), and multiplies it with weights that were packed once. Its backward pass
// packs the gradient, carried back through the batch norm on the way, once for the weight gradient and the input
// gradient of every cotangent. Samples go to threads one by one; where weights are too big for the cache, the
// whole batch is packed first and the weights' blocks go to threads. Whatever is summed over samples is kept per
// sample or per fixed group of samples, or added up in the samples' order by one thread, so that scores do not
// depend on the number of threads, to the bit. A pooling packs its input like a depthwise convolution and walks
// its window row by row.
//
// # Which CPUs
//
// The kernels are assembly for AVX-512 and for AVX2, chosen when the program starts, and plain Go for every other
// CPU, arm64 included. Plain Go has no vectors: on a Zen 4 it takes about 12 times as long as AVX-512, which
// is hardly quicker than AVX2 there (BenchmarkKernelSets: one TSS network on one thread).
//
// # Where the time goes
//
// Shares of the CPU time of the default proxies at batch 64, on AVX-512 (Zen 4), one thread:
//
//	                                           twenty random   heaviest
//	                                                     TSS        TSS
//	Conv: forward and input gradients                    43%        49%
//	Wgrad: weight gradients                              23%        29%
//	Affine…, Lin…, Mask…: batch norm and ReLU            15%        13%
//	Cross, Moments: sums over maps                        5%         4%
//	BoxRow, Add: pooling, sums at nodes                   3%         0%
//	copying and clearing memory                           6%         1%
//	all else                                              5%         4%
//
// The forward pass takes 28% and 27%, the backward passes of all cotangents 71% and 73%, synflow 1% each. The
// convolutions run near the peak of the multiply-adds (go test -bench . ./zc/engine/native/kernels), the rest at
// the speed of memory, so that neighbours on a shared machine shift the shares: another run gave the convolutions
// 61% of the heaviest.
//
// A step of training of the heaviest TSS cell at batch 64 takes about 0.4 s of one thread, three quarters of it in the
// convolutions.
//
//	go test -run '^$' -bench TrainStep -cpu 1 ./zc/engine/native
//	go test -run '^$' -bench RandomTSS -cpu 1 -cpuprofile cpu.out ./zc/engine/native && go tool pprof -top cpu.out
//	go test -run '^$' -bench Score/TSS/heaviest -cpu 1 -cpuprofile cpu.out ./zc && go tool pprof -top cpu.out
package native
