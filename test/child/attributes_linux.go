package child

import (
	"os/exec"
	"syscall"
)

func dieWithParent(cmd *exec.Cmd) { attributes(cmd).Pdeathsig = syscall.SIGKILL }
