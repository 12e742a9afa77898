package child

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// WithMoldau builds the program, unless MOLDAU_BINARY names one, puts its path into path and calls run, whose result it returns; 1 where it cannot be
// built. It is for TestMain.
func WithMoldau(path *string, run func() int) int {
	if *path = os.Getenv("MOLDAU_BINARY"); *path != "" {
		return run()
	}
	dir, err := os.MkdirTemp("", "moldau-binary-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	*path = filepath.Join(dir, "moldau")
	if out, err := exec.Command("go", "build", "-o", *path, "github.com/moldau/moldau/cmd/moldau").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building moldau: %v\n%s", err, out)
		return 1
	}
	return run()
}
