package app

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// longestLine bounds what is kept of the input at a time.
const longestLine = 16 << 20

// lines reads a text line by line.
type lines struct {
	in     *bufio.Reader
	number int // of the line read last, from 1
}

func newLines(in io.Reader) *lines { return &lines{in: bufio.NewReaderSize(in, 64<<10)} }

// errLongLine says that a line is too long; the next call of next reads the line after it.
var errLongLine = fmt.Errorf("the line is longer than %d MB", longestLine>>20)

// next returns a line without its end, in memory of its own; io.EOF after the last one.
func (l *lines) next() ([]byte, error) {
	var line []byte
	tooLong := false
	for {
		part, err := l.in.ReadSlice('\n')
		if tooLong = tooLong || len(line)+len(part) > longestLine+2; tooLong {
			line = nil
		} else {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(line) == 0 && !tooLong:
			return nil, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return nil, err
		}
		break
	}
	l.number++
	if line = bytes.TrimSuffix(line, []byte("\n")); l.number == 1 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	line = bytes.TrimSuffix(line, []byte("\r"))
	if tooLong || len(line) > longestLine {
		return nil, errLongLine
	}
	return line, nil
}

// waits reports whether the next line is not there yet, at least not all of it: time to show what was done so far.
func (l *lines) waits() bool {
	ready, _ := l.in.Peek(l.in.Buffered())
	return bytes.IndexByte(ready, '\n') < 0
}
