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

// dropping is the mode of a broker without synthetic fetches.
const dropping = "drop"

// ServeBroker runs a broker until standard input ends, if the environment asks for it, and reports whether it did. A TestMain calls it first.
func ServeBroker() (served bool, err error) {
	if os.Getenv(brokerMode) == "" {
		return false, nil
	}
	open := func() (*devbroker.Broker, error) {
		return devbroker.NewSynthetic(context.Background(), kfake.SyntheticBatch{RecordBytes: RecordBytes})
	}
	if os.Getenv(brokerMode) == dropping {
		open = func() (*devbroker.Broker, error) {
			return devbroker.Start(context.Background(), devbroker.Config{InMemory: true, Options: []kfake.Opt{kfake.BlackholeProduce()}})
		}
	}
	b, err := open()
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

// StartBroker starts this program again as a broker with synthetic fetches.
func StartBroker() (*Broker, error) { return startBroker("1") }

// StartDroppingBroker starts this program again as a broker that drops what is produced and has nothing to fetch, so that topics of offsets can be
// read to their ends.
func StartDroppingBroker() (*Broker, error) { return startBroker(dropping) }

func startBroker(mode string) (*Broker, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), brokerMode+"="+mode)
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
