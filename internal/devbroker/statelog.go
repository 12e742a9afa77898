package devbroker

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"math"
	"os"
)

// kfake's groups.log and pids.log are entries of: length of the rest less four, checksum, version, JSON. A torn last entry makes it
// ignore all that is appended later, so it is cut off after an unclean stop.

const logVersion = 1

// eachEntry calls fn for the intact entries at the start of data, and returns their length.
func eachEntry(data []byte, fn func(entry []byte)) int {
	at := 0
	for at+10 <= len(data) {
		length := int(binary.LittleEndian.Uint32(data[at:]))
		if length < 2 || length > len(data)-at-8 {
			break
		}
		body := data[at+8 : at+8+length]
		if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(data[at+4:]) {
			break
		}
		fn(body[2:])
		at += 8 + length
	}
	return at
}

func appendEntry(to, entry []byte) []byte {
	body := append(binary.LittleEndian.AppendUint16(nil, logVersion), entry...)
	to = binary.LittleEndian.AppendUint32(to, uint32(len(body)))
	to = binary.LittleEndian.AppendUint32(to, crc32.Checksum(body, castagnoli))
	return append(to, body...)
}

func readLog(path string, fn func(entry []byte)) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if valid := eachEntry(data, fn); valid < len(data) {
		return os.Truncate(path, int64(valid))
	}
	return nil
}

func trimLog(path string) error { return readLog(path, func([]byte) {}) }

// producerEntry is an entry of pids.log.
type producerEntry struct {
	Type    string `json:"type"` // init, endtx or timeout
	PID     int64  `json:"pid"`
	Epoch   int16  `json:"epoch"`
	TxID    string `json:"txid,omitempty"`
	Timeout int32  `json:"timeout,omitempty"`
	Commit  *bool  `json:"commit,omitempty"`
}

// producerLog is what pids.log tells.
type producerLog struct {
	path  string
	epoch map[int64]int16
	ended map[transaction]bool // a transaction of that epoch was ended before
}

func readProducers(path string) (*producerLog, error) {
	p := &producerLog{path: path, epoch: make(map[int64]int16), ended: make(map[transaction]bool)}
	err := readLog(path, func(entry []byte) {
		var e producerEntry
		if json.Unmarshal(entry, &e) != nil {
			return // kfake skips it too
		}
		p.epoch[e.PID] = e.Epoch
		if e.Commit != nil {
			p.ended[transaction{e.PID, e.Epoch}] = true
		}
	})
	return p, err
}

// outcome is the entry that ends a transaction. After an abort a producer that outlived the crash is fenced, or it would commit the
// rest of its transaction alone.
func (p *producerLog) outcome(t transaction, commit bool) producerEntry {
	epoch := max(t.epoch, p.epoch[t.producer])
	if commit {
		return producerEntry{Type: "endtx", PID: t.producer, Epoch: epoch, Commit: &commit}
	}
	if epoch < math.MaxInt16 {
		epoch++
	}
	return producerEntry{Type: "timeout", PID: t.producer, Epoch: epoch}
}

func (p *producerLog) append(entries map[int64]producerEntry) error {
	if len(entries) == 0 {
		return nil
	}
	var out []byte
	for _, e := range entries {
		data, err := json.Marshal(e)
		if err != nil {
			return err
		}
		out = appendEntry(out, data)
	}
	return appendTo(p.path, out)
}
