//go:build unix

package child

import (
	"os/exec"
	"syscall"
)

// InGroup has a program that was not started yet lead a process group, in which its own children are.
func InGroup(cmd *exec.Cmd) { attributes(cmd).Setpgid = true }

func attributes(cmd *exec.Cmd) *syscall.SysProcAttr {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	return cmd.SysProcAttr
}

func kill(cmd *exec.Cmd) {
	pid := cmd.Process.Pid
	if a := cmd.SysProcAttr; a != nil && (a.Setpgid || a.Setsid) {
		pid = -pid
	}
	_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
}
