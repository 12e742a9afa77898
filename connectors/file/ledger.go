package file

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/moldau/moldau/connect"
)

// ledger says what a file held when it was last made durable: its length, and for each partition the offset after the last line of it. It is a
// small file beside the other, replaced as a whole, so that the two agree after a crash at any moment: what the file holds beyond the length is
// cut off and consumed again.
type ledger struct {
	path      string
	connector string
	length    int64
	closed    bool // the task has ended with nothing behind length: what is there now was written by somebody else
	offsets   map[connect.TopicPartition]int64
}

// ledgerSuffix is what the name of a ledger has behind that of its file.
const ledgerSuffix = ".offsets"

// ledgerText is a ledger as it is written.
type ledgerText struct {
	Version   int                         `json:"version"`
	Connector string                      `json:"connector"`
	Length    int64                       `json:"length"`
	Closed    bool                        `json:"closed,omitempty"`
	Offsets   map[string]map[string]int64 `json:"offsets"`
}

const ledgerVersion = 1

// readLedger returns the ledger of a file, and false where there is none.
func readLedger(file string) (*ledger, bool, error) {
	l := &ledger{path: file + ledgerSuffix, offsets: map[connect.TopicPartition]int64{}}
	text, err := os.ReadFile(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("reading the offsets of %s: %w", file, err)
	}
	var t ledgerText
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, false, fmt.Errorf("%s does not hold the offsets of %s: %w; restore the two together, or remove both to write the file anew", l.path, file, err)
	}
	if t.Version != ledgerVersion || t.Length < 0 {
		return nil, false, fmt.Errorf("%s has version %d and length %d; this program writes version %d", l.path, t.Version, t.Length, ledgerVersion)
	}
	l.connector, l.length, l.closed = t.Connector, t.Length, t.Closed
	for topic, partitions := range t.Offsets {
		for p, at := range partitions {
			n, err := strconv.ParseInt(p, 10, 32)
			if err != nil || at < 0 {
				return nil, false, fmt.Errorf("%s has offset %d for partition %q of topic %s", l.path, at, p, topic)
			}
			l.offsets[connect.TopicPartition{Topic: topic, Partition: int32(n)}] = at
		}
	}
	return l, true, nil
}

// write replaces the ledger on disk. It is durable when write returns.
func (l *ledger) write() error {
	t := ledgerText{Version: ledgerVersion, Connector: l.connector, Length: l.length, Closed: l.closed, Offsets: map[string]map[string]int64{}}
	for tp, at := range l.offsets {
		if t.Offsets[tp.Topic] == nil {
			t.Offsets[tp.Topic] = map[string]int64{}
		}
		t.Offsets[tp.Topic][strconv.Itoa(int(tp.Partition))] = at
	}
	text, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("writing %s: %w", l.path, err)
	}
	if err := replace(l.path, append(text, '\n')); err != nil {
		return fmt.Errorf("writing the offsets of a file: %w", err)
	}
	return nil
}

// retireLedger removes the ledger of a file to which lines are going to be written that no ledger covers: a later task with exactly.once=true would
// cut them off.
func retireLedger(file string) (removed bool, _ error) {
	err := os.Remove(file + ledgerSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = syncFolder(filepath.Dir(file)) // before the first line
	}
	if err != nil {
		return false, fmt.Errorf("removing %s%s, which would not cover what is written from now on: %w", file, ledgerSuffix, err)
	}
	return true, nil
}

// replace gives a file a new text, all or nothing.
func replace(path string, text []byte) error {
	next := path + ".next"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(next, path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	return err
}

// syncFolder makes a rename durable. Windows has no such call and needs none.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
