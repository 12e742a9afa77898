package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxLine bounds the memory that one line may take; Kafka takes no record that large.
const maxLine = 256 << 20

// tail reads complete lines from a growing file. It belongs to one goroutine.
//
// The bytes buf[start:end] were read and not handed out; pos is the file's offset of buf[start]. Lines end with \n, \r\n or \r, as in
// FileStreamSourceTask; a \r at the end of what can be read waits for the next byte.
type tail struct {
	f          *os.File
	name       string
	pos        int64
	buf        []byte
	start, end int
	quiet      int // looks in a row that found the path replaced and the open file silent
}

const readSize = 256 << 10

// openTail opens the file for reading from pos on. A file that is shorter than pos was replaced or truncated meanwhile: it is read from
// the start, and truncated says so.
func openTail(name string, pos int64) (t *tail, truncated bool, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, false, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a directory", name)
	}
	if err == nil && info.Mode().IsRegular() && info.Size() < pos {
		pos, truncated = 0, true
	}
	if err == nil && pos > 0 {
		_, err = f.Seek(pos, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, false, err
	}
	return &tail{f: f, name: name, pos: pos, buf: make([]byte, readSize)}, truncated, nil
}

func (t *tail) close() error { return t.f.Close() }

// unread returns the bytes that were read and not handed out.
func (t *tail) unread() []byte { return t.buf[t.start:t.end] }

// advance hands out n bytes of unread.
func (t *tail) advance(n int) {
	t.start += n
	t.pos += int64(n)
}

// fill reads more behind the unread bytes and returns how many; 0 is the end of the file for now.
func (t *tail) fill() (int, error) {
	if t.start > 0 {
		t.end = copy(t.buf, t.buf[t.start:t.end])
		t.start = 0
	}
	if t.end == len(t.buf) {
		if t.end >= maxLine {
			return 0, fmt.Errorf("%s: the line at position %d is longer than %d bytes", t.name, t.pos, maxLine)
		}
		t.buf = append(t.buf, make([]byte, len(t.buf))...)
	}
	n, err := t.f.Read(t.buf[t.end:])
	t.end += n
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// change is what happened to a file whose end was reached.
type change int

const (
	unchanged change = iota
	truncated        // the same file is shorter than what was read
	replaced         // another file has the name now, and nothing more came through the open one
)

// look tells what happened to the file; call it when fill found nothing. A replaced file is reported only after several looks, since
// its writer may still hold it open.
func (t *tail) look() (change, error) {
	open, err := t.f.Stat()
	if err != nil {
		return unchanged, err
	}
	if !open.Mode().IsRegular() {
		return unchanged, nil
	}
	if open.Size() < t.pos {
		return truncated, nil
	}
	named, err := os.Stat(t.name)
	if err != nil || os.SameFile(open, named) {
		t.quiet = 0 // a name that is gone may come back: rotation renames first and creates then
		return unchanged, nil
	}
	t.quiet++
	if t.quiet < quietLooks {
		return unchanged, nil
	}
	return replaced, nil
}

// quietLooks times waitForData is how long a replaced file must have been silent.
const quietLooks = 10

// nextLine returns the length of the first line in b and with its end; ok is false when b holds no complete line. returns says whether b may
// hold a \r at all: most files have none, and looking for one costs as much as looking for the \n.
func nextLine(b []byte, returns bool) (length, withEnd int, ok bool) {
	nl := bytes.IndexByte(b, '\n')
	if !returns {
		return nl, nl + 1, nl >= 0
	}
	head := b
	if nl >= 0 {
		head = b[:nl]
	}
	if cr := bytes.IndexByte(head, '\r'); cr >= 0 {
		if cr+1 == len(b) {
			return 0, 0, false
		}
		if b[cr+1] == '\n' {
			return cr, cr + 2, true
		}
		return cr, cr + 1, true
	}
	return nl, nl + 1, nl >= 0
}

// completeLines returns the length of the part of b that ends with the last line end in it that is surely one, and whether b holds a \r.
func completeLines(b []byte) (length int, returns bool) {
	nl := bytes.LastIndexByte(b, '\n')
	if bytes.IndexByte(b, '\r') < 0 {
		return nl + 1, false
	}
	cr := bytes.LastIndexByte(b, '\r')
	if cr == len(b)-1 {
		cr = bytes.LastIndexByte(b[:cr], '\r')
	}
	return max(nl, cr) + 1, true
}
