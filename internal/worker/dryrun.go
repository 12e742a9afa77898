package worker

import (
	"context"

	"github.com/moldau/moldau/connect"
)

// DryRun runs single records through the transformations of a connector, with the error handling that its tasks have but outside of any
// task. It is used by one goroutine at a time.
type DryRun struct {
	chain   *chain
	op      operator
	proc    processing
	skipped *SkippedRecord
}

// SkippedRecord says why errors.tolerance left out a record.
type SkippedRecord struct {
	Stage Stage
	// Class is that of the plugin that failed.
	Class string
	Err   error
}

// NewDryRun makes the transformations of a connector configuration. Its errors are those with which the connector's tasks fail to start.
func NewDryRun(plugins Plugins, props map[string]string) (*DryRun, error) {
	s, err := parseConnectorSettings(props)
	if err != nil {
		return nil, err
	}
	c, err := newChain(plugins, props)
	if err != nil {
		return nil, err
	}
	d := &DryRun{chain: c}
	d.op = operator{settings: s, reporters: []reporter{d}}
	return d, nil
}

// Apply changes r as a task would before its converters or its put. It is not kept where a transformation dropped it, and skipped where an
// error was tolerated; err is the error that a task fails with. Retriable errors are retried as long as the configuration says, or ctx allows.
func (d *DryRun) Apply(ctx context.Context, r *connect.Record) (keep bool, skipped *SkippedRecord, err error) {
	d.skipped, d.op.stopping = nil, ctx
	d.proc = processing{}
	keep, err = d.chain.apply(ctx, &d.op, &d.proc, r)
	if err != nil {
		return false, nil, err
	}
	return keep, d.skipped, nil
}

func (d *DryRun) report(p *processing) <-chan error {
	d.skipped = &SkippedRecord{Stage: p.stage, Class: p.class, Err: p.err}
	return nil
}

// Close closes the transformations.
func (d *DryRun) Close() error { return d.chain.close() }
