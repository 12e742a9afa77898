package vectors

import (
	"os"
	"testing"
)

// TestMain sets the zone of the process to the one the cases were recorded in: dates print in the zone of the process, as in Java.
func TestMain(m *testing.M) {
	if err := os.Setenv("TZ", "UTC"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
