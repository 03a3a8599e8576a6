package formats

import "testing"

func TestUnpickleErrors(t *testing.T) {
	tests := []struct{ name, pickle string }{
		{"empty", ""},
		{"no end", "\x80\x04K\x01"},
		{"huge bytes", "\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f."},
		{"huge frame", "\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f."},
		{"huge string", "\x80\x04X\xff\xff\xff\x7fabc."},
		{"negative long", "\x80\x04\x8b\xff\xff\xff\xff."},
		{"empty long", "\x80\x04\x8a\x00."},
		{"opcode 255", "\xff."},
		{"empty stack", "."},
		{"pop of nothing", "0."},
		{"class", "cos\nsystem\n(S'true'\ntR."},
		{"unhashable key", "ccollections\nOrderedDict\n)R(C\x01aK\x01u."},
		{"scalar", "cnumpy.core.multiarray\nscalar\n)R."},
		{"dtype", "cnumpy\ndtype\n)R."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if v, err := Unpickle([]byte(tt.pickle)); err == nil {
				t.Errorf("no error, but %T", v)
			}
		})
	}
}

func FuzzUnpickle(f *testing.F) {
	f.Add([]byte("}S'12'\n]q\x00h\x00as."))
	f.Add([]byte("\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00K\x01K\x02."))
	f.Add([]byte("ccollections\nOrderedDict\n)RS'a'\nK\x01s."))
	f.Add([]byte("cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nS'f8'\nK\x00K\x01\x87R(K\x03S'<'\nNtbC\x0812345678\x86R."))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Unpickle(data)
		if err != nil {
			return
		}
		_ = Entries(v, func(_, value any) error {
			_, _ = PickleNumber(value)
			return nil
		})
		_, _ = Fields(v)
	})
}
