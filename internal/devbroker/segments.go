package devbroker

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// logSet holds what is known of the segments of each partition directory, so that a pass reads only what is new.
type logSet map[string]*segmentLog

func (s logSet) of(dir string) *segmentLog {
	l := s[dir]
	if l == nil {
		l = &segmentLog{dir: dir}
		s[dir] = l
	}
	return l
}

// segmentLog is the segments of one partition, the oldest first.
type segmentLog struct {
	dir      string
	segments []segment
}

type segment struct {
	base     int64
	size     int64     // how far it was read
	next     int64     // the offset after its last whole batch
	youngest time.Time // greatest timestamp, or the time of the file where no record has one
}

// refresh reads the headers of new batches. The files are kfake's, which appends to them meanwhile: a batch that is not whole yet is
// left to the next pass.
func (l *segmentLog) refresh() error {
	entries, err := os.ReadDir(l.dir)
	if errors.Is(err, os.ErrNotExist) {
		l.segments = nil
		return nil
	}
	if err != nil {
		return err
	}
	known := l.segments
	l.segments = nil
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".dat")
		base, err := strconv.ParseInt(name, 10, 64)
		if !ok || err != nil {
			continue
		}
		s := segment{base: base, next: base}
		if i := slices.IndexFunc(known, func(k segment) bool { return k.base == base }); i >= 0 {
			s = known[i]
		}
		if err := s.read(filepath.Join(l.dir, e.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if s.size > 0 {
			l.segments = append(l.segments, s)
		}
	}
	slices.SortFunc(l.segments, func(a, b segment) int { return int(min(1, max(-1, a.base-b.base))) })
	return nil
}

// batchHeader is the part of a record batch, version 2, up to its greatest timestamp.
const batchHeader = 43

func (s *segment) read(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() < s.size { // another file of that name
		*s = segment{base: s.base, next: s.base}
	}
	var h [batchHeader]byte
	for s.size+batchHeader <= info.Size() {
		if _, err := f.ReadAt(h[:], s.size); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		length := 12 + int64(int32(binary.BigEndian.Uint32(h[8:])))
		if length <= batchHeader || s.size+length > info.Size() {
			return nil
		}
		s.size += length
		s.next = int64(binary.BigEndian.Uint64(h[0:])) + int64(int32(binary.BigEndian.Uint32(h[23:]))) + 1
		stamp := info.ModTime()
		if ms := int64(binary.BigEndian.Uint64(h[35:])); ms >= 0 {
			stamp = time.UnixMilli(ms)
		}
		if stamp.After(s.youngest) {
			s.youngest = stamp
		}
	}
	return nil
}
