package servers

import (
	"os/exec"
	"syscall"
)

func dieWithParent(cmd *exec.Cmd) { attributes(cmd).Pdeathsig = syscall.SIGKILL }

// dropRights makes a command run as nobody.
func dropRights(cmd *exec.Cmd) {
	attributes(cmd).Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
}

func attributes(cmd *exec.Cmd) *syscall.SysProcAttr {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	return cmd.SysProcAttr
}
