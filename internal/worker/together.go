package worker

import (
	"context"

	"github.com/moldau/moldau/connect"
)

// A chain with transformations that prepare the records of a poll together (connect.BatchPreparer) runs in two steps: advance takes all records
// of the poll to the last such transformation, and finish takes one record from there to the end. Other chains run record by record, see apply.

// transformer is apply or finish.
type transformer func(ctx context.Context, op *operator, p *processing, r *connect.Record) (keep bool, _ error)

// preparing reports whether the chain runs in two steps.
func (c *chain) preparing() bool { return c.prepares != nil }

// preparers finds the transformations that prepare.
func (c *chain) preparers() {
	for i := range c.links {
		if _, ok := c.links[i].transformation.(connect.BatchPreparer); ok {
			c.prepares = append(c.prepares, i)
		}
	}
}

// advance runs records up to the last transformation that prepares. Those that are dropped, or whose failure is tolerated, become nil. begin
// returns the processing of the i-th record. An error fails the task.
func (c *chain) advance(ctx context.Context, op *operator, records []*connect.Record, begin func(i int) *processing) error {
	from := 0
	for _, to := range c.prepares {
		c.together = c.together[:0]
		for i, r := range records {
			if r == nil {
				continue
			}
			keep, err := c.run(ctx, op, begin(i), r, from, to)
			if err != nil {
				return err
			}
			if !keep {
				records[i] = nil
				continue
			}
			// A predicate that fails does so again, for its record, when the transformation is applied.
			if passes, err := c.links[to].passes(r); err == nil && passes {
				c.together = append(c.together, r)
			}
		}
		if len(c.together) > 0 {
			c.links[to].transformation.(connect.BatchPreparer).Prepare(ctx, c.together)
		}
		from = to
	}
	clear(c.together)
	return nil
}

// finish takes a record that advance kept to the end of the chain.
func (c *chain) finish(ctx context.Context, op *operator, p *processing, r *connect.Record) (keep bool, _ error) {
	return c.run(ctx, op, p, r, c.prepares[len(c.prepares)-1], len(c.links))
}

// transformTogether runs the records that were taken through a chain that prepares, and adds what is left of them to the batch.
func (s *sinkTask) transformTogether() error {
	records := make([]*connect.Record, 0, len(s.inputs))
	for _, slice := range s.taken {
		for i := range slice.Records {
			records = append(records, &slice.Records[i])
		}
	}
	begin := func(i int) *processing {
		s.proc.begin()
		s.proc.consumed = s.inputs[i]
		return &s.proc
	}
	if err := s.chain.advance(s.stopping, s.op, records, begin); err != nil {
		return err
	}
	next := 0
	for _, slice := range s.taken {
		kept := slice.Records[:0]
		for range slice.Records {
			i := next
			next++
			if records[i] == nil {
				continue
			}
			keep, err := s.chain.finish(s.stopping, s.op, begin(i), records[i])
			if err != nil {
				return err
			}
			if keep {
				kept = append(kept, *records[i])
			}
		}
		if len(kept) > 0 {
			s.batch.Append(connect.SinkSlice{TopicPartition: slice.TopicPartition, Records: kept[:len(kept):len(kept)]})
		}
	}
	return nil
}

// advance runs the polled records up to the last transformation that prepares. What it returns is nil for records that are not to be sent; the
// others belong to the dispatch under way.
func (s *sourceTask) advance(polled []connect.Record) ([]*connect.Record, error) {
	records := make([]*connect.Record, len(polled))
	for i := range polled {
		records[i] = &polled[i]
		if s.original {
			changed := polled[i]
			records[i] = &changed
		}
	}
	return records, s.chain.advance(s.stopping, s.op, records, func(i int) *processing {
		s.begin(&polled[i])
		return &s.proc
	})
}

// begin starts the processing of a polled record.
func (s *sourceTask) begin(polled *connect.Record) {
	s.proc.begin()
	s.proc.polled = polled
	if s.original {
		s.proc.source = polled
	}
}
