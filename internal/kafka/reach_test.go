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
