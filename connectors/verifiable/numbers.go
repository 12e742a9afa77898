package verifiable

import (
	"context"
	"fmt"
	"strconv"

	"github.com/moldau/moldau/connect"
)

// seqno is a source offset: the number of the last record.
type seqno int64

// Fields returns the offset as Java's tasks write it.
func (s seqno) Fields() map[string]any { return map[string]any{fieldSeqno: int64(s)} }

// numbers reads the numbers of a task's configuration; the first that is none is its error, with the message of the Java task.
type numbers struct {
	task  string
	props map[string]string
	err   error
}

func (n *numbers) get(key string, bits int) int64 {
	text, there := n.props[key]
	x, err := strconv.ParseInt(text, 10, bits)
	if err != nil && n.err == nil {
		reason := numberError(`For input string: "` + text + `"`)
		if !there {
			reason = "Cannot parse null string: null"
		}
		n.err = connect.NewFailure("Invalid "+n.task+" configuration", reason)
	}
	return x
}

// numberError is what Java says of a text that is no number.
type numberError string

func (e numberError) Error() string { return string(e) }

// JavaClass returns the class of Java's exception.
func (numberError) JavaClass() string { return "java.lang.NumberFormatException" }

// position tells where a source of numbered records goes on.
type position struct {
	partition *connect.SourcePartition
	first     int64 // of this task
	next      int64
}

func positionOf(ctx context.Context, tc connect.SourceTaskContext, id int64) (*position, error) {
	p := &position{partition: connect.NewSourcePartition(map[string]any{keyID: id})}
	committed, err := tc.Offsets(ctx, p.partition)
	if err != nil {
		return nil, fmt.Errorf("reading the committed number of task %d: %w", id, err)
	}
	if committed[0] != nil {
		last, ok := committed[0][fieldSeqno].(int64)
		if !ok {
			return nil, fmt.Errorf("the committed offset of task %d has no whole number %s: %v", id, fieldSeqno, committed[0])
		}
		p.next = last + 1
	}
	p.first = p.next
	return p, nil
}

// done is how many records there were since the task began.
func (p *position) done() int64 { return p.next - p.first }

// mark says that everything up to the last record is covered.
func (p *position) mark(b *connect.SourceBatch) {
	b.Mark(p.partition, seqno(p.next-1))
}
