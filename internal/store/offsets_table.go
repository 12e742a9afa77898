package store

import (
	"fmt"
	"slices"

	"github.com/moldau/moldau/connect"
)

// offsetTable holds rows in order and finds them by the meaning of their keys. Rows whose keys are none of Connect's are kept untouched.
type offsetTable struct {
	// rows are keys with their values; a nil value is a tombstone, which stays.
	rows [][2][]byte
	// at has all rows of a meaning: Java may have written one partition under several forms of its key.
	at map[string][]int
}

func newOffsetTable(rows [][2][]byte) *offsetTable {
	t := &offsetTable{rows: rows, at: map[string][]int{}}
	for i, r := range rows {
		if _, _, meaning, ok := parseKey(r[0]); ok {
			t.at[meaning] = append(t.at[meaning], i)
		}
	}
	return t
}

func (t *offsetTable) clone() *offsetTable {
	at := make(map[string][]int, len(t.at))
	for k, v := range t.at {
		at[k] = v
	}
	return &offsetTable{rows: slices.Clone(t.rows), at: at}
}

func meaningOf(connector string, p *connect.SourcePartition) (key []byte, meaning string, err error) {
	if key, err = OffsetKey(connector, p); err != nil {
		return nil, "", err
	}
	_, _, meaning, ok := parseKey(key)
	if !ok {
		return nil, "", fmt.Errorf("the key %s of a source partition cannot be read back", key)
	}
	return key, meaning, nil
}

func (t *offsetTable) get(connector string, partitions []*connect.SourcePartition) ([]connect.OffsetFields, error) {
	out := make([]connect.OffsetFields, len(partitions))
	for i, p := range partitions {
		_, meaning, err := meaningOf(connector, p)
		if err != nil {
			return nil, err
		}
		rows := t.at[meaning]
		if len(rows) == 0 {
			continue
		}
		if out[i], err = parseOffset(t.rows[rows[len(rows)-1]][1]); err != nil {
			return nil, fmt.Errorf("connector %s: %w", connector, err)
		}
	}
	return out, nil
}

// encodedWrite is an OffsetWrite in the form that is kept.
type encodedWrite struct {
	key, value []byte
	meaning    string
}

// encodeWrites asks the offsets for their fields, which is code of plugins: it must not run while a lock is held that others wait for (I4).
func encodeWrites(connector string, writes []OffsetWrite) ([]encodedWrite, error) {
	out := make([]encodedWrite, len(writes))
	for i, w := range writes {
		key, meaning, err := meaningOf(connector, w.Partition)
		if err != nil {
			return nil, err
		}
		value, err := OffsetValue(w.Offset)
		if err != nil {
			return nil, err
		}
		out[i] = encodedWrite{key, value, meaning}
	}
	return out, nil
}

// set applies the writes and reports whether anything changed.
func (t *offsetTable) set(writes []encodedWrite) (changed bool) {
	for _, w := range writes {
		rows := t.at[w.meaning]
		if len(rows) == 0 {
			t.at[w.meaning] = []int{len(t.rows)}
			t.rows = append(t.rows, [2][]byte{w.key, w.value})
			changed = true
			continue
		}
		for _, i := range rows {
			if r := &t.rows[i]; string(r[1]) != string(w.value) || (r[1] == nil) != (w.value == nil) {
				r[1], changed = w.value, true
			}
		}
	}
	return changed
}

func (t *offsetTable) partitions(connector string) ([]OffsetEntry, error) {
	var out []OffsetEntry
	for i, r := range t.rows {
		name, partition, meaning, ok := parseKey(r[0])
		if !ok || name != connector || partition == nil || r[1] == nil {
			continue
		}
		if rows := t.at[meaning]; rows[len(rows)-1] != i {
			continue
		}
		offset, err := parseOffset(r[1])
		if err != nil {
			return nil, fmt.Errorf("connector %s: %w", connector, err)
		}
		out = append(out, OffsetEntry{partition, offset})
	}
	return out, nil
}
