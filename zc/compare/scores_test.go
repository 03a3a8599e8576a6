package compare

import (
	"math"

	"github.com/zcnas/zcnas/zc/table"
)

// archChain and archSkip are two architectures of NATS-Bench TSS.
const (
	archChain = "|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|nor_conv_1x1~2|"
	archSkip  = "|skip_connect~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"
)

func testEntry(arch, proxy string, value float64) table.Entry {
	return table.Entry{Key: table.Key{Space: "nats-tss", Arch: arch, Data: "cifar10", Batch: 64, Proxy: proxy}, Value: value}
}

func testTable() *table.Table {
	return table.New(testEntry(archChain, "synflow", 6.02e68), testEntry(archChain, "nwot", 0.1), testEntry(archSkip, "nwot", math.NaN()))
}
