package servers

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// registryApp returns the directory of the registry's program, and gets it with maven when it must.
func registryApp(t testing.TB) string {
	t.Helper()
	return archive(t, "moldau-registry", "io.apicurio:apicurio-registry-app", registryVersion, "all")
}

// debeziumVersion is the release of Debezium's connectors that tests compare with.
const debeziumVersion = "3.6.0.Final"

// DebeziumJDBC returns a directory for plugin.path that holds Debezium's JDBC sink with its drivers, and gets it with maven when it must.
func DebeziumJDBC(t testing.TB) string {
	t.Helper()
	Need(t)
	return archive(t, "moldau-debezium-jdbc", "io.debezium:debezium-connector-jdbc", debeziumVersion, "plugin")
}

// archive returns the directory of an unpacked tar.gz of Maven Central, which is kept in ~/.cache under a name.
func archive(t testing.TB, name, artifact, version, classifier string) string {
	t.Helper()
	jarsMu.Lock()
	defer jarsMu.Unlock()
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	parent := filepath.Join(home, ".cache", name)
	dir := filepath.Join(parent, version)
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	mvn := needMaven(t)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		t.Fatal(err)
	}
	// Several test binaries may do this at the same time: each unpacks into a directory of its own, and the first to rename it wins.
	tmp, err := os.MkdirTemp(parent, "get-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(tmp)
	cmd := exec.Command(mvn, "-q", "-B", "dependency:copy", "-Dartifact="+artifact+":"+version+":tar.gz:"+classifier,
		"-DoutputDirectory="+tmp, "-Dmdep.useBaseVersion=true")
	cmd.Dir = tmp
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("getting %s %s with maven: %v\n%s", artifact, version, err, out)
	}
	archives, err := filepath.Glob(filepath.Join(tmp, "*.tar.gz"))
	if err != nil || len(archives) != 1 {
		t.Fatalf("maven left no archive of %s %s: %v %v", artifact, version, archives, err)
	}
	app := filepath.Join(tmp, "app")
	if err := unpack(archives[0], app); err != nil {
		t.Fatalf("unpacking %s %s: %v", artifact, version, err)
	}
	if err := os.Rename(app, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	return dir
}

// unpack writes the files of a compressed archive below a directory.
func unpack(archive, dir string) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	for entries := tar.NewReader(plain); ; {
		entry, err := entries.Next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case !filepath.IsLocal(entry.Name):
			return fmt.Errorf("the archive has an entry outside: %s", entry.Name)
		case entry.Typeflag != tar.TypeReg:
			continue
		}
		name := filepath.Join(dir, entry.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		out, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, entries)
		if err := errors.Join(err, out.Close()); err != nil {
			return fmt.Errorf("%s: %w", entry.Name, err)
		}
	}
}
