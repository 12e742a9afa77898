package servers

import (
	"archive/tar"
	"compress/gzip"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

func TestRegistry(t *testing.T) {
	r := Registry(t)
	if err := registryCall(http.MethodPost, r.URL()+"/subjects/servers-test/versions", `{"schema":"\"string\""}`); err != nil {
		t.Fatal(err)
	}
	if err := registryCall(http.MethodGet, r.Front(t, Front{})+"/subjects/servers-test/versions/1", ""); err != nil {
		t.Fatal(err)
	}
	if err := registryCall(http.MethodGet, r.Front(t, Front{User: "u", Password: "p"})+"/subjects", ""); err == nil {
		t.Error("the proxy asks for no password")
	}
	if Registry(t) != r {
		t.Error("a second registry was started")
	}
}

func TestFrontAdmits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		front  Front
		header http.Header
		want   bool
	}{
		{Front{}, http.Header{}, true},
		{Front{User: "u", Password: "p"}, http.Header{}, false},
		{Front{User: "u", Password: "p"}, http.Header{"Authorization": {"Basic dTpw"}}, true},
		{Front{Token: "t"}, http.Header{"Authorization": {"Basic dTpw"}}, false},
		{Front{Token: "t"}, http.Header{"Authorization": {"Bearer t"}}, true},
		{Front{Token: "t"}, http.Header{"Authorization": {"Bearer x"}}, false},
		{Front{Headers: map[string]string{"Target-Sr-Cluster": "a"}}, http.Header{}, false},
		{Front{Headers: map[string]string{"Target-Sr-Cluster": "a"}}, http.Header{"Target-Sr-Cluster": {"a"}}, true},
	} {
		if got := c.front.admits(&http.Request{Header: c.header}); got != c.want {
			t.Errorf("%+v with %v: %v", c.front, c.header, got)
		}
	}
}

func TestJavaRelease(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	if n := javaRelease(home); n != 0 {
		t.Errorf("an empty directory is java %d", n)
	}
	must(t, os.MkdirAll(filepath.Join(home, "bin"), 0o755))
	must(t, os.WriteFile(filepath.Join(home, "bin", "java"), nil, 0o755))
	for text, want := range map[string]int{
		"IMPLEMENTOR=x\nJAVA_VERSION=\"21.0.4\"\n": 21, "JAVA_VERSION=\"25\"": 25, "JAVA_VERSION=\"1.8.0_402\"": 1, "JAVA_VERSION=\"x\"": 0, "": 0,
	} {
		must(t, os.WriteFile(filepath.Join(home, "release"), []byte(text), 0o644))
		if got := javaRelease(home); got != want {
			t.Errorf("%q: %d", text, got)
		}
	}
}

func TestUnpackStaysInside(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"a/b.txt": true, "../b.txt": false, "/b.txt": false} {
		archive := filepath.Join(t.TempDir(), "x.tar.gz")
		out, err := os.Create(archive)
		must(t, err)
		packed := gzip.NewWriter(out)
		entries := tar.NewWriter(packed)
		must(t, entries.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Size: 1, Mode: 0o644}))
		_, err = entries.Write([]byte("x"))
		must(t, err)
		must(t, entries.Close())
		must(t, packed.Close())
		must(t, out.Close())
		dir := filepath.Join(t.TempDir(), "dir")
		if err := unpack(archive, dir); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
		if data, err := os.ReadFile(filepath.Join(dir, name)); want && (err != nil || string(data) != "x") {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
}
