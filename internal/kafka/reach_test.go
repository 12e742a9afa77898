package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"
)

func TestUnreachable(t *testing.T) {
	t.Parallel()
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", errors.New("connection refused"))}
	for _, c := range []struct {
		name string
		err  error
		want bool
	}{
		{"refused", fmt.Errorf("unable to dial: %w", refused), true},
		{"refused to a proxy", &net.OpError{Op: "socks connect", Net: "tcp", Err: refused}, true},
		{"no answer in time", fmt.Errorf("asking: %w", context.DeadlineExceeded), true},
		{"given up", context.Canceled, false},
		{"cut", &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", errors.New("connection reset by peer"))}, false},
		{"a login that is refused", errors.New("SASL_AUTHENTICATION_FAILED"), false},
		{"none", nil, false},
	} {
		if got := Unreachable(c.err); got != c.want {
			t.Errorf("%s: %v is %v", c.name, c.err, got)
		}
	}
}

// TestAbsentBrokers asks several bootstrap servers of which none is there: the client goes from one to the next until its time is over, and what it
// returns then depends on what it just does.
func TestAbsentBrokers(t *testing.T) {
	t.Parallel()
	admin, err := (&Environment{}).NewAdmin(t.Context(), "admin", map[string]string{"bootstrap.servers": "127.0.0.1:1,127.0.0.1:2,127.0.0.1:3"})
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	for range 8 {
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
		if _, err := admin.ClusterID(ctx); !Unreachable(err) {
			t.Error(err)
		}
		cancel()
	}
}

// TestSilentBroker asks a server that takes connections and never answers: the caller's patience counts, not that of the client.
func TestSilentBroker(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	admin, err := (&Environment{}).NewAdmin(t.Context(), "admin", map[string]string{"bootstrap.servers": listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := admin.ClusterID(ctx); !Unreachable(err) {
		t.Error(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("ClusterID returned after %s", took)
	}
}
