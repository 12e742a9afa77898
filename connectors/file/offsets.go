package file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/moldau/moldau/connect"
)

// alterOffsets changes the offsets that a file keeps for a connector, all or none: nil forgets one, and no offset at all forgets every one. The
// file stays as it is; what is consumed from the new offsets on is written behind it. False says that the file keeps none for that connector, which
// then begins where its group's offsets say: it never wrote here, or the file that it writes is on another machine.
func alterOffsets(file, connector string, offsets map[connect.TopicPartition]*int64) (bool, error) {
	for tp, at := range offsets {
		if at != nil && *at < 0 {
			return false, fmt.Errorf("topic %s, partition %d cannot begin at offset %d of %s", tp.Topic, tp.Partition, *at, file)
		}
	}
	if _, err := os.Stat(file + ledgerSuffix); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	// A file that was removed is made anew, as the next task would: it carries the lock.
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return false, fmt.Errorf("changing the offsets of a file: %w", err)
	}
	defer f.Close() // only locked
	switch err := lockFile(f, alone); {
	case errors.Is(err, errLocked):
		return false, fmt.Errorf("%s is still written to: its offsets can be changed when the connector's tasks have stopped", file)
	case err != nil && !errors.Is(err, errors.ErrUnsupported):
		return false, fmt.Errorf("locking %s: %w", file, err)
	}
	// Under the lock: a task may have written it since.
	l, there, err := readLedger(file)
	if err != nil || !there || l.connector != connector {
		return false, err
	}
	if len(offsets) == 0 {
		clear(l.offsets)
	}
	for tp, at := range offsets {
		if at == nil {
			delete(l.offsets, tp)
		} else {
			l.offsets[tp] = *at
		}
	}
	return true, l.write()
}
