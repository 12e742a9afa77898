//go:build unix

package main

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// memory is what each worker holds in RAM, in bytes; it reads /proc, so it is 0 elsewhere than on Linux.
func (g *group) memory() (all []int64) {
	for _, w := range g.workers {
		all = append(all, w.proc("status", "VmRSS:")*1024)
	}
	return all
}

// proc returns the number after a word in a file of /proc.
func (p *process) proc(file, word string) int64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/" + file)
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), word)
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (p *process) threads() int64 { return p.proc("status", "Threads:") }

// sockets counts open sockets.
func (p *process) sockets() (n int) {
	dir := "/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/fd"
	files, err := os.ReadDir(dir)
	if err != nil {
		return 0
	}
	for _, f := range files {
		if to, err := os.Readlink(dir + "/" + f.Name()); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

// cpu is the time that the process has used.
func (p *process) cpu() time.Duration {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	var ticks time.Duration
	for _, f := range fields[11:13] {
		n, err := strconv.Atoi(f)
		if err != nil {
			return 0
		}
		ticks += time.Duration(n)
	}
	return ticks * 10 * time.Millisecond
}

// rest measures the request that consoles send.
func (g *group) rest(after string, times int) error {
	var took []time.Duration
	size := 0
	for range times {
		begin := time.Now()
		code, body, err := g.workers[1%len(g.workers)].call(http.MethodGet, "/connectors?expand=status&expand=info", nil)
		if err != nil || code != http.StatusOK {
			return fmt.Errorf("GET /connectors?expand=status&expand=info: %d %w", code, err)
		}
		took, size = append(took, time.Since(begin)), len(body)
	}
	median, worst := spread(took)
	fmt.Printf("GET /connectors?expand=status&expand=info after %s: median %v, worst %v, %d kB\n", after, median.Round(time.Millisecond), worst.Round(time.Millisecond), size/1000)
	return nil
}
