//go:build unix && !linux

package compat

import "os/exec"

func dieWithTest(*exec.Cmd) {}
