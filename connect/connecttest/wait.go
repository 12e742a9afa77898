package connecttest

import (
	"testing"
	"time"
)

// wait takes the result of what must end soon.
func wait(t *testing.T, done <-chan error, what string) {
	t.Helper()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	case <-time.After(patience):
		t.Fatalf("%s did not return within %v of its context's end", what, patience)
	}
}
