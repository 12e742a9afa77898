// Command docgen writes the tables of docs/reference from the declarations of the keys, so that the pages cannot say anything else than
// the program does. Run it after a change to a declaration:
//
//	go run ./internal/docgen
//
// What stands above a page's marker line is written by hand and stays.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// marker separates what is written by hand from what is generated.
const marker = "<!-- Below this line: go run ./internal/docgen -->\n"

func main() {
	folder := filepath.Join("docs", "reference")
	for _, page := range pages() {
		if err := page.write(folder); err != nil {
			fmt.Fprintln(os.Stderr, "docgen: run it in the repository's top folder:", err)
			os.Exit(1)
		}
	}
}

// page is one file of docs/reference.
type page struct {
	file string
	body string
}

func (p page) write(folder string) error {
	path := filepath.Join(folder, p.file)
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text, err := p.merge(string(old))
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// merge returns the page with its generated part renewed.
func (p page) merge(old string) (string, error) {
	byHand, _, found := strings.Cut(old, marker)
	if !found {
		return "", fmt.Errorf("%s lacks the line %s", p.file, strings.TrimSpace(marker))
	}
	return byHand + marker + "\n" + p.body, nil
}
