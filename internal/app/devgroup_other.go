//go:build !linux

package app

import "os/exec"

// dieWithUs does nothing here: workers are stopped by dev, and stay where dev is killed.
func dieWithUs(*exec.Cmd) {}
