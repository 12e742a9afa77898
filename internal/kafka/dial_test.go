package kafka

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// A failing broker is asked less and less often, and given more time (KIP-144, KIP-601).
func TestReconnectBackoff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var patience []time.Duration
		down := true
		d := &dialer{
			setup: time.Second, setupMax: 3 * time.Second, failing: map[string]*failingHost{},
			reconnect: func(failures int) time.Duration { return time.Duration(failures) * time.Minute },
			base: func(ctx context.Context, _, _ string) (net.Conn, error) {
				deadline, _ := ctx.Deadline()
				patience = append(patience, time.Until(deadline))
				if down {
					return nil, errors.New("refused")
				}
				ours, _ := net.Pipe()
				return ours, nil
			},
		}
		for n, want := range []struct{ wait, patience time.Duration }{{0, time.Second}, {time.Minute, 2 * time.Second}, {2 * time.Minute, 3 * time.Second}, {3 * time.Minute, 3 * time.Second}} {
			start := time.Now()
			if _, err := d.dial(t.Context(), "tcp", "b:1"); err == nil {
				t.Fatal("connected")
			}
			if waited := time.Since(start); waited != want.wait || patience[n] != want.patience {
				t.Errorf("attempt %d after %v with %v, want %v", n, waited, patience[n], want)
			}
		}
		start := time.Now()
		if _, err := d.dial(t.Context(), "tcp", "other:1"); err == nil || time.Since(start) != 0 {
			t.Error("another broker had to wait")
		}
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := d.dial(canceled, "tcp", "b:1"); !errors.Is(err, context.Canceled) {
			t.Errorf("canceled: %v", err)
		}
		down = false
		for _, want := range []time.Duration{4 * time.Minute, 0} {
			start = time.Now()
			conn, err := d.dial(t.Context(), "tcp", "b:1")
			if err != nil || time.Since(start) != want {
				t.Errorf("%v after %v", err, time.Since(start))
			}
			_ = conn.Close()
		}
	})
}

func TestSocketBuffers(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	d := &dialer{base: new(net.Dialer).DialContext, setup: time.Minute, setupMax: time.Minute, send: 65536, receive: 65536, failing: map[string]*failingHost{}}
	conn, err := d.dial(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
}

// Errors that pass must be errors that the client retries.
func TestDialErrorsAreRetried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fail := func(err error) error {
			d := &dialer{setup: time.Second, setupMax: time.Second, reconnect: backoff(0, 0), failing: map[string]*failingHost{}, base: func(ctx context.Context, _, _ string) (net.Conn, error) {
				if err == nil {
					<-ctx.Done()
					return nil, ctx.Err()
				}
				return nil, err
			}}
			_, got := d.dial(t.Context(), "tcp", "b:1")
			return got
		}
		var dns *net.DNSError
		if err := fail(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "b", IsNotFound: true}}); !errors.As(err, &dns) || dns.IsNotFound {
			t.Errorf("name: %v", err)
		}
		if err := fail(nil); errors.Is(err, context.DeadlineExceeded) || !kgo.IsRetryableBrokerErr(err) {
			t.Errorf("time-out: %v", err)
		}
		if err := fail(errors.New("certificate")); kgo.IsRetryableBrokerErr(err) || err.Error() != "certificate" {
			t.Errorf("other: %v", err)
		}
	})
}
