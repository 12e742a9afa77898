package kafka

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// OpenTransactional builds a producer as NewProducer does, whose properties must have a transactional.id, and initializes its transactions:
// brokers abort what an earlier producer of that id left open and refuse that producer from now on. It blocks until the cluster answered or ctx
// ends. Errors that no second attempt can mend are *TransactionError.
func (e *Environment) OpenTransactional(ctx context.Context, source string, properties map[string]string, options ...kgo.Opt) (*kgo.Client, error) {
	// A transaction that is given up for want of an answer fails its task. Java's producer asks on for max.block.ms, which Connect makes endless.
	retries := []kgo.Opt{kgo.RequestRetries(math.MaxInt32), kgo.RetryTimeout(blockTime(properties))}
	client, err := e.NewProducer(ctx, source, properties, append(retries, options...)...)
	if err != nil {
		return nil, err
	}
	for {
		var id int64
		if id, _, err = client.ProducerID(ctx); err == nil && id < 0 {
			err = kerr.UnsupportedVersion // the client goes without an id where the broker knows of none
		}
		if err == nil {
			return client, nil
		}
		if ctx.Err() == nil && passing(err) && pauseFor(ctx, initPause) {
			continue
		}
		client.Close()
		return nil, explainTransaction(properties["transactional.id"], "initialize transactions", err)
	}
}

// initPause is between attempts to initialize transactions.
const initPause = 100 * time.Millisecond

// blockTime is max.block.ms, 0 for an endless one.
func blockTime(properties map[string]string) time.Duration {
	c, err := ParseConfig(Producer, properties)
	if err != nil {
		return 0 // NewProducer says so
	}
	if wait := c.millis("max.block.ms"); wait < endless*time.Millisecond {
		return max(wait, time.Millisecond)
	}
	return 0
}

// TransactionTimeout returns transaction.timeout.ms of a producer's properties: how long its transactions may stay open before the coordinator
// aborts them.
func TransactionTimeout(properties map[string]string) (time.Duration, error) {
	c, err := ParseConfig(Producer, properties)
	if err != nil {
		return 0, err
	}
	return c.millis("transaction.timeout.ms"), nil
}

func pauseFor(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// passing reports whether an error of a transaction coordinator may be gone the next time: all but what a broker says for good.
func passing(err error) bool {
	if errors.Is(err, kgo.ErrClientClosed) || unsupported(err) {
		return false
	}
	var broker *kerr.Error
	return !errors.As(err, &broker) || broker.Retriable || broker == kerr.ConcurrentTransactions
}

// unsupported reports whether the broker does not know of transactions. The client has no exported error for a request that a broker's list of
// versions lacks.
func unsupported(err error) bool {
	if errors.Is(err, kerr.UnsupportedVersion) {
		return true
	}
	text := err.Error()
	return strings.Contains(text, "broker is too old") || strings.Contains(text, "request key is unknown")
}

// TransactionError is a refusal of a transactional id, with what to do about it. It unwraps to the broker's error.
type TransactionError struct {
	TransactionalID string
	// Doing is what was refused, Advice what to do, "" where the broker's error says it all.
	Doing, Advice string
	Err           error
}

func (e *TransactionError) Error() string {
	text := fmt.Sprintf("transactional id %s: %s: %v", e.TransactionalID, e.Doing, e.Err)
	if e.Advice != "" {
		text += ". " + e.Advice
	}
	return text
}

// Unwrap returns the broker's error.
func (e *TransactionError) Unwrap() error { return e.Err }

// explainTransaction makes an error of a coordinator one that names the transactional id and the right or setting that is missing.
func explainTransaction(id, doing string, err error) error {
	e := &TransactionError{TransactionalID: id, Doing: doing, Err: err}
	switch {
	case errors.Is(err, kerr.TransactionalIDAuthorizationFailed):
		e.Advice = "Grant the principal of this client WRITE and DESCRIBE on the transactional id " + id +
			" (kafka-acls --add --allow-principal User:... --operation Write --operation Describe --transactional-id " + id + ")"
	case errors.Is(err, kerr.ClusterAuthorizationFailed):
		e.Advice = "Grant the principal of this client IDEMPOTENT_WRITE on the cluster, which brokers before 3.0 ask for"
	case errors.Is(err, kerr.InvalidTransactionTimeout):
		e.Advice = "Lower producer.override.transaction.timeout.ms of the connector, or raise transaction.max.timeout.ms of the brokers"
	case unsupported(err):
		e.Advice = "Exactly-once support needs brokers with transactions (Apache Kafka 2.5 and later): upgrade them, or set exactly.once.source.support=disabled"
	}
	return e
}

// ExplainTransaction is for errors of a transaction under way; those that have nothing to do with transactions it returns as they are.
func ExplainTransaction(id string, err error) error {
	if errors.Is(err, kerr.TransactionalIDAuthorizationFailed) || errors.Is(err, kerr.InvalidTransactionTimeout) {
		return explainTransaction(id, "write in a transaction", err)
	}
	return err
}

// FenceTimeout is the transaction timeout that a fenced id is left with: what Java's worker gives (RestServer.DEFAULT_REST_REQUEST_TIMEOUT_MS).
const FenceTimeout = 90 * time.Second

// FenceProducers makes brokers refuse every producer that has one of the transactional ids, and abort what these left open
// (Admin.fenceProducers). It returns when that is done for all of them, or with the first error.
func (a *Admin) FenceProducers(ctx context.Context, ids ...string) error {
	ctx, cancel := context.WithTimeout(ctx, FenceTimeout)
	defer cancel()
	results := make([]error, len(ids))
	var wg sync.WaitGroup
	most := make(chan struct{}, 16) // at once
	for i, id := range ids {
		wg.Go(func() {
			most <- struct{}{}
			defer func() { <-most }()
			results[i] = a.fence(ctx, id)
		})
	}
	wg.Wait()
	for _, err := range results {
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *Admin) fence(ctx context.Context, id string) error {
	for {
		request := kmsg.NewPtrInitProducerIDRequest()
		request.TransactionalID = &id
		request.TransactionTimeoutMillis = int32(FenceTimeout.Milliseconds())
		request.ProducerID, request.ProducerEpoch = -1, -1
		response, err := request.RequestWith(ctx, a.client)
		if err == nil {
			err = kerr.ErrorForCode(response.ErrorCode)
		}
		if err == nil {
			return nil
		}
		if !passing(err) || !pauseFor(ctx, initPause) {
			return explainTransaction(id, "fence the producers of earlier tasks", err)
		}
	}
}

// learnLimit bounds how long CommitTransaction waits for a client to know a topic that it wrote to.
const learnLimit = 10 * time.Second

// CommitTransaction commits the transaction of a client all of whose records were acknowledged, some of them on topic; "" is for a transaction that
// wrote nothing. After an error it is not committed, or nobody knows.
//
// kgo 1.22.2 sends the records that waited for a topic's partitions before it keeps those partitions (storePartitionsUpdate). A commit in between finds
// that nothing was written, aborts the transaction, and reports success: so the partitions are waited for.
func CommitTransaction(ctx context.Context, client *kgo.Client, topic string) error {
	for began := time.Now(); topic != "" && time.Since(began) < learnLimit; {
		leader, _, err := client.PartitionLeader(topic, 0)
		if leader >= 0 || err != nil {
			break
		}
		if !pauseFor(ctx, time.Millisecond) {
			return ctx.Err()
		}
	}
	return client.EndTransaction(ctx, kgo.TryCommit)
}
