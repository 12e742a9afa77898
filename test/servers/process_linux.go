package servers

import (
	"os/exec"
	"syscall"
)

// dropRights makes a command run as nobody.
func dropRights(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}
