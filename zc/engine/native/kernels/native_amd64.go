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
