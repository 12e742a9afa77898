package app

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// gcPercent is how far the heap of a worker may grow beyond what lives before garbage is collected. What lives is small: the batches under
// way, bounded by their byte budgets. A record's memory is fetched bytes that die soon after, so collecting at Go's default of 100 costs a
// third of a sink's CPU time for a heap of a few megabytes less.
const gcPercent = 400

// tuneMemory sets the collector for a worker. GOGC and GOMEMLIMIT in the environment win.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		if limit := containerMemory(); limit > 0 {
			debug.SetMemoryLimit(limit / 10 * 8) // stacks of the kernel and the page cache need the rest
		}
	}
}

// containerMemory returns the limit of the control group that the process runs in, 0 where there is none.
func containerMemory() int64 {
	text, err := os.ReadFile("/sys/fs/cgroup/memory.max")
	if err != nil {
		return 0 // no such group, or another system
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0 // "max"
	}
	return n
}
