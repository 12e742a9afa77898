package providers

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/moldau/moldau/connect"
)

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func configured(t *testing.T, p connect.ConfigProvider, options map[string]string) connect.ConfigProvider {
	t.Helper()
	if err := p.Configure(options); err != nil {
		t.Fatal(err)
	}
	return p
}

func get(t *testing.T, p connect.ConfigProvider, path string, keys ...string) map[string]string {
	t.Helper()
	data, err := p.Get(t.Context(), path, keys)
	if err != nil {
		t.Fatal(err)
	}
	if data.TTL != 0 {
		t.Errorf("time to live %s", data.TTL)
	}
	return data.Values
}

func TestAllowedPaths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inside := write(t, dir, "in/file", "a=1\nb=2\n")
	outside := write(t, dir, "inner/file", "a=1\n")
	options := map[string]string{"allowed.paths": filepath.Join(dir, "nothing", "..", "in") + "," + filepath.Join(dir, "in")}
	file := configured(t, NewFile(), options)
	for path, want := range map[string]map[string]string{
		inside:                                  {"a": "1"},
		outside:                                 nil,
		filepath.Dir(inside) + "/../inner/file": nil,
		filepath.Dir(inside) + "/./file":        {"a": "1"},
		"":                                      nil,
	} {
		if diff := cmp.Diff(want, get(t, file, path, "a", "missing")); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	if diff := cmp.Diff(map[string]string{"a": "1", "b": "2"}, get(t, file, inside)); diff != "" {
		t.Error(diff)
	}
	d := configured(t, NewDirectory(), options)
	if got := get(t, d, filepath.Dir(outside)); got != nil {
		t.Errorf("got %v", got)
	}
	if diff := cmp.Diff(map[string]string{"file": "a=1\nb=2\n"}, get(t, d, filepath.Dir(inside))); diff != "" {
		t.Error(diff)
	}
}

func TestFileIsReadAnewAndErrorsNameIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := configured(t, NewFile(), nil)
	path := write(t, dir, "p", "k=1")
	if got := get(t, file, path, "k")["k"]; got != "1" {
		t.Errorf("got %q", got)
	}
	write(t, dir, "p", "k=2")
	if got := get(t, file, path, "k")["k"]; got != "2" {
		t.Errorf("got %q", got)
	}
	write(t, dir, "p", `k=\uZZZZ`)
	if _, err := file.Get(t.Context(), path, nil); err == nil || err.Error() != `Malformed \uxxxx encoding.` {
		t.Errorf("got %v", err)
	}
	if _, err := file.Get(t.Context(), dir, nil); err == nil || err.Error() != "Could not read properties from file "+dir {
		t.Errorf("got %v", err)
	}
}

func TestDirectoryFollowsLinksToFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target := write(t, dir, "data/token", "t")
	mount := filepath.Join(dir, "mount")
	if err := os.MkdirAll(mount, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"token": target, "sub": filepath.Dir(target), "broken": filepath.Join(dir, "none")} {
		if err := os.Symlink(to, filepath.Join(mount, name)); err != nil {
			t.Skipf("this system makes no symbolic links (Windows does in developer mode): %v", err)
		}
	}
	if diff := cmp.Diff(map[string]string{"token": "t"}, get(t, configured(t, NewDirectory(), nil), mount)); diff != "" {
		t.Error(diff)
	}
}

func TestEnv(t *testing.T) {
	t.Setenv("MOLDAU_TEST_SECRET", "s")
	t.Setenv("MOLDAU_TEST_OTHER", "o")
	all := configured(t, NewEnv(nil), nil)
	if got := get(t, all, "", "MOLDAU_TEST_SECRET")["MOLDAU_TEST_SECRET"]; got != "s" {
		t.Errorf("got %q", got)
	}
	some := configured(t, NewEnv(nil), map[string]string{"allowlist.pattern": "MOLDAU_(?!TEST_O).*"})
	if diff := cmp.Diff(map[string]string{"MOLDAU_TEST_SECRET": "s"}, get(t, some, "", "MOLDAU_TEST_SECRET", "MOLDAU_TEST_OTHER", "HOME")); diff != "" {
		t.Error(diff)
	}
	if err := NewEnv(nil).Configure(map[string]string{"allowlist.pattern": "("}); err == nil {
		t.Error("a pattern that does not compile was accepted")
	}
}

func TestTimeToLive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := write(t, dir, "p", "k=1")
	for name, p := range map[string]connect.ConfigProvider{path: NewFile(), dir: NewDirectory()} {
		data, err := configured(t, p, map[string]string{"ttl.ms": "1500"}).Get(t.Context(), name, nil)
		if err != nil || data.TTL != 1500*time.Millisecond {
			t.Errorf("%s: got %s, %v", name, data.TTL, err)
		}
		if err := p.Configure(map[string]string{"ttl.ms": "soon"}); err == nil {
			t.Errorf("%s: a time that is no number was accepted", name)
		}
	}
}

func TestPluginsAreComplete(t *testing.T) {
	t.Parallel()
	for _, p := range Plugins() {
		if p.Kind != connect.KindConfigProvider || p.Class == "" || p.Doc == "" || p.NewConfigProvider() == nil {
			t.Errorf("%+v", p)
		}
	}
}
