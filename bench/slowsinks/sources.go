//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// runSources measures sources that read faster than their broker takes: it is stopped for most of each second.
func runSources(o options) error {
	const run, stop = 50 * time.Millisecond, 450 * time.Millisecond
	broker, address, err := startBroker(o)
	if err != nil {
		return err
	}
	defer broker.end()
	input := filepath.Join(o.dir, "input")
	line := strings.Repeat("x", o.record-1) + "\n"
	if err := os.WriteFile(input, []byte(strings.Repeat(line, o.backlog/o.record)), 0o600); err != nil {
		return err
	}
	w, err := startWorker(o, address)
	if err != nil {
		return err
	}
	defer w.end()
	fmt.Printf("worker without connectors: %s\n", megabytes(w.peak()))
	for i := range o.sources {
		err := w.create(topic(i), map[string]string{"connector.class": "FileStreamSource", "topic": topic(i), "file": input})
		if err != nil {
			return err
		}
	}
	begin, rests := time.Now(), int64(0)
	for next := o.length / steps; time.Since(begin) < o.length; {
		if err := broker.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			return err
		}
		time.Sleep(stop)
		if err := broker.cmd.Process.Signal(syscall.SIGCONT); err != nil {
			return err
		}
		time.Sleep(run)
		if rests++; time.Since(begin) < next {
			continue
		}
		next += o.length / steps
		rss := w.status("VmRSS:")
		if rss == 0 {
			return fmt.Errorf("the worker ended: see %s", w.log)
		}
		fmt.Printf("after %3.0f s: resident %s, peak %s\n", time.Since(begin).Seconds(), megabytes(rss), megabytes(w.peak()))
	}
	if err := w.allRun(o.sources); err != nil {
		return err
	}
	written, err := size(filepath.Join(o.dir, "broker"))
	if err != nil {
		return err
	}
	fmt.Printf("the broker was stopped %d times and has %.0f MB\npeak memory of the worker (VmHWM): %s\n", rests, float64(written)/1e6, megabytes(w.peak()))
	return nil
}

// size is that of all files in a folder.
func size(dir string) (n int64, err error) {
	err = filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			n += info.Size()
		}
		return err
	})
	return n, err
}
