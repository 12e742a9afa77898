package worker

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
)

// DryRun runs single records through the converters and transformations of a connector, with the error handling that its tasks have but outside
// of any task: no broker is asked for anything. It is used by one goroutine at a time.
type DryRun struct {
	name    string // of the connector
	plugins Plugins
	chain   *chain
	links   []DryRunLink
	conv    *converters // nil where only the transformations are run
	op      operator
	proc    processing
	skipped *SkippedRecord
	letter  *kgo.Record
	flight  flight // storage of what a source's record becomes
}

// SkippedRecord says why errors.tolerance left out a record.
type SkippedRecord struct {
	Stage Stage
	// Class is that of the plugin that failed.
	Class string
	Err   error
}

// DryRunLink names a transformation of the chain.
type DryRunLink struct{ Alias, Class string }

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
	d := &DryRun{name: props["name"], plugins: plugins, chain: c}
	aliases := propsReader{props: props}
	for i, alias := range aliases.list("transforms") {
		d.links = append(d.links, DryRunLink{Alias: alias, Class: c.links[i].class})
	}
	d.op = operator{settings: s, reporters: []reporter{d}}
	return d, nil
}

// NewDryRunWithConverters is NewDryRun with the converters: those of the connector, else those of the worker's configuration.
func NewDryRunWithConverters(plugins Plugins, worker, props map[string]string) (*DryRun, error) {
	conv, err := (&Worker{cfg: Config{Plugins: plugins, Props: worker}}).newConverters(props)
	if err != nil {
		return nil, err
	}
	d, err := NewDryRun(plugins, props)
	if err != nil {
		return nil, err
	}
	d.conv = conv
	return d, nil
}

// Links returns the transformations in order; the slice must not be changed.
func (d *DryRun) Links() []DryRunLink { return d.links }

// Apply changes r as a task would before its converters or its put. It is not kept where a transformation dropped it, and skipped where an
// error was tolerated; err is the error that a task fails with. Retriable errors are retried as long as the configuration says, or ctx allows.
func (d *DryRun) Apply(ctx context.Context, r *connect.Record) (keep bool, skipped *SkippedRecord, err error) {
	d.begin(ctx)
	keep, err = d.chain.apply(ctx, &d.op, &d.proc, r)
	if err != nil {
		return false, nil, err
	}
	return keep, d.skipped, nil
}

// begin forgets the record before.
func (d *DryRun) begin(ctx context.Context) {
	d.skipped, d.letter, d.op.stopping = nil, nil, ctx
	d.proc = processing{}
}

func (d *DryRun) report(p *processing) <-chan error {
	d.skipped = &SkippedRecord{Stage: p.stage, Class: p.class, Err: p.err}
	if topic := d.op.settings.dlqTopic; topic != "" && p.consumed != nil {
		d.letter = &kgo.Record{Topic: topic, Key: p.consumed.Key, Value: p.consumed.Value, Headers: p.consumed.Headers, Timestamp: p.consumed.Timestamp}
		if d.op.settings.dlqHeaders {
			letters := deadLetters{s: &sinkTask{taskRun: &taskRun{id: TaskID{Connector: d.name}}}}
			d.letter.Headers = append(d.letter.Headers[:len(d.letter.Headers):len(d.letter.Headers)], letters.context(p)...)
		}
	}
	return nil
}

// Close closes the transformations.
func (d *DryRun) Close() error { return d.chain.close() }
