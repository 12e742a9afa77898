package app

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// stopSignal tells which signal asked the process to stop.
type stopSignal struct{ number atomic.Int32 }

// untilSignal returns a context that ends with SIGINT or SIGTERM. The second signal ends the process at once.
func untilSignal(parent context.Context) (context.Context, *stopSignal, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	s := new(stopSignal)
	go func() {
		for {
			select {
			case sig := <-signals:
				if n, ok := sig.(syscall.Signal); ok && !s.number.CompareAndSwap(0, int32(n)) {
					os.Exit(128 + int(n))
				}
				cancel()
			case <-parent.Done():
				return
			}
		}
	}()
	return ctx, s, func() { signal.Stop(signals); cancel() }
}

// exitCode returns 128 and the signal's number, as a JVM does after a graceful stop, and 0 where no signal came.
func (s *stopSignal) exitCode() int {
	if n := s.number.Load(); n != 0 {
		return 128 + int(n)
	}
	return exitOK
}
