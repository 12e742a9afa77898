package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"time"
)

// accessLog appends lines in the form of a web server's access log to a file at a steady rate. The numbers in the lines grow by one, so
// that a reader of the output sees at once whether a line is missing or out of order.
type accessLog struct {
	path string
	rate int // lines a second
	next int // number of the next line
	rng  *rand.Rand
}

var (
	demoHosts  = []string{"203.0.113.7", "198.51.100.24", "192.0.2.55", "203.0.113.190", "198.51.100.3", "192.0.2.131"}
	demoPaths  = []string{"/", "/products", "/products/%d", "/cart", "/cart/items/%d", "/checkout", "/api/orders/%d", "/static/app.css", "/search?q=%d", "/login"}
	demoAgents = []string{"Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0", "Mozilla/5.0 (Macintosh) Safari/619.1", "curl/8.11.0", "kube-probe/1.34"}
	demoUsers  = []string{"-", "-", "-", "ann", "bob", "carla"}
)

// openAccessLog continues the log at path, or begins it. The piece of a line that a killed process left at its end is cut off; the source
// never reads such a piece.
func openAccessLog(path string, rate int) (*accessLog, error) {
	lines, err := cutAfterLastLine(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("demo input: %w", err)
	}
	return &accessLog{path: path, rate: rate, next: lines + 1, rng: rand.New(rand.NewPCG(uint64(lines), 7))}, nil
}

// run appends until ctx ends.
func (l *accessLog) run(ctx context.Context) error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("demo input: %w", err)
	}
	defer f.Close()
	const ticksPerSecond = 10
	tick := time.NewTicker(time.Second / ticksPerSecond)
	defer tick.Stop()
	for due := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			due += l.rate
			var block []byte
			for ; due >= ticksPerSecond; due -= ticksPerSecond {
				block = l.appendLine(block, now)
			}
			if _, err := f.Write(block); err != nil {
				return fmt.Errorf("demo input %s: %w", l.path, err)
			}
		}
	}
}

func (l *accessLog) appendLine(dst []byte, now time.Time) []byte {
	pick := func(from []string) string { return from[l.rng.IntN(len(from))] }
	path := pick(demoPaths)
	if path[len(path)-1] == 'd' && path[len(path)-2] == '%' {
		path = fmt.Sprintf(path, l.rng.IntN(9000)+1000)
	}
	method, status := "GET", 200
	switch n := l.rng.IntN(100); {
	case n < 12:
		method, status = "POST", 201
	case n < 18:
		status = 304
	case n < 22:
		status = 404
	case n < 23:
		status = 503
	}
	dst = fmt.Appendf(dst, "%s - %s [%s] \"%s %s HTTP/1.1\" %d %d \"-\" \"%s\" request=%d\n", pick(demoHosts), pick(demoUsers),
		now.Format("02/Jan/2006:15:04:05 -0700"), method, path, status, 200+l.rng.IntN(48000), pick(demoAgents), l.next)
	l.next++
	return dst
}

// cutAfterLastLine removes what stands behind the last line end of a file and returns the number of its lines.
func cutAfterLastLine(path string) (lines int, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	end := int64(0)
	for block, at := make([]byte, 1<<20), int64(0); ; {
		n, err := f.Read(block)
		lines += bytes.Count(block[:n], []byte{'\n'})
		if last := bytes.LastIndexByte(block[:n], '\n'); last >= 0 {
			end = at + int64(last) + 1
		}
		at += int64(n)
		if err == io.EOF {
			if at == end {
				return lines, nil
			}
			return lines, f.Truncate(end)
		}
		if err != nil {
			return lines, err
		}
	}
}

// countLinesIn returns the number of line ends in what is left to read, and of the bytes.
func countLinesIn(r io.Reader) (lines int, read int64, err error) {
	block := make([]byte, 1<<20)
	for {
		n, err := r.Read(block)
		lines += bytes.Count(block[:n], []byte{'\n'})
		read += int64(n)
		if err == io.EOF {
			return lines, read, nil
		}
		if err != nil {
			return lines, read, err
		}
	}
}
