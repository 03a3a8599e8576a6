package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/zcnas/zcnas/internal/strictjson"
)

func TestCheck(t *testing.T) {
	twice := func(key string, first, second int) *strictjson.Error {
		return &strictjson.Error{Key: key, First: first, Offset: second}
	}
	for _, tt := range []struct {
		name, text string
		want       *strictjson.Error
	}{
		{"good", `{"a": {"a": 1, "b": ["a", "a", {"a": 2}]}, "b": "a:", "c" : "\ud83d\ude00 \\ud800"}`, nil},
		{"twice", `{"a": 1, "a": 1}`, twice("a", 1, 9)},
		{"twice, one escaped", `{"arch": 1, "\u0061rch": 2}`, twice("arch", 1, 12)},
		{"twice, further down", `[{"s": {"snip": 1, "nwot": [2, {}], "snip": 3}}]`, twice("snip", 8, 36)},
		{"twice, empty", `{"": 1, "" : 1}`, twice("", 1, 8)},
		{"a string with a quote", `{"a\"": 1, "a\\": ":", "a": "\""}`, nil},
		{"not UTF-8", "{\"a\": \"x\xffy\"}", &strictjson.Error{Offset: 8, What: "the byte 0xff is not UTF-8"}},
		{"first half alone", `["\ud83d", 1]`, &strictjson.Error{Offset: 2, What: `the escape \ud83d is half a character`}},
		{"first half twice", `["\ud83d\ud83d"]`, &strictjson.Error{Offset: 2, What: `the escape \ud83d is half a character`}},
		{"second half alone", `["x\ude00"]`, &strictjson.Error{Offset: 3, What: `the escape \ude00 is half a character`}},
		{"no JSON", `}]"`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got *strictjson.Error
			if err := strictjson.Check([]byte(tt.text)); err != nil && !errors.As(err, &got) {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What passes is read as it is: written again it has as many keys, and no text was replaced.
func FuzzCheck(f *testing.F) {
	f.Add([]byte(`{"a": {"b": 1}, "c": ["\ud83d\ude00", "\\"]}`))
	f.Add([]byte(`{"a": 1, "a": 2}`))
	f.Add([]byte(`["\ud83d"]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var object map[string]json.RawMessage
		err := json.Unmarshal(data, &object)
		check := strictjson.Check(data)
		if err != nil || check != nil {
			return
		}
		if !utf8.Valid(data) {
			t.Error("passes, but is not UTF-8")
		}
		if object == nil { // null
			return
		}
		if keys := topKeys(t, data); keys != len(object) {
			t.Errorf("passes with %d keys, %d of them different", keys, len(object))
		}
	})
}

// topKeys counts the keys of an object as encoding/json's own scanner sees them.
func topKeys(t *testing.T, data []byte) int {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	n := 0
	for d.More() {
		if _, err := d.Token(); err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}
