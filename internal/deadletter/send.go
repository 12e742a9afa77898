package deadletter

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/kafka"
)

// The headers of a record that was sent to a topic again: how often it was, and by which letter.
const (
	countHeader = "__moldau.redrive.count"
	fromHeader  = "__moldau.redrive.from"
)

// redriveCount returns how often a record was redriven before it became the letter.
func redriveCount(headers []kgo.RecordHeader) int {
	for i := len(headers) - 1; i >= 0; i-- {
		if headers[i].Key == countHeader {
			n, err := strconv.Atoi(string(headers[i].Value))
			if err != nil || n < 0 {
				return 0
			}
			return n
		}
	}
	return 0
}

// consumed returns the record as the connector consumed it, but for its coordinates.
func (c *chosen) consumed() *kgo.Record {
	return &kgo.Record{Key: c.record.Key, Value: c.record.Value, Headers: consumedHeaders(c.record.Headers), Timestamp: c.record.Timestamp, Attrs: c.record.Attrs}
}

// resent returns the record for the topic that the letter goes to: to the partition it was consumed from, where the topic is the same and
// still has it.
func (r *redrive) resent(c *chosen) *kgo.Record {
	out := c.consumed()
	out.Topic, out.Partition, out.Attrs = c.to, kafka.AnyPartition, kgo.RecordAttrs{}
	if o := c.letter.Original; o != nil && o.Topic == c.to && int(o.Partition) < r.topics[c.to] {
		out.Partition = o.Partition
	}
	if r.request.Timestamp == "now" || c.letter.Timestamp < 0 {
		out.Timestamp = time.Time{}
	}
	if r.request.annotates() {
		headers := out.Headers[:0:0]
		for _, h := range out.Headers {
			if h.Key != countHeader && h.Key != fromHeader {
				headers = append(headers, h)
			}
		}
		out.Headers = append(headers, kgo.RecordHeader{Key: countHeader, Value: []byte(strconv.Itoa(redriveCount(out.Headers) + 1))},
			kgo.RecordHeader{Key: fromHeader, Value: []byte(r.topic + ":" + c.letter.Coordinates.String())})
	}
	return out
}

// mark returns the mark of a letter.
func (r *redrive) mark(kind markKind, c *chosen, failure *Failure) (*kgo.Record, error) {
	m := mark{Kind: kind, Queue: r.topic, Coordinates: c.letter.Coordinates, Redrive: r.result.Redrive, At: time.Now().UnixMilli(),
		Target: r.request.Target, To: c.to, Failure: failure}
	return m.record()
}

// sending is a letter with the record that is sent for it, nil for none, and what became of it when it was.
type sending struct {
	*chosen
	record  *kgo.Record
	outcome *Outcome
}

// resend sends letters to their topics as they are.
func (r *redrive) resend(ctx context.Context, t *transactions, letters []*chosen) error {
	out := make([]sending, len(letters))
	for i, c := range letters {
		out[i] = sending{c, r.resent(c), &Outcome{Coordinates: c.letter.Coordinates, Fate: WasRedriven, To: c.to}}
	}
	return r.send(ctx, t, out)
}

// send sends records together with the marks of their letters, all or none. When a topic refuses a record, the letters are sent in halves until
// the refused one is alone; it gets a mark that says so, and the others are not held up by it.
func (r *redrive) send(ctx context.Context, t *transactions, letters []sending) error {
	records, err := r.records(letters)
	if err != nil {
		return err
	}
	err = t.commit(ctx, records)
	var refused *refusedError
	switch {
	case err == nil:
		for _, l := range letters {
			r.settle(l.outcome)
		}
		return nil
	case isFenced(err):
		return err
	case !errors.As(err, &refused):
		return &againError{r.explainTopic(err, "write to", letters[0].outcome.To, "Write", "producer.")}
	case refused.topic == r.topic:
		return r.explainTopic(refused.err, "write marks to", refused.topic, "Write", "producer.")
	}
	pieces := r.refuse(refused, letters)
	if pieces == nil {
		half := len(letters) / 2
		pieces = [][]sending{letters[:half], letters[half:]}
	}
	for _, piece := range pieces {
		if err := r.send(ctx, t, piece); err != nil {
			return err
		}
	}
	return nil
}

// refuse turns the letters that a refusal surely concerns into failed ones, for which nothing but the mark is sent, and returns them and the
// others; nil where it is not known yet which letters it concerns.
func (r *redrive) refuse(refused *refusedError, letters []sending) [][]sending {
	if len(letters) > 1 && !errors.Is(refused.err, kerr.TopicAuthorizationFailed) {
		return nil
	}
	text := r.s.cfg.Redact(r.explainTopic(refused.err, "write to", refused.topic, "Write", "producer.").Error())
	var failed, others []sending
	for _, l := range letters {
		if l.record == nil || l.record.Topic != refused.topic {
			others = append(others, l)
			continue
		}
		failed = append(failed, sending{l.chosen, nil, &Outcome{Coordinates: l.outcome.Coordinates, Fate: HasFailed, To: l.outcome.To, Reason: text,
			Failure: &Failure{Message: clip(text, messageSize)}}})
	}
	if len(others) == 0 {
		return [][]sending{failed}
	}
	return [][]sending{failed, others}
}

// records returns what is sent for letters: their records, and their marks.
func (r *redrive) records(letters []sending) ([]*kgo.Record, error) {
	out := make([]*kgo.Record, 0, 2*len(letters))
	for _, l := range letters {
		kind := markRedriven
		if l.outcome.Fate == HasFailed {
			kind = markFailed
		}
		m, err := r.mark(kind, l.chosen, l.outcome.Failure)
		if err != nil {
			return nil, err
		}
		if l.record != nil {
			out = append(out, l.record)
		}
		out = append(out, m)
	}
	return out, nil
}

// againError ends a session after which another one may go on: what its last transaction did is to be read from the marks.
type againError struct{ err error }

func (e *againError) Error() string { return e.err.Error() }
func (e *againError) Unwrap() error { return e.err }

// refusedError is that of a record which the topic does not take.
type refusedError struct {
	topic string
	err   error
}

func (e *refusedError) Error() string {
	return fmt.Sprintf("topic %s refuses a record: %v", e.topic, e.err)
}
func (e *refusedError) Unwrap() error { return e.err }

// transactions is the transactional producer of a session.
type transactions struct{ client *kgo.Client }

// producerSettings are those of the connector's dead letter producer, but for what a redrive relies on.
func (q *connectorQueue) producerSettings() kafka.Settings {
	settings := q.clients().DeadLetterProducer(q.task(), q.props)
	settings.Properties["acks"] = "all"
	settings.Properties["enable.idempotence"] = "true"
	delete(settings.Properties, "transactional.id")
	return settings
}

// transactions makes the topic's transactional id this session's.
func (r *redrive) transactions(ctx context.Context) (*transactions, error) {
	settings := r.producerSettings()
	settings.Properties["transactional.id"] = transactionalID(r.topic)
	settings.Properties["client.id"] = "connector-dlq-redrive-" + r.connector
	if _, given := settings.Properties["transaction.timeout.ms"]; !given {
		// Readers of committed records wait so long for what a worker had open that was killed.
		settings.Properties["transaction.timeout.ms"] = "20000"
	}
	client, err := r.s.cfg.Worker.Kafka.NewProducer(ctx, settings.Source, settings.Properties)
	if err != nil {
		return nil, fmt.Errorf("make the producer of connector %s: %w", r.connector, err)
	}
	if _, _, err := client.ProducerID(ctx); err != nil {
		client.Close()
		return nil, r.explain(err, "begin a transaction for", "Write", "producer.")
	}
	return &transactions{client}, nil
}

func (t *transactions) close() { t.client.Close() }

// abortTime is how long ending a transaction may take after its context ended.
const abortTime = 10 * time.Second

// commit writes records, at least one, in one transaction. After a refusedError nothing is open and the next transaction may begin; after any other error it
// is not known what the transaction did.
func (t *transactions) commit(ctx context.Context, records []*kgo.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// Records that may have reached a broker cannot be cancelled; closing the client ends their wait.
	stop := context.AfterFunc(ctx, t.client.Close)
	defer stop()
	if err := t.client.BeginTransaction(); err != nil {
		return err
	}
	results := t.client.ProduceSync(ctx, records...)
	if err := firstError(results); err != nil {
		if failure := t.abort(ctx); failure != nil && !isFenced(err) {
			return fmt.Errorf("%v, and the transaction was not aborted: %w", err, failure)
		}
		return err
	}
	if err := kafka.CommitTransaction(ctx, t.client, records[0].Topic); err != nil {
		_ = t.abort(ctx)
		return err
	}
	return nil
}

// abort spares readers of the topics the wait for the transaction's timeout. The next session does the same where this fails.
func (t *transactions) abort(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTime)
	defer cancel()
	return t.client.EndTransaction(ctx, kgo.TryAbort)
}

// firstError returns the error that says most: a refusal of a record, else the first.
func firstError(results kgo.ProduceResults) error {
	var first error
	for _, result := range results {
		if result.Err == nil {
			continue
		}
		if isFenced(result.Err) {
			return result.Err
		}
		if isRefusal(result.Err) {
			return &refusedError{result.Record.Topic, result.Err}
		}
		if first == nil {
			first = result.Err
		}
	}
	return first
}

// isRefusal reports whether another try would end the same way.
func isRefusal(err error) bool {
	for _, refusal := range []error{kerr.MessageTooLarge, kerr.RecordListTooLarge, kerr.InvalidTimestamp, kerr.InvalidRecord, kerr.InvalidTopicException,
		kerr.TopicAuthorizationFailed, kerr.UnknownTopicOrPartition, kerr.PolicyViolation, kerr.CorruptMessage} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}
