package devbroker

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// kfake writes the sequence numbers that it expects of producers only when it stops cleanly. After a kill it would take any batch as a
// producer's first: of several that were on their way, a later one could come before an earlier one, or one that was written and not
// answered could come twice. So the windows are made anew from the segments, as Kafka makes its producer state.

// sequences is a producer's window on a partition: its last batches, in a ring as kfake has it.
type sequences struct {
	PID     int64            `json:"pid"`
	Topic   string           `json:"topic"`
	Part    int32            `json:"partition"`
	Entries [5]sequenceEntry `json:"entries"`
	Count   uint8            `json:"count"`
	At      uint8            `json:"at"`
	Epoch   int16            `json:"epoch"`
	Seen    bool             `json:"seen"`
	NextSeq int32            `json:"next_seq"`
}

type sequenceEntry struct {
	FirstSeq int32 `json:"first_seq"`
	NextSeq  int32 `json:"next_seq"`
	Offset   int64 `json:"offset"`
}

const (
	atSequence = 53
	atRecords  = 57
)

// windowKey names a window by its partition's directory and the producer.
type windowKey struct {
	dir      string
	producer int64
}

// noteSequence takes a batch into its producer's window.
func (r *recovery) noteSequence(dir string, b []byte) {
	producer := int64(binary.BigEndian.Uint64(b[atProducer:]))
	first := int32(binary.BigEndian.Uint32(b[atSequence:]))
	if producer < 0 || first < 0 || binary.BigEndian.Uint16(b[atAttributes:])&attrControl != 0 {
		return
	}
	key := windowKey{dir, producer}
	w := r.windows[key]
	epoch := int16(binary.BigEndian.Uint16(b[atEpoch:]))
	if w == nil || w.Epoch != epoch {
		w = &sequences{PID: producer, Epoch: epoch, Seen: true}
		r.windows[key] = w
	}
	records := int64(int32(binary.BigEndian.Uint32(b[atRecords:])))
	w.NextSeq = int32((int64(first) + records) % math.MaxInt32)
	w.Entries[w.At] = sequenceEntry{first, w.NextSeq, int64(binary.BigEndian.Uint64(b))}
	w.At = (w.At + 1) % uint8(len(w.Entries))
	w.Count = min(w.Count+1, uint8(len(w.Entries)))
}

// writeWindows leaves the windows where kfake reads them.
func (r *recovery) writeWindows(dir string) error {
	file := struct {
		Version int          `json:"version"`
		Windows []*sequences `json:"windows"`
	}{Version: logVersion}
	for key, w := range r.windows {
		topic, partition, ok := partitionOf(key.dir)
		if !ok {
			continue
		}
		w.Topic, w.Part = topic, partition
		file.Windows = append(file.Windows, w)
	}
	data, err := json.Marshal(file)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "seq_windows.json"), data, 0o644)
}

// partitionOf is the reverse of partitionDir.
func partitionOf(dir string) (topic string, partition int32, ok bool) {
	name := filepath.Base(dir)
	dash := strings.LastIndexByte(name, '-')
	if dash < 0 {
		return "", 0, false
	}
	topic, err := url.PathUnescape(name[:dash])
	if err != nil {
		return "", 0, false
	}
	n, err := strconv.ParseInt(name[dash+1:], 10, 32)
	return topic, int32(n), err == nil
}
