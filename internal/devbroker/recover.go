package devbroker

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// kfake treats the transactions that were open at a crash as aborted, but writes no markers: readers of committed records then drop
// whatever the same transactional id commits later, up to its next abort. A transaction whose commit the crash interrupted is kept on
// some partitions and lost on others. So after an unclean stop the markers are written here, before kfake loads the directory.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Offsets of fields of a record batch, version 2, and its attributes.
const (
	atLength     = 8
	atLeader     = 12
	atCRC        = 17
	atAttributes = 21
	atLastDelta  = 23
	atProducer   = 43
	atEpoch      = 51
	batchMin     = 61

	attrTransactional = 0x10
	attrControl       = 0x20
)

// openTransaction is what a producer has written to one partition since its last marker there.
type openTransaction struct {
	dir      string
	producer int64
	epoch    int16
}

// transaction names one by its producer.
type transaction struct {
	producer int64
	epoch    int16
}

// partitionTail is where a partition's next batch goes.
type partitionTail struct {
	base   int64 // of the last segment
	next   int64
	leader int32
}

// recovery collects what the partitions of a directory tell.
type recovery struct {
	open      []openTransaction
	committed map[transaction]bool // seen with a commit marker somewhere
	tails     map[string]partitionTail
	windows   map[windowKey]*sequences
}

// recoverDir completes what an unclean stop left in the middle.
func recoverDir(dir string, partitions []string) error {
	r := &recovery{committed: make(map[transaction]bool), tails: make(map[string]partitionTail), windows: make(map[windowKey]*sequences)}
	for _, p := range partitions {
		if err := r.read(p); err != nil {
			return err
		}
	}
	if err := trimLog(filepath.Join(dir, "groups.log")); err != nil {
		return err
	}
	producers, err := readProducers(filepath.Join(dir, "pids.log"))
	if err != nil {
		return err
	}
	ended := make(map[int64]producerEntry)
	for _, o := range r.open {
		id := transaction{o.producer, o.epoch}
		// Without KIP-890 a producer keeps its epoch, so a commit marker may be that of an earlier transaction: then it is noted.
		commit := r.committed[id] && !producers.ended[id]
		if err := r.mark(o, commit); err != nil {
			return err
		}
		ended[o.producer] = producers.outcome(id, commit)
	}
	if err := producers.append(ended); err != nil {
		return err
	}
	return r.writeWindows(dir)
}

// read notes the open transactions of a partition, and makes its last segment end with a whole batch and an index entry for each.
func (r *recovery) read(dir string) error {
	l := &segmentLog{dir: dir}
	if err := l.refresh(); err != nil {
		return err
	}
	open := make(map[int64]int16)
	for i, s := range l.segments {
		data, err := os.ReadFile(filepath.Join(dir, segmentFile(s.base)))
		if err != nil {
			return err
		}
		var index []byte
		tail := partitionTail{base: s.base, next: s.base}
		valid := eachBatch(data, func(b []byte) {
			index = append(index, indexEntry(b)...)
			tail.leader = int32(binary.BigEndian.Uint32(b[atLeader:]))
			tail.next = int64(binary.BigEndian.Uint64(b)) + int64(int32(binary.BigEndian.Uint32(b[atLastDelta:]))) + 1
			r.note(open, b)
			r.noteSequence(dir, b)
		})
		if i < len(l.segments)-1 {
			continue
		}
		r.tails[dir] = tail
		if err := completeSegment(dir, s.base, int64(valid), index); err != nil {
			return err
		}
	}
	for producer, epoch := range open {
		r.open = append(r.open, openTransaction{dir, producer, epoch})
	}
	return nil
}

func (r *recovery) note(open map[int64]int16, b []byte) {
	producer := int64(binary.BigEndian.Uint64(b[atProducer:]))
	epoch := int16(binary.BigEndian.Uint16(b[atEpoch:]))
	switch attributes := binary.BigEndian.Uint16(b[atAttributes:]); {
	case attributes&attrControl != 0:
		delete(open, producer)
		if isCommit(b) {
			r.committed[transaction{producer, epoch}] = true
		}
	case attributes&attrTransactional != 0:
		open[producer] = epoch
	}
}

// eachBatch calls fn for the whole and intact batches at the start of data, and returns their length.
func eachBatch(data []byte, fn func(batch []byte)) int {
	at := 0
	for at+batchMin <= len(data) {
		length := int(int32(binary.BigEndian.Uint32(data[at+atLength:])))
		if length < batchMin-12 || length > len(data)-at-12 {
			break
		}
		b := data[at : at+12+length]
		if crc32.Checksum(b[atAttributes:], castagnoli) != binary.BigEndian.Uint32(b[atCRC:]) {
			break
		}
		fn(b)
		at += len(b)
	}
	return at
}

// isCommit tells the type of a marker: its record's key is a version and a type, 0 for abort and 1 for commit.
func isCommit(b []byte) bool {
	var rec kmsg.Record
	if err := rec.ReadFrom(b[batchMin:]); err != nil || len(rec.Key) < 4 {
		return false
	}
	return binary.BigEndian.Uint16(rec.Key[2:]) == 1
}

// completeSegment cuts a torn batch, and makes the index as long as the segment: kfake takes a batch without an entry for committed,
// and would file the entries of all later batches one too early.
func completeSegment(dir string, base, size int64, index []byte) error {
	path := filepath.Join(dir, segmentFile(base))
	if err := os.Truncate(path, size); err != nil {
		return err
	}
	indexPath := path[:len(path)-len(".dat")] + ".idx"
	have, err := os.ReadFile(indexPath)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if len(have) == len(index) {
		return nil
	}
	kept := min(len(have), len(index)) / indexEntrySize * indexEntrySize
	if err := os.WriteFile(indexPath+".tmp", append(slices.Clone(have[:kept]), index[kept:]...), 0o644); err != nil {
		return err
	}
	return os.Rename(indexPath+".tmp", indexPath)
}

// indexEntrySize and indexEntry are those of kfake's .idx files, version 1: version, checksum, leader epoch, a timestamp that a
// load computes anew, and whether the batch is part of a transaction.
const indexEntrySize = 15

func indexEntry(batch []byte) []byte {
	e := make([]byte, indexEntrySize)
	e[0] = 1
	binary.LittleEndian.PutUint32(e[2:], binary.BigEndian.Uint32(batch[atLeader:]))
	if a := binary.BigEndian.Uint16(batch[atAttributes:]); a&attrTransactional != 0 && a&attrControl == 0 {
		e[14] = 1
	}
	e[1] = byte(crc32.Checksum(e[2:], castagnoli))
	return e
}

// mark appends a transaction marker to a partition.
func (r *recovery) mark(o openTransaction, commit bool) error {
	tail := r.tails[o.dir]
	batch := marker(tail, o, commit)
	path := filepath.Join(o.dir, segmentFile(tail.base))
	if err := appendTo(path, batch); err != nil {
		return err
	}
	tail.next++
	r.tails[o.dir] = tail
	return appendTo(path[:len(path)-len(".dat")]+".idx", indexEntry(batch))
}

func marker(tail partitionTail, o openTransaction, commit bool) []byte {
	key := []byte{0, 0, 0, 0} // version 0, abort
	if commit {
		key[3] = 1
	}
	rec := kmsg.Record{Key: key, Value: []byte{0, 0, 0, 0, 0, 0}} // version 0, coordinator epoch 0
	rec.Length = int32(len(rec.AppendTo(nil)) - 1)                // the length itself takes one byte
	now := time.Now().UnixMilli()
	b := kmsg.RecordBatch{
		FirstOffset: tail.next, PartitionLeaderEpoch: tail.leader, Magic: 2, Attributes: attrTransactional | attrControl,
		FirstTimestamp: now, MaxTimestamp: now, ProducerID: o.producer, ProducerEpoch: o.epoch, FirstSequence: -1,
		NumRecords: 1, Records: rec.AppendTo(nil),
	}
	raw := b.AppendTo(nil)
	b.Length = int32(len(raw) - 12)
	b.CRC = int32(crc32.Checksum(raw[atAttributes:], castagnoli))
	return b.AppendTo(nil)
}

func appendTo(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
