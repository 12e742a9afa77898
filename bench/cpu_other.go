//go:build !unix

package bench

import "time"

// processCPU returns 0: only allocations are measured here.
func processCPU() time.Duration { return 0 }
