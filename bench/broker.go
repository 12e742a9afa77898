package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/moldau/moldau/internal/devbroker"
)

// brokerMode is set in the environment of a test binary that shall be a broker.
const brokerMode = "MOLDAU_BENCH_BROKER"

// ServeBroker runs a broker until standard input ends, if the environment asks for it, and reports whether it did. A TestMain calls it first.
func ServeBroker() (served bool, err error) {
	if os.Getenv(brokerMode) == "" {
		return false, nil
	}
	b, err := devbroker.NewSynthetic(context.Background(), kfake.SyntheticBatch{RecordBytes: RecordBytes})
	if err != nil {
		return true, err
	}
	fmt.Println(b.Addr())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return true, err
	}
	return true, b.Close()
}

// Broker is a broker in another process.
type Broker struct {
	Addresses string

	cmd   *exec.Cmd
	stdin io.Closer
}

// StartBroker starts this program again as a broker.
func StartBroker() (*Broker, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), brokerMode+"=1")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the broker did not start: %w", err)
	}
	return &Broker{strings.TrimSpace(line), cmd, stdin}, nil
}

// Stop ends the broker.
func (b *Broker) Stop() error {
	if err := b.stdin.Close(); err != nil {
		return err
	}
	return b.cmd.Wait()
}
