package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/zcnas/zcnas/internal/outside"
	"github.com/zcnas/zcnas/zc/internal/format"
)

// archChain and archSkip are two architectures of NATS-Bench TSS.
const (
	archChain = "|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|nor_conv_1x1~2|"
	archSkip  = "|skip_connect~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"
)

func testEntry(arch, proxy string, value float64) Entry {
	return Entry{Key: Key{Space: "nats-tss", Arch: arch, Data: "cifar10", Batch: 64, Seed: 1<<63 + 1, Proxy: proxy}, Value: value}
}

func testTable() *Table {
	undefined := testEntry(archSkip, "nwot", math.NaN())
	undefined.Reason = `no ReLU, "dead"` + "\ncell"
	low := testEntry(archSkip, "synflow", math.Inf(-1))
	low.Reason = "underflow"
	timed := testEntry(archChain, "synflow", 6.02e68)
	timed.Seconds = 0.25
	return New(timed, testEntry(archChain, "nwot", 0.1), low, undefined, testEntry(archSkip, "flops", math.Inf(1)))
}

// formats are the ways to write a table and read it back.
var formats = []struct {
	name  string
	write func(*Table, io.Writer) error
	read  func(io.Reader) (*Table, error)
}{
	{"CSV", (*Table).WriteCSV, ReadCSV},
	{"JSON", (*Table).WriteJSON, ReadJSON},
	{"JSONL", (*Table).WriteJSONL, ReadJSONL},
}

// sortEntries compares tables without their order, and times to rounding error: JSONL keeps only one
// time for an architecture.
var sortEntries = cmpopts.SortSlices(func(a, b Entry) bool { return fmt.Sprint(a.Key) < fmt.Sprint(b.Key) })

// What a spreadsheet program would compute is text to it.
func TestCSVFormula(t *testing.T) {
	formula := testEntry("=1+1", "@sum", 1)
	formula.Reason = "'-x"
	var b bytes.Buffer
	if err := New(formula).WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	if out := b.String(); strings.Contains(out, ",=1+1") || strings.Contains(out, ",@sum") || !strings.Contains(out, "'=1+1") {
		t.Errorf("the CSV has formulas:\n%s", out)
	}
	got, err := ReadCSV(&b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Entry{formula}, got.Entries()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTableRoundTrip(t *testing.T) {
	for _, f := range formats {
		for _, table := range []*Table{testTable(), New()} {
			var b bytes.Buffer
			if err := f.write(table, &b); err != nil {
				t.Fatal(f.name, err)
			}
			got, err := f.read(&b)
			if err != nil {
				t.Fatal(f.name, err)
			}
			opts := cmp.Options{cmpopts.EquateNaNs()}
			if f.name == "JSONL" {
				opts = append(opts, sortEntries, cmpopts.IgnoreFields(Entry{}, "Seconds"))
			}
			if diff := cmp.Diff(table.Entries(), got.Entries(), opts); diff != "" {
				t.Errorf("%s: mismatch (-want +got):\n%s", f.name, diff)
			}
		}
	}
}

func TestTableAddReplaces(t *testing.T) {
	table := testTable()
	n := table.Len()
	e := testEntry(archChain, "synflow", 7)
	e.Seconds = math.NaN()
	table.Add(e)
	if table.Len() != n {
		t.Errorf("%d rows after replacing one of %d", table.Len(), n)
	}
	got, ok := table.Get(e.Key)
	if !ok || got.Value != 7 || got.Seconds != 0 || table.Entries()[0].Value != 7 {
		t.Errorf("replaced row is %+v, %v; want value 7, time 0, in first place", got, ok)
	}
	if _, ok := table.Get(Key{}); ok {
		t.Error("found a key that is not there")
	}
	other := New(testEntry(archChain, "synflow", 8), testEntry(archChain, "snip", 9))
	if table.Merge(other).Len() != n+1 || table.Column("synflow")[0] != 8 {
		t.Errorf("merged: %+v", table.Entries())
	}
}

func TestTablePivot(t *testing.T) {
	table := testTable()
	if diff := cmp.Diff([]string{archChain, archSkip}, table.Archs()); diff != "" {
		t.Errorf("archs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"synflow", "nwot", "flops"}, table.Proxies()); diff != "" {
		t.Errorf("proxies (-want +got):\n%s", diff)
	}
	for proxy, want := range map[string][]float64{
		"synflow": {6.02e68, math.Inf(-1)},
		"nwot":    {0.1, math.NaN()},
		"flops":   {math.NaN(), math.Inf(1)},
		"absent":  {math.NaN(), math.NaN()},
	} {
		if diff := cmp.Diff(want, table.Column(proxy), cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", proxy, diff)
		}
	}
	var empty Table
	if len(empty.Column("synflow")) != 0 || empty.Archs() != nil || empty.Len() != 0 {
		t.Error("the zero table is not empty")
	}
}

func TestTableRuns(t *testing.T) {
	table := testTable()
	other := testEntry(archChain, "synflow", 1)
	other.Seed = 2
	table.Add(other)
	runs := table.Runs()
	if len(runs) != 2 || runs[1] != (RunKey{"nats-tss", "cifar10", 64, 2}) {
		t.Fatalf("runs %+v", runs)
	}
	if n := table.Run(runs[1]).Len(); n != 1 {
		t.Errorf("second run has %d rows; want 1", n)
	}
}

func TestTableConcurrentUse(t *testing.T) {
	table := New()
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 100 {
				table.Add(testEntry(fmt.Sprint(g), fmt.Sprint(i), float64(i)))
				table.Column("3")
				table.Records()
			}
		})
	}
	wg.Wait()
	if table.Len() != 400 {
		t.Errorf("%d rows; want 400", table.Len())
	}
}

func TestRecordLine(t *testing.T) {
	r := Record{
		Space: "nats-tss", Arch: "|none~0|", Data: "cifar10", Batch: 64, Seed: 3,
		Scores:  map[string]float64{"synflow": 2.5, "nwot": math.NaN(), "zen": math.Inf(1)},
		Reasons: map[string]string{"nwot": "disconnected"}, Seconds: 0.125,
	}
	line, err := r.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"space":"nats-tss","arch":"|none~0|","data":"cifar10","batch":64,"seed":3,` +
		`"scores":{"nwot":null,"synflow":2.5,"zen":null},"reasons":{"nwot":"disconnected","zen":"+Inf"},"seconds":0.125}`
	if string(line) != want {
		t.Errorf("got  %s\nwant %s", line, want)
	}
	var back Record
	if err := back.UnmarshalJSON(line); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, back, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	var sum float64
	for _, e := range back.Entries() {
		sum += e.Seconds
	}
	if math.Abs(sum-r.Seconds) > 1e-12 {
		t.Errorf("times of the rows sum to %g; want %g", sum, r.Seconds)
	}
}

const (
	goodLine = `{"space":"nats-tss","arch":"a","data":"d","batch":1,"seed":1,"scores":{"snip":1},"reasons":{},"seconds":0}`
	goodRow  = `{"space":"s","arch":"a","proxy":"p","value":1}`
	csvHead  = "space,arch,data,batch,seed,proxy,value,reason,seconds\n"
	goodCSV  = csvHead + "s,a,d,1,1,p,1,,0\n"
)

func TestReadMalformed(t *testing.T) {
	for _, c := range []struct {
		name, format, input string
		line, column        int
		field               string
		rows                int
	}{
		{"empty", "CSV", "", 1, 0, "", 0},
		{"missing column", "CSV", "space,arch\n", 1, 0, "data", 0},
		{"double column", "CSV", "space,space\n", 1, 0, "space", 0},
		{"bad number", "CSV", goodCSV + "s,a,d,1,1,q,one,,0\n", 3, 13, "value", 1},
		{"bad seed", "CSV", goodCSV + "s,a,d,1,-1,q,1,,0\n", 3, 9, "seed", 1},
		{"bad batch", "CSV", goodCSV + "s,a,d,-3,1,q,1,,0\n", 3, 7, "batch", 1},
		{"bad time", "CSV", goodCSV + "s,a,d,3,1,q,1,,NaN\n", 3, 16, "seconds", 1},
		{"no arch", "CSV", goodCSV + "s,,d,3,1,q,1,,0\n", 3, 3, "arch", 1},
		{"short row", "CSV", goodCSV + "s,a\n", 3, 1, "", 1},
		{"open quote", "CSV", goodCSV + "s,\"a,d,1,1,p,1,,0\n", 3, 19, "", 1},
		{"not UTF-8", "CSV", goodCSV + "s,a\xff,d,1,1,p,1,,0\n", 3, 3, "arch", 1},
		{"empty", "JSON", "", 1, 1, "", 0},
		{"object", "JSON", "{}", 1, 1, "", 0},
		{"cut off", "JSON", "[\n" + goodRow + ",\n{\"space\"", 3, 8, "", 0},
		{"type", "JSON", "[\n" + goodRow + ",\n" + `{"space":"s","arch":7}` + "]", 3, 21, "arch", 1},
		{"too large", "JSON", "[\n" + goodRow + ",\n" + `{"value":1e999}` + "]", 3, 14, "value", 1},
		{"no arch", "JSON", "[\n" + goodRow + ",\n" + `{"space":"s"}` + "]", 3, 1, "arch", 1},
		{"tail", "JSON", "[]x", 1, 3, "", 0},
		{"syntax", "JSONL", goodLine + "\n{\"space\":}\n", 2, 10, "", 1},
		{"cut off", "JSONL", goodLine + "\n" + goodLine[:70], 2, 70, "", 1},
		{"joined lines", "JSONL", goodLine + "\n" + goodLine[:4] + goodLine + "\n", 2, 7, "", 1},
		{"type", "JSONL", goodLine + "\n" + `{"space":"s","arch":"a","scores":{"snip":"high"}}` + "\n", 2, 47, "scores", 1},
		{"no scores", "JSONL", goodLine + "\n" + `{"space":"s","arch":"a"}` + "\n", 2, 0, "scores", 1},
		{"null", "JSONL", "null\n", 1, 0, "space", 0},
		{"bad batch", "JSONL", `{"space":"s","arch":"a","scores":{},"batch":-1}`, 1, 0, "batch", 0},
		{"score twice", "CSV", goodCSV + "s,a,d,1,1,p,2,,0\n", 3, 13, "value", 1},
		{"score twice", "JSON", "[\n" + goodRow + ",\n" + strings.Replace(goodRow, `"value":1`, `"value":2`, 1) + "]", 3, 1, "value", 1},
		{"score twice", "JSONL", goodLine + "\n" + strings.Replace(goodLine, `"snip":1`, `"snip":2`, 1) + "\n", 2, 0, "scores", 1},
		{"key twice", "JSON", "[\n" + strings.Replace(goodRow, "{", `{"arch":"b",`, 1) + "]", 2, 25, "", 0},
		{"key twice", "JSONL", strings.Replace(goodLine, `{"snip":1`, `{"snip":2,"snip":1`, 1), 1, 81, "", 0},
		{"not UTF-8", "JSON", "[\n" + strings.Replace(goodRow, `"a"`, "\"a\xff\"", 1) + "]", 2, 23, "", 0},
		{"not UTF-8", "JSONL", strings.Replace(goodLine, `"a"`, "\"a\xff\"", 1), 1, 30, "", 0},
		{"half a character", "JSONL", strings.Replace(goodLine, `"a"`, `"\ud83d"`, 1), 1, 29, "", 0},
	} {
		t.Run(c.format+" "+c.name, func(t *testing.T) {
			for _, f := range formats {
				if f.name != c.format {
					continue
				}
				table, err := f.read(strings.NewReader(c.input))
				var fe *format.Error
				if !errors.As(err, &fe) {
					t.Fatalf("error %v; want a FormatError", err)
				}
				if fe.Line != c.line || fe.Column != c.column || fe.Field != c.field {
					t.Errorf("error %v; want line %d, column %d, field %q", err, c.line, c.column, c.field)
				}
				if table.Len() != c.rows {
					t.Errorf("%d rows kept; want %d", table.Len(), c.rows)
				}
				if cut := errors.Is(err, ErrTruncated); cut != (c.format == "JSONL" && c.name == "cut off") {
					t.Errorf("truncated is %v for %v", cut, err)
				}
			}
		})
	}
}

func TestWriteRefusesLossyText(t *testing.T) {
	for _, arch := range []string{"a\xff", "a\r\nb"} {
		table := New(testEntry(arch, "snip", 1))
		if err := table.WriteCSV(io.Discard); err == nil {
			t.Errorf("CSV of %q: no error", arch)
		}
	}
	if err := New(testEntry("a\xff", "snip", 1)).WriteJSONL(io.Discard); err == nil {
		t.Error("JSONL: no error")
	}
}

// TestReadReferenceCases reads a file of another program with fields that this one does not know.
func TestReadReferenceCases(t *testing.T) {
	file, err := os.Open(outside.File(t, "reference/tss.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := ReadRecords(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(records) < 10 || records[0].Scores["params"] != 73306 || !math.IsNaN(records[0].Scores["nwot"]) {
		t.Errorf("%d records, the first is %+v", len(records), records[0])
	}
}

func FuzzReadTable(f *testing.F) {
	f.Add(goodCSV)
	f.Add("[" + goodRow + "]")
	f.Add(goodLine + "\n" + goodLine[:40])
	var b bytes.Buffer
	for _, format := range formats {
		b.Reset()
		if err := format.write(testTable(), &b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.String())
	}
	f.Fuzz(func(t *testing.T, input string) {
		for _, format := range formats {
			table, err := format.read(strings.NewReader(input))
			if err != nil {
				continue
			}
			for _, g := range formats {
				var b bytes.Buffer
				if err := g.write(table, &b); err != nil {
					continue // text that the format cannot hold
				}
				back, err := g.read(&b)
				if err != nil {
					t.Fatalf("%s, written as %s, does not read back: %v", format.name, g.name, err)
				}
				// What was read from text may be a NaN whose reason spells an infinity, which JSON
				// uses for infinities; so only the keys must stay.
				keys := func(t *Table) []Key {
					var out []Key
					for _, e := range t.Entries() {
						out = append(out, e.Key)
					}
					return out
				}
				order := cmpopts.SortSlices(func(a, b Key) bool { return fmt.Sprintf("%#v", a) < fmt.Sprintf("%#v", b) })
				if diff := cmp.Diff(keys(table), keys(back), order, cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("%s, written as %s (-want +got):\n%s", format.name, g.name, diff)
				}
			}
		}
	})
}

func ExampleTable_Column() {
	table := New(
		Entry{Key: Key{Space: "nats-tss", Arch: "a", Proxy: "params"}, Value: 73306},
		Entry{Key: Key{Space: "nats-tss", Arch: "b", Proxy: "params"}, Value: 316346},
		Entry{Key: Key{Space: "nats-tss", Arch: "b", Proxy: "nwot"}, Value: 150.008},
	)
	for _, proxy := range table.Proxies() {
		fmt.Println(proxy, table.Column(proxy))
	}
	// Output:
	// params [73306 316346]
	// nwot [NaN 150.008]
}

func ExampleTable_WriteCSV() {
	table := New(Entry{
		Key:    Key{Space: "nats-tss", Arch: archSkip, Data: "cifar10", Batch: 64, Seed: 0, Proxy: "nwot"},
		Value:  math.NaN(),
		Reason: "no ReLU on a path",
	})
	if err := table.WriteCSV(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// space,arch,data,batch,seed,proxy,value,reason,seconds
	// nats-tss,|skip_connect~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|,cifar10,64,0,nwot,,no ReLU on a path,0
}
