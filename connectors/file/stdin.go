package file

import (
	"bytes"
	"context"
	"os"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// stdin hands the lines of standard input to one task. A read from it cannot be interrupted, so a goroutine of its own reads, as long
// as the process lives: what it has read and not handed out is lost when the task stops, as is everything a pipe delivers without
// positions.
type stdin struct {
	blocks <-chan []byte
	rest   []byte
}

func readStdin() *stdin {
	blocks := make(chan []byte)
	go func() {
		defer close(blocks)
		for {
			block := make([]byte, 64<<10)
			n, err := os.Stdin.Read(block)
			if n > 0 {
				blocks <- block[:n]
			}
			if err != nil {
				return
			}
		}
	}()
	return &stdin{blocks: blocks}
}

// poll adds lines or waits for some; after the end of the input it waits for ctx.
func (s *stdin) poll(ctx context.Context, b *connect.SourceBatch, topic string, most int) error {
	for {
		for len(b.Records()) < most && !b.Full() {
			length, withEnd, ok := nextLine(s.rest, true)
			if !ok {
				break
			}
			r := b.Add(topic)
			r.Timestamp = time.Now().UnixMilli()
			r.SetValue(data.StringSchema, text(b.Arena(), s.rest[:length]).value(0, length))
			b.AddBytes(length)
			s.rest = s.rest[withEnd:]
		}
		if len(b.Records()) > 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case block, ok := <-s.blocks:
			if !ok {
				<-ctx.Done()
				return nil
			}
			s.rest = append(bytes.Clone(s.rest), block...)
		}
	}
}
