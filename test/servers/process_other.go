//go:build !linux

package servers

import "os/exec"

// dieWithParent has no counterpart outside Linux: there a test binary that is killed leaves its servers running.
func dieWithParent(*exec.Cmd) {}

// dropRights has no counterpart there either.
func dropRights(*exec.Cmd) {}
