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
	return central(t, filepath.Join(name, version), artifact+":"+version+":tar.gz:"+classifier, func(file string) (string, error) {
		app := filepath.Join(filepath.Dir(file), "app")
		return app, unpack(file, app)
	})
}

// central returns what is kept at a path in ~/.cache. Where it is not there, maven gets an artifact of Maven Central, of whose file open makes what is kept.
func central(t testing.TB, kept, artifact string, open func(file string) (string, error)) string {
	t.Helper()
	jarsMu.Lock()
	defer jarsMu.Unlock()
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(home, ".cache", kept)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	mvn := needMaven(t)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	// Several test binaries may do this at the same time: each works in a directory of its own, and the first to rename what it has wins.
	tmp, err := os.MkdirTemp(filepath.Dir(path), "get-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(tmp)
	cmd := exec.Command(mvn, "-q", "-B", "dependency:copy", "-Dartifact="+artifact, "-DoutputDirectory="+tmp, "-Dmdep.useBaseVersion=true")
	cmd.Dir = tmp
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("getting %s with maven: %v\n%s", artifact, err, out)
	}
	files, err := filepath.Glob(filepath.Join(tmp, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("maven left no file of %s: %v %v", artifact, files, err)
	}
	made, err := open(files[0])
	if err != nil {
		t.Fatalf("unpacking %s: %v", artifact, err)
	}
	if err := os.Rename(made, path); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	return path
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
