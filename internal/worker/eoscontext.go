package worker

import (
	"fmt"
	"sync"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
)

// cut is the end of a transaction after a record of a batch.
type cut struct {
	ordinal int  // of the polled record
	abort   bool // the transaction is dropped
	upto    int  // how many records of the flight come before the end
}

// transactionContext takes a task's wishes for the ends of transactions (WorkerTransactionContext). Conflicting ones fail the task when they are
// read, since a task could swallow an error that it gets itself.
type transactionContext struct {
	mu            sync.Mutex
	batch         *connect.SourceBatch // being polled
	cuts          []cut
	commit, abort bool
	err           error
}

var _ connect.TransactionContext = (*transactionContext)(nil)

// polling begins a poll; what a poll that failed wished for is forgotten.
func (c *transactionContext) polling(batch *connect.SourceBatch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.batch, c.cuts = batch, nil
}

// forget drops all wishes: the batch that they came with is polled again.
func (c *transactionContext) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cuts, c.commit, c.abort, c.err = nil, false, false, nil
}

// CommitBatch ends the transaction after the batch.
func (c *transactionContext) CommitBatch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.commit = true
}

// AbortBatch drops the transaction after the batch.
func (c *transactionContext) AbortBatch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abort = true
}

// CommitRecord ends the transaction after the record added last.
func (c *transactionContext) CommitRecord() { c.cut(false) }

// AbortRecord drops the transaction after the record added last.
func (c *transactionContext) AbortRecord() { c.cut(true) }

func (c *transactionContext) cut(abort bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.batch == nil || len(c.batch.Records()) == 0 {
		if c.err == nil {
			c.err = javafmt.NewException(javafmt.NullPointerException, "Source record used to define transaction boundaries may not be null", nil)
		}
		return
	}
	ordinal := len(c.batch.Records()) - 1
	if n := len(c.cuts); n > 0 && c.cuts[n-1].ordinal == ordinal {
		if c.cuts[n-1].abort != abort && c.err == nil {
			r := &c.batch.Records()[ordinal]
			partition := "null"
			if r.Partition != connect.NoPartition {
				partition = fmt.Sprint(r.Partition)
			}
			c.err = javafmt.NewException(javafmt.IllegalState,
				"Connector requested both commit and abort of same record against topic/partition "+r.Topic+"/"+partition, nil)
		}
		return
	}
	c.cuts = append(c.cuts, cut{ordinal: ordinal, abort: abort})
}

// takeCuts returns the ends within the batch just polled, in order.
func (c *transactionContext) takeCuts() ([]cut, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cuts, err := c.cuts, c.err
	c.batch, c.cuts, c.err = nil, nil, nil
	return cuts, err
}

// takeBatch returns what shall happen after the batch.
func (c *transactionContext) takeBatch() (commit, abort bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.commit && c.abort {
		return false, false, javafmt.NewException(javafmt.IllegalState, "Connector requested both commit and abort of same transaction", nil)
	}
	commit, abort = c.commit, c.abort
	c.commit, c.abort = false, false
	return commit, abort, nil
}
