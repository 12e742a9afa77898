package devbroker

import (
	"bytes"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func request(key, version int16, body ...byte) []byte {
	f := binary.BigEndian.AppendUint32(nil, uint32(10+len(body)))
	f = binary.BigEndian.AppendUint16(f, uint16(key))
	f = binary.BigEndian.AppendUint16(f, uint16(version))
	f = binary.BigEndian.AppendUint32(f, 7)
	f = binary.BigEndian.AppendUint16(f, 0xffff)
	return append(f, body...)
}

func TestFrameGuard(t *testing.T) {
	var log syncBuffer
	b := start(t, Config{InMemory: true, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	for _, c := range []struct {
		name, log string
		send      []byte
	}{
		{"unknown key", "unknown API key 999", request(999, 0)},
		{"negative key", "unknown API key -1", request(-1, 0)},
		{"HTTP", "this is HTTP", []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")},
		{"TLS", "this is TLS", []byte{0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01}},
		{"4 GB", "size -1", bytes.Repeat([]byte{0xff}, 8)},
		{"1 GB", "size 1073741824 is above", []byte{0x40, 0, 0, 0, 0, 0, 0, 0}},
		{"too short", "size 4", []byte{0, 0, 0, 4, 0, 0, 0, 0}},
		{"filtered and large", "request too large", []byte{0x02, 0, 0, 0, 0, byte(kmsg.CreateTopics), 0, 0}},
		{"bad version", "", request(int16(kmsg.CreateTopics), 999, 1, 2, 3)},
		{"negative version", "", request(int16(kmsg.Metadata), -5, 1, 2, 3)},
		{"nonsense body", "", request(int16(kmsg.CreateTopics), 7, 0xff, 0xff, 0xff, 0xff)},
		{"short header", "", append([]byte{0, 0, 0, 8}, request(int16(kmsg.CreateTopics), 2)[4:12]...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", b.Addr())
			must(t, err)
			defer conn.Close()
			_, err = conn.Write(c.send)
			must(t, err)
			must(t, conn.SetReadDeadline(time.Now().Add(time.Minute)))
			if got, err := io.ReadAll(conn); len(got) > 0 || err != nil && strings.Contains(err.Error(), "timeout") {
				t.Errorf("answered %x, %v", got, err)
			}
			if !strings.Contains(log.String(), c.log) {
				t.Errorf("log has no %q:\n%s", c.log, log.String())
			}
		})
	}
	if _, err := admin(t, b.Addr()).Metadata(t.Context()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// Frames arrive in pieces, and several at once.
func TestFramesInPieces(t *testing.T) {
	b := start(t, Config{InMemory: true})
	conn, err := net.Dial("tcp", b.Addr())
	must(t, err)
	defer conn.Close()
	one := request(int16(kmsg.ApiVersions), 0)
	create := kmsg.NewPtrCreateTopicsRequest()
	create.Version = 5
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = "t", 1, 1
	create.Topics = append(create.Topics, topic)
	two := kmsg.NewRequestFormatter(kmsg.FormatterClientID("id")).AppendRequest(nil, create, 8)
	all := append(append(append([]byte(nil), one...), two...), one...)
	for i := range all {
		_, err := conn.Write(all[i : i+1])
		must(t, err)
	}
	must(t, conn.SetReadDeadline(time.Now().Add(time.Minute)))
	for _, corr := range []uint32{7, 8, 7} {
		var head [8]byte
		_, err := io.ReadFull(conn, head[:])
		must(t, err)
		if got := binary.BigEndian.Uint32(head[4:]); got != corr {
			t.Fatalf("answer to %d, want %d", got, corr)
		}
		_, err = io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(head[:4]))-4)
		must(t, err)
	}
	if b.Cluster().TopicInfo("t") == nil {
		t.Error("topic was not created")
	}
}
