package worker

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
)

// logReporter writes failed records to the log: LogReporter of Java, with its text.
type logReporter struct {
	id       TaskID
	messages bool
	logger   *slog.Logger
}

func (l *logReporter) report(p *processing) <-chan error {
	l.logger.Error(l.text(p), "error", p.err)
	return nil
}

func (l *logReporter) text(p *processing) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Error encountered in task %s. Executing stage '%s' with class '%s'", l.id, p.stage, p.class)
	if l.messages {
		if r := p.source; r != nil {
			b.WriteString(", where source record is = ")
			b.WriteString(r.String())
		}
		if r := p.consumed; r != nil {
			fmt.Fprintf(&b, ", where consumed record is {topic='%s', partition=%d, offset=%d", r.Topic, r.Partition, r.Offset)
			if _, t := timestampOf(r); t != connect.NoTimestampType {
				fmt.Fprintf(&b, ", timestamp=%d, timestampType=%s", r.Timestamp.UnixMilli(), t)
			}
			b.WriteByte('}')
		}
	}
	b.WriteByte('.')
	return b.String()
}

// timestampOf returns a consumed record's timestamp, connect.NoTimestamp where it has none, and what it means.
func timestampOf(r *kgo.Record) (int64, connect.TimestampType) {
	t := connect.NoTimestampType
	switch r.Attrs.TimestampType() {
	case 0:
		t = connect.CreateTime
	case 1:
		t = connect.LogAppendTime
	}
	ms := r.Timestamp.UnixMilli()
	if ms == -1 {
		ms = connect.NoTimestamp
	}
	return ms, t
}
