package app

import (
	"os/exec"
	"syscall"
)

// dieWithUs sees to it that a worker does not outlive `moldau dev`, and that Ctrl-C at the terminal is for dev alone, which stops it in order.
func dieWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true}
}
