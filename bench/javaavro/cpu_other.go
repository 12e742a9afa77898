//go:build !unix

package main

import "time"

var began = time.Now()

// processCPU returns the time since the start: CPU time is measured on Unix only.
func processCPU() time.Duration { return time.Since(began) }
