package vectors

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

// folders are those whose files hold cases in the form of Case.
var folders = []string{
	"text", "values", "data", "converters", "smt", "config", "store", "group", "avro", "jsonschema", "debezium-smt", "more-smt",
}

// continued matches the endings of a recorded file, and the number of one that goes on from another.
var continued = regexp.MustCompile(`(\.\d+)?\.jsonl(\.gz)?$`)

// Files finds the recorded files below root: "folder/file" to the paths that hold its cases, in order.
func Files(root string) (map[string][]string, error) {
	files := map[string][]string{}
	for _, folder := range folders {
		entries, err := os.ReadDir(filepath.Join(root, folder))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if continued.MatchString(e.Name()) {
				name := path.Join(folder, continued.ReplaceAllString(e.Name(), ""))
				files[name] = append(files[name], filepath.Join(root, folder, e.Name()))
			}
		}
	}
	for _, paths := range files {
		sort.Slice(paths, func(i, j int) bool {
			return len(paths[i]) < len(paths[j]) || len(paths[i]) == len(paths[j]) && paths[i] < paths[j]
		})
	}
	return files, nil
}

// Read calls yield for each case of a recorded file, in order, until it returns an error.
func Read(name, file string, yield func(*Case) error) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	lines := bufio.NewReaderSize(r, 1<<16)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			c, err := parse(name, line)
			if err != nil {
				return fmt.Errorf("%s:%d: %w", file, n, err)
			}
			if err := yield(c); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
}

func parse(name string, line []byte) (*Case, error) {
	tree, err := decode(line)
	if err != nil {
		return nil, err
	}
	more, ok := tree.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("a case is an object, not %.40s", line)
	}
	c := &Case{File: name, Config: more["config"], Input: more["input"], More: more}
	if c.ID, ok = more["id"].(string); !ok {
		return nil, fmt.Errorf("a case without id: %.40s", line)
	}
	c.Output, c.HasOutput = more["output"]
	if e, ok := more["error"]; ok {
		if c.Error, err = failure(e); err != nil {
			return nil, err
		}
	}
	for _, k := range []string{"id", "config", "input", "output", "error"} {
		delete(more, k)
	}
	return c, nil
}

func failure(v any) (*Failure, error) {
	f := &Failure{}
	var ok bool
	if f.Class, ok = Member(v, "class").(string); !ok {
		return nil, fmt.Errorf("an error without class: %v", v)
	}
	f.Phase, _ = Member(v, "phase").(string)
	if m := Member(v, "message"); m != nil {
		var err error
		if f.Message, err = Text(m); err != nil {
			return nil, err
		}
	}
	causes, _ := Member(v, "causes").([]any)
	for _, c := range causes {
		cause, err := failure(c)
		if err != nil {
			return nil, err
		}
		f.Causes = append(f.Causes, *cause)
	}
	return f, nil
}

func decode(b []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var tree any
	err := d.Decode(&tree)
	return tree, err
}
