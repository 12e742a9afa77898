package devbroker

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// kfake forgets the offsets of a partition that has no records left: after a restart it began again at 0, below the committed
// offsets of its consumers, and they would skip or repeat records (I1, I3). It does believe a snapshot whose segments are all there,
// though, even an empty one. So a partition about to be emptied gets an empty segment file at its end and a snapshot that lists it.

// snapshot is a part of kfake's snapshot.json, version 1.
type snapshot struct {
	Version          int               `json:"version"`
	HighWatermark    int64             `json:"high_watermark"`
	LastStableOffset int64             `json:"last_stable_offset"`
	LogStartOffset   int64             `json:"log_start_offset"`
	Epoch            int32             `json:"epoch"`
	LeaderNode       int32             `json:"leader_node,omitempty"`
	MaxTimestamp     int64             `json:"max_timestamp"`
	CreatedAt        time.Time         `json:"created_at"`
	AbortedTxns      json.RawMessage   `json:"aborted_txns,omitempty"`
	Segments         []snapshotSegment `json:"segments"`
}

type snapshotSegment struct {
	BaseOffset int64 `json:"base_offset"`
	Size       int64 `json:"size"`
}

const snapshotVersion = 1

func partitionDir(dir, topic string, partition int32) string {
	return filepath.Join(dir, "partitions", url.PathEscape(topic)+"-"+strconv.Itoa(int(partition)))
}

func segmentFile(base int64) string { return strconv.FormatInt(base, 10) + ".dat" }

// markEmpty writes down that a partition is empty and goes on at end. It comes before the deletion: what is then still there, or
// produced later, makes the snapshot not match, and kfake reads the segments instead.
func markEmpty(partition string, end int64, epoch int32) error {
	if err := os.MkdirAll(partition, 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(partition, segmentFile(end)), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return writeSnapshot(partition, snapshot{
		Version: snapshotVersion, HighWatermark: end, LastStableOffset: end, LogStartOffset: end, Epoch: epoch,
		CreatedAt: time.Now(), Segments: []snapshotSegment{{BaseOffset: end}},
	})
}

func writeSnapshot(partition string, s snapshot) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	path := filepath.Join(partition, "snapshot.json")
	if err := os.WriteFile(path+".new.tmp", data, 0o644); err != nil { // kfake removes *.tmp at its start
		return err
	}
	return os.Rename(path+".new.tmp", path)
}

// running is there from a start to the end of a clean stop.
const running = "running"

// repairDir makes kfake load what it would otherwise lose or misread. It runs before kfake opens the directory.
func repairDir(dir string, log *slog.Logger) error {
	known, err := readTopics(dir)
	if err != nil {
		return err
	}
	listed := make(map[string]bool)
	for _, t := range known {
		for p := range t.Partitions {
			listed[filepath.Base(partitionDir(dir, t.Name, p))] = true
		}
	}
	var partitions []string
	entries, err := os.ReadDir(filepath.Join(dir, "partitions"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		partition := filepath.Join(dir, "partitions", e.Name())
		if !listed[e.Name()] {
			// Left by a crash within a deletion. A new topic of the name would append to it and read the old bytes as its own.
			if err := setAside(dir, e.Name()); err != nil {
				return err
			}
			log.Warn("embedded broker: records of a topic that does not exist were set aside", "directory", filepath.Join(dir, "orphans"), "partition", e.Name())
			continue
		}
		if err := repairEmpty(partition); err != nil {
			return fmt.Errorf("%s: %w", e.Name(), err)
		}
		partitions = append(partitions, partition)
	}
	switch _, err := os.Stat(filepath.Join(dir, running)); {
	case err == nil:
		return recoverDir(dir, partitions)
	case errors.Is(err, os.ErrNotExist):
		return os.WriteFile(filepath.Join(dir, running), nil, 0o644)
	default:
		return err
	}
}

func setAside(dir, name string) error {
	if err := os.MkdirAll(filepath.Join(dir, "orphans"), 0o755); err != nil {
		return err
	}
	return os.Rename(filepath.Join(dir, "partitions", name), filepath.Join(dir, "orphans", name+"."+strconv.FormatInt(time.Now().UnixNano(), 36)))
}

// repairEmpty completes the snapshot that a clean stop writes of an empty partition: it lists no segment.
func repairEmpty(partition string) error {
	data, err := os.ReadFile(filepath.Join(partition, "snapshot.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var s snapshot
	if json.Unmarshal(data, &s) != nil || s.Version != snapshotVersion || len(s.Segments) > 0 || s.HighWatermark == 0 || s.LogStartOffset != s.HighWatermark {
		return nil // kfake judges it
	}
	entries, err := os.ReadDir(partition)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".dat") {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if info.Size() > 0 {
			return nil // produced after that stop: the segments tell the offsets
		}
		if err := os.Remove(filepath.Join(partition, e.Name())); err != nil {
			return err
		}
	}
	return markEmpty(partition, s.HighWatermark, s.Epoch)
}

// storedTopic is a topic of kfake's topics.json, which is rewritten at every change of a topic.
type storedTopic struct {
	Name       string            `json:"name"`
	Partitions int32             `json:"partitions"`
	Configs    map[string]string `json:"configs"`
}

func readTopics(dir string) ([]storedTopic, error) {
	data, err := os.ReadFile(filepath.Join(dir, "topics.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var file struct {
		Topics []storedTopic `json:"topics"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("topics.json: %w", err)
	}
	return file.Topics, nil
}

// filterDeleteRecords marks the partitions that the request empties.
func filterDeleteRecords(b *Broker, r kmsg.Request) (bool, func(kmsg.Response)) {
	if b.cfg.Dir == "" {
		return false, nil
	}
	for _, t := range r.(*kmsg.DeleteRecordsRequest).Topics {
		for _, p := range t.Partitions {
			b.admin(func(c *kfake.Cluster) {
				info := c.PartitionInfo(t.Topic, p.Partition)
				if info == nil || info.HighWatermark == info.LogStartOffset || p.Offset != -1 && p.Offset != info.HighWatermark {
					return
				}
				if err := markEmpty(partitionDir(b.cfg.Dir, t.Topic, p.Partition), info.HighWatermark, info.Epoch); err != nil {
					b.cfg.Logger.Error("embedded broker: the end of an emptied partition could not be noted: it restarts at offset 0",
						"topic", t.Topic, "partition", p.Partition, "error", err)
				}
			})
		}
	}
	return false, nil
}
