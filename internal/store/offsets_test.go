package store

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/connect"
)

func partition(fields map[string]any, order ...string) *connect.SourcePartition {
	return connect.NewSourcePartition(fields, order...)
}

func open(t *testing.T, path string) *OffsetFile {
	t.Helper()
	f, err := OpenOffsetFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestOffsetsAreFoundByMeaning(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "offsets")
	javaKey := `["c",{"b": 2 ,"a":"x"}]`
	if err := os.WriteFile(path, EncodeOffsetFile([][2][]byte{
		{[]byte(`not a key`), []byte("kept")},
		{[]byte(javaKey), []byte(`{"p":1}`)},
		{[]byte(`["c",{"a":"x","b":2}]`), []byte(`{"p":2}`)}, // the same partition once more
		{nil, nil},
	}), 0o640); err != nil {
		t.Fatal(err)
	}
	f := open(t, path)
	p := partition(map[string]any{"a": "x", "b": int64(2)})
	got, err := f.Get(t.Context(), "c", []*connect.SourcePartition{p, partition(map[string]any{"a": "y"}), nil})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]connect.OffsetFields{{"p": int64(2)}, nil, nil}, got); diff != "" {
		t.Error(diff)
	}
	if err := f.Set(t.Context(), "c", []OffsetWrite{{p, connect.OffsetFields{"p": int64(3)}}, {p, connect.OffsetFields{"p": int64(4)}}}); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := DecodeOffsetFile(content)
	if err != nil {
		t.Fatal(err)
	}
	want := [][2][]byte{{[]byte(`not a key`), []byte("kept")}, {[]byte(javaKey), []byte(`{"p":4}`)}, {[]byte(`["c",{"a":"x","b":2}]`), []byte(`{"p":4}`)}, {nil, nil}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v %v", info.Mode(), err)
	}
	if entries, err := f.Partitions(t.Context(), "c"); err != nil || len(entries) != 1 {
		t.Errorf("%v %v", entries, err)
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
		t.Errorf("%d files are left", len(files))
	}
}

func TestOffsetsSurviveReopening(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "offsets")
	f := open(t, path)
	p, q := partition(map[string]any{"filename": "x"}), partition(map[string]any{"filename": "y"})
	if err := f.Set(t.Context(), "c", []OffsetWrite{{p, connect.OffsetFields{"position": int64(5), "ratio": 0.5}}, {q, connect.OffsetFields{"position": int64(1)}}}); err != nil {
		t.Fatal(err)
	}
	if err := f.Set(t.Context(), "c", []OffsetWrite{{q, nil}}); err != nil {
		t.Fatal(err)
	}
	f = open(t, path)
	got, err := f.Get(t.Context(), "c", []*connect.SourcePartition{p, q})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]connect.OffsetFields{{"position": int64(5), "ratio": 0.5}, nil}, got); diff != "" {
		t.Error(diff)
	}
	entries, err := f.Partitions(t.Context(), "c")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]OffsetEntry{{map[string]any{"filename": "x"}, connect.OffsetFields{"position": int64(5), "ratio": 0.5}}}, entries); diff != "" {
		t.Error(diff)
	}
}

func TestBadOffsetsChangeNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "offsets")
	f := open(t, path)
	p := partition(map[string]any{"filename": "x"})
	err := f.Set(t.Context(), "c", []OffsetWrite{{p, connect.OffsetFields{"position": int64(5)}}, {p, connect.OffsetFields{"position": []any{}}}})
	if err == nil || err.Error() != "Offsets may only contain primitive types as values, but field position contains ARRAY" {
		t.Error(err)
	}
	if got, err := f.Get(t.Context(), "c", []*connect.SourcePartition{p}); err != nil || got[0] != nil {
		t.Errorf("%v %v", got, err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("a file was written: %v", err)
	}
}

func TestDamagedFileIsLeftAlone(t *testing.T) {
	t.Parallel()
	whole := EncodeOffsetFile([][2][]byte{{[]byte(`["c",{}]`), []byte(`{}`)}})
	for name, content := range map[string][]byte{
		"cut":     whole[:len(whole)-3],
		"other":   []byte("filename=offsets\n"),
		"flipped": append(bytes.Clone(whole[:30]), append([]byte{0xff}, whole[31:]...)...),
		"size":    bytes.Replace(whole, []byte{0x77, 8, 0, 0, 0, 16, 0, 0, 0, 1}, []byte{0x77, 8, 0, 0, 0, 16, 0x7f, 0, 0, 1}, 1),
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenOffsetFile(path)
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, content) {
			t.Errorf("%s was changed", name)
		}
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, empty)
}

func TestUnwritableDirectoryShowsAtStart(t *testing.T) {
	t.Parallel()
	if _, err := OpenOffsetFile(filepath.Join(t.TempDir(), "missing", "offsets")); err == nil {
		t.Error("a file in a missing directory was opened")
	}
	if _, err := OpenOffsetFile(""); err == nil {
		t.Error("a file without name was opened")
	}
}

func TestSymbolicLinkStays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Skipf("this file system has no symbolic links, which most have: %v", err)
	}
	f := open(t, link)
	if err := f.Set(t.Context(), "c", []OffsetWrite{{partition(map[string]any{"a": "b"}), connect.OffsetFields{"p": int64(1)}}}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link was replaced by a file")
	}
	if info, err := os.Stat(target); err != nil || info.Size() == 0 {
		t.Error("nothing was written to the target")
	}
}

func FuzzDecodeOffsetFile(f *testing.F) {
	f.Add(EncodeOffsetFile(nil))
	f.Add(EncodeOffsetFile([][2][]byte{{[]byte(`["c",{}]`), []byte(`{}`)}, {nil, nil}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := DecodeOffsetFile(b)
		if err != nil {
			return
		}
		again, err := DecodeOffsetFile(EncodeOffsetFile(rows))
		if err != nil || len(again) != len(rows) {
			t.Errorf("%d rows are read back as %d: %v", len(rows), len(again), err)
		}
	})
}
