package kernels

import "golang.org/x/sys/cpu"

// native lists the assembly sets this CPU runs, the fastest first.
func native() []level {
	var ls []level
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ {
		ls = append(ls, level{"avx512", avx512F32Set(), avx512F64Set(), avx512F32Peak, 12 * 16 * 2})
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		ls = append(ls, level{"avx2", avx2F32Set(), avx2F64Set(), avx2F32Peak, 12 * 8 * 2})
	}
	return ls
}

func avx512F32Set() *Set[float32] {
	return &Set[float32]{
		Conv: tiles[float32]{
			one:    []tileFunc[float32]{nil, avx512F32Conv1x1, avx512F32Conv1x2, avx512F32Conv1x3, avx512F32Conv1x4, avx512F32Conv1x5, avx512F32Conv1x6, avx512F32Conv1x7, avx512F32Conv1x8},
			two:    []tileFunc[float32]{nil, avx512F32Conv2x1, avx512F32Conv2x2, avx512F32Conv2x3, avx512F32Conv2x4, avx512F32Conv2x5, avx512F32Conv2x6, avx512F32Conv2x7, avx512F32Conv2x8},
			passes: 1,
		}.conv(),
		Depthwise: tiles[float32]{
			one:    []tileFunc[float32]{nil, avx512F32Depthwise1x1, avx512F32Depthwise1x2, avx512F32Depthwise1x3, avx512F32Depthwise1x4, avx512F32Depthwise1x5, avx512F32Depthwise1x6, avx512F32Depthwise1x7, avx512F32Depthwise1x8},
			two:    []tileFunc[float32]{nil, avx512F32Depthwise2x1, avx512F32Depthwise2x2, avx512F32Depthwise2x3, avx512F32Depthwise2x4, avx512F32Depthwise2x5, avx512F32Depthwise2x6, avx512F32Depthwise2x7, avx512F32Depthwise2x8},
			passes: 1,
		}.depthwise(),
		Wgrad: wgradBlocks[float32]{
			{1, 16, avx512F32Wgrad1x16}, {3, 8, avx512F32Wgrad3x8}, {3, 4, avx512F32Wgrad3x4},
			{3, 3, avx512F32Wgrad3x3}, {3, 2, avx512F32Wgrad3x2}, {3, 1, avx512F32Wgrad3x1},
		}.wgrad(1),
		DepthwiseWgrad: depthwiseWgradOf(avx512F32DepthwiseWgrad),
		Affine:         rowAffine("Affine", avx512F32Affine),
		AffineReLU:     rowAffineReLU(avx512F32AffineReLU),
		AffineAcc:      rowAffine("AffineAcc", avx512F32AffineAcc),
		Lin2:           rowLin2("Lin2", avx512F32Lin2),
		Lin2Acc:        rowLin2("Lin2Acc", avx512F32Lin2Acc),
		Lin2Mask:       rowLin2Mask(avx512F32Lin2Mask),
		Lin4:           rowLin4(avx512F32Lin4),
		Mask:           rowMask("Mask", avx512F32Mask),
		MaskAcc:        rowMask("MaskAcc", avx512F32MaskAcc),
		Add:            rowAdd("Add", avx512F32Add),
		AddScaled:      rowAddScaled(avx512F32AddScaled),
		Mul:            rowAdd("Mul", avx512F32Mul),
		MaxArg:         rowTap("MaxArg", avx512F32MaxArg),
		SelectAcc:      rowTap("SelectAcc", avx512F32SelectAcc),
		Moments:        rowMoments(avx512F32Moments),
		Cross:          rowCross(avx512F32Cross),
		Codes:          rowCodes(avx512F32Codes),
		BoxRow: boxRows[float32]{
			avx512F32BoxRow1, avx512F32BoxRow2, avx512F32BoxRow3,
			avx512F32BoxRow1Acc, avx512F32BoxRow2Acc, avx512F32BoxRow3Acc,
		}.boxRow(),
	}
}

func avx512F64Set() *Set[float64] {
	return &Set[float64]{
		Conv: tiles[float64]{
			one:    []tileFunc[float64]{nil, avx512F64Conv1x1, avx512F64Conv1x2, avx512F64Conv1x3, avx512F64Conv1x4},
			two:    []tileFunc[float64]{nil, avx512F64Conv2x1, avx512F64Conv2x2, avx512F64Conv2x3, avx512F64Conv2x4},
			passes: 1,
		}.conv(),
		Depthwise: tiles[float64]{
			one:    []tileFunc[float64]{nil, avx512F64Depthwise1x1, avx512F64Depthwise1x2, avx512F64Depthwise1x3, avx512F64Depthwise1x4},
			two:    []tileFunc[float64]{nil, avx512F64Depthwise2x1, avx512F64Depthwise2x2, avx512F64Depthwise2x3, avx512F64Depthwise2x4},
			passes: 1,
		}.depthwise(),
		Wgrad: wgradBlocks[float64]{
			{1, 8, avx512F64Wgrad1x8}, {3, 4, avx512F64Wgrad3x4},
			{3, 3, avx512F64Wgrad3x3}, {3, 2, avx512F64Wgrad3x2}, {3, 1, avx512F64Wgrad3x1},
		}.wgrad(1),
		DepthwiseWgrad: depthwiseWgradOf(avx512F64DepthwiseWgrad),
		Affine:         rowAffine("Affine", avx512F64Affine),
		AffineReLU:     rowAffineReLU(avx512F64AffineReLU),
		AffineAcc:      rowAffine("AffineAcc", avx512F64AffineAcc),
		Lin2:           rowLin2("Lin2", avx512F64Lin2),
		Lin2Acc:        rowLin2("Lin2Acc", avx512F64Lin2Acc),
		Lin2Mask:       rowLin2Mask(avx512F64Lin2Mask),
		Lin4:           rowLin4(avx512F64Lin4),
		Mask:           rowMask("Mask", avx512F64Mask),
		MaskAcc:        rowMask("MaskAcc", avx512F64MaskAcc),
		Add:            rowAdd("Add", avx512F64Add),
		AddScaled:      rowAddScaled(avx512F64AddScaled),
		Mul:            rowAdd("Mul", avx512F64Mul),
		MaxArg:         rowTap("MaxArg", avx512F64MaxArg),
		SelectAcc:      rowTap("SelectAcc", avx512F64SelectAcc),
		Moments:        rowMoments(avx512F64Moments),
		Cross:          rowCross(avx512F64Cross),
		Codes:          rowCodes(avx512F64Codes),
		BoxRow: boxRows[float64]{
			avx512F64BoxRow1, avx512F64BoxRow2, avx512F64BoxRow3,
			avx512F64BoxRow1Acc, avx512F64BoxRow2Acc, avx512F64BoxRow3Acc,
		}.boxRow(),
	}
}

func avx2F32Set() *Set[float32] {
	return &Set[float32]{
		Conv: tiles[float32]{
			one:    []tileFunc[float32]{nil, avx2F32Conv1x1, avx2F32Conv1x2},
			two:    []tileFunc[float32]{nil, avx2F32Conv2x1, avx2F32Conv2x2},
			passes: 1,
		}.conv(),
		Depthwise: tiles[float32]{
			one:    []tileFunc[float32]{nil, avx2F32Depthwise1x1, avx2F32Depthwise1x2},
			two:    []tileFunc[float32]{nil, avx2F32Depthwise2x1, avx2F32Depthwise2x2},
			passes: 1,
		}.depthwise(),
		Wgrad: wgradBlocks[float32]{
			{1, 4, avx2F32Wgrad1x4}, {3, 2, avx2F32Wgrad3x2}, {3, 1, avx2F32Wgrad3x1},
		}.wgrad(1),
		DepthwiseWgrad: depthwiseWgradOf(avx2F32DepthwiseWgrad),
		Affine:         rowAffine("Affine", avx2F32Affine),
		AffineReLU:     rowAffineReLU(avx2F32AffineReLU),
		AffineAcc:      rowAffine("AffineAcc", avx2F32AffineAcc),
		Lin2:           rowLin2("Lin2", avx2F32Lin2),
		Lin2Acc:        rowLin2("Lin2Acc", avx2F32Lin2Acc),
		Lin2Mask:       rowLin2Mask(avx2F32Lin2Mask),
		Lin4:           rowLin4(avx2F32Lin4),
		Mask:           rowMask("Mask", avx2F32Mask),
		MaskAcc:        rowMask("MaskAcc", avx2F32MaskAcc),
		Add:            rowAdd("Add", avx2F32Add),
		AddScaled:      rowAddScaled(avx2F32AddScaled),
		Mul:            rowAdd("Mul", avx2F32Mul),
		MaxArg:         rowTap("MaxArg", avx2F32MaxArg),
		SelectAcc:      rowTap("SelectAcc", avx2F32SelectAcc),
		Moments:        rowMoments(avx2F32Moments),
		Cross:          rowCross(avx2F32Cross),
		Codes:          rowCodes(avx2F32Codes),
		BoxRow: boxRows[float32]{
			avx2F32BoxRow1, avx2F32BoxRow2, avx2F32BoxRow3,
			avx2F32BoxRow1Acc, avx2F32BoxRow2Acc, avx2F32BoxRow3Acc,
		}.boxRow(),
	}
}

// avx2F64Set has assembly for the convolutions alone; a pixel of float64 is
// four AVX2 vectors, so they take it in two passes of eight lanes.
func avx2F64Set() *Set[float64] {
	s := portableSet[float64]()
	s.Conv = tiles[float64]{
		one:    []tileFunc[float64]{nil, avx2F64Conv1x1, avx2F64Conv1x2},
		two:    []tileFunc[float64]{nil, avx2F64Conv2x1, avx2F64Conv2x2},
		passes: 2,
	}.conv()
	s.Depthwise = tiles[float64]{
		one:    []tileFunc[float64]{nil, avx2F64Depthwise1x1, avx2F64Depthwise1x2},
		two:    []tileFunc[float64]{nil, avx2F64Depthwise2x1, avx2F64Depthwise2x2},
		passes: 2,
	}.depthwise()
	s.Wgrad = wgradBlocks[float64]{
		{1, 4, avx2F64Wgrad1x4}, {3, 2, avx2F64Wgrad3x2}, {3, 1, avx2F64Wgrad3x1},
	}.wgrad(2)
	return s
}
