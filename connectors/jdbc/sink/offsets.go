package sink

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// keeper keeps offsets in a table of the target. A row is of one partition: the offset behind the last record that was written, and an epoch
// that each new owner of the partition raises, so that the writes of a task that lost it without knowing are refused.
type keeper struct {
	*settings
	connector string
	table     string // quoted
	epochs    map[connect.TopicPartition]int64
	stored    map[connect.TopicPartition]int64
	made      bool
	// uncertain says that a commit was sent and no answer came: what is stored must be read again.
	uncertain bool
}

func newKeeper(s *settings, connector string) *keeper {
	return &keeper{settings: s, connector: connector, table: dialect.ParseTableID(s.offsetTable).Quoted(s.quoteName),
		epochs: map[connect.TopicPartition]int64{}, stored: map[connect.TopicPartition]int64{}}
}

// where is the condition for a partition, with parameters from first on.
func (k *keeper) where(first int) string {
	p := k.Dialect.Placeholder
	return " WHERE connector = " + p(first) + " AND topic = " + p(first+1) + " AND kafka_partition = " + p(first+2)
}

func (k *keeper) make(ctx context.Context, c dialect.Conn) error {
	if k.made {
		return nil
	}
	if _, err := c.Exec(ctx, k.Dialect.OffsetTable(k.table)); err != nil {
		// Two tasks may create it at a time; one of them is told that it exists.
		if _, again := dialect.Read(ctx, c, "SELECT connector FROM "+k.table+" WHERE 1 = 0"); again != nil {
			return fmt.Errorf("creating the table of offsets %s: %w", k.offsetTable, err)
		}
	}
	k.made = true
	return nil
}

// within runs f in a transaction.
func (k *keeper) within(ctx context.Context, c dialect.Conn, f func() error) error {
	if _, err := c.Exec(ctx, k.Dialect.BeginWrite()); err != nil {
		return err
	}
	err := f()
	if err == nil {
		if _, err = c.Exec(ctx, "COMMIT"); err == nil {
			return nil
		}
	}
	return errors.Join(err, rollback(ctx, c))
}

// own raises the epochs of partitions, so that no other task writes them from now on, and reads what is stored.
func (k *keeper) own(ctx context.Context, c dialect.Conn, tps []connect.TopicPartition) error {
	if err := k.make(ctx, c); err != nil {
		return err
	}
	for _, tp := range tps {
		if err := k.within(ctx, c, func() error { return k.take(ctx, c, tp) }); err != nil {
			return fmt.Errorf("taking partition %d of topic %s in the table of offsets %s: %w", tp.Partition, tp.Topic, k.offsetTable, err)
		}
	}
	return k.read(ctx, c, tps)
}

func (k *keeper) take(ctx context.Context, c dialect.Conn, tp connect.TopicPartition) error {
	n, err := c.Exec(ctx, "UPDATE "+k.table+" SET epoch = epoch + 1"+k.where(1), k.connector, tp.Topic, tp.Partition)
	if err != nil {
		return err
	}
	if n == 0 {
		p := k.Dialect.Placeholder
		_, err := c.Exec(ctx, "INSERT INTO "+k.table+" (connector, topic, kafka_partition, epoch) VALUES ("+p(1)+", "+p(2)+", "+p(3)+", 1)", k.connector, tp.Topic, tp.Partition)
		if err != nil {
			return err
		}
	}
	// Within the transaction that raised it: nobody else can have changed it.
	rows, err := dialect.Read(ctx, c, "SELECT epoch FROM "+k.table+k.where(1), k.connector, tp.Topic, tp.Partition)
	if err != nil {
		return err
	}
	if len(rows) != 1 {
		return fmt.Errorf("%d rows instead of one", len(rows))
	}
	k.epochs[tp], err = strconv.ParseInt(rows[0][0], 10, 64)
	return err
}

// read reads what is stored for partitions.
func (k *keeper) read(ctx context.Context, c dialect.Conn, tps []connect.TopicPartition) error {
	for _, tp := range tps {
		rows, err := dialect.Read(ctx, c, "SELECT next_offset FROM "+k.table+k.where(1), k.connector, tp.Topic, tp.Partition)
		if err != nil {
			return fmt.Errorf("reading the table of offsets %s: %w", k.offsetTable, err)
		}
		delete(k.stored, tp)
		if len(rows) == 1 && rows[0][0] != "" {
			if k.stored[tp], err = strconv.ParseInt(rows[0][0], 10, 64); err != nil {
				return fmt.Errorf("the table of offsets %s holds %q for partition %d of topic %s", k.offsetTable, rows[0][0], tp.Partition, tp.Topic)
			}
		}
	}
	return nil
}

// errFenced is a partition that another task has taken; its records go to that one.
var errFenced = errors.New("another task writes this partition now")

// advance stores the offsets of a lane in its transaction, and refuses it where a partition belongs to another task. What is stored must be what
// the task knows: a commit that it got no answer to may be carried out after the task has looked, and its rows must not come twice.
func (k *keeper) advance(ctx context.Context, c dialect.Conn, next map[connect.TopicPartition]int64) error {
	p := k.Dialect.Placeholder
	for tp, at := range next {
		epoch, ok := k.epochs[tp]
		if !ok {
			return fmt.Errorf("topic %s, partition %d: %w", tp.Topic, tp.Partition, errFenced)
		}
		sql := "UPDATE " + k.table + " SET next_offset = " + p(1) + k.where(2) + " AND epoch = " + p(5) + " AND next_offset "
		args := []any{at, k.connector, tp.Topic, tp.Partition, epoch}
		if stored, known := k.stored[tp]; known {
			sql += "= " + p(6)
			args = append(args, stored)
		} else {
			sql += "IS NULL"
		}
		n, err := c.Exec(ctx, sql, args...)
		if err != nil {
			return err
		}
		if n != 1 {
			return fmt.Errorf("topic %s, partition %d: %w", tp.Topic, tp.Partition, errFenced)
		}
	}
	return nil
}

// alter changes what is stored for a connector, all or nothing; false says that nothing is. The epochs are raised, so that a task that still runs
// somewhere cannot go on from what was.
func (k *keeper) alter(ctx context.Context, c dialect.Conn, offsets map[connect.TopicPartition]*int64) (bool, error) {
	known, err := dialect.Read(ctx, c, "SELECT topic, kafka_partition FROM "+k.table+" WHERE connector = "+k.Dialect.Placeholder(1)+" AND next_offset IS NOT NULL", k.connector)
	if err != nil || len(known) == 0 {
		return false, err
	}
	if len(offsets) == 0 {
		offsets = map[connect.TopicPartition]*int64{}
		for _, row := range known {
			partition, err := strconv.ParseInt(row[1], 10, 32)
			if err != nil {
				return false, err
			}
			offsets[connect.TopicPartition{Topic: row[0], Partition: int32(partition)}] = nil
		}
	}
	return true, k.within(ctx, c, func() error {
		for tp, at := range offsets {
			if err := k.take(ctx, c, tp); err != nil {
				return err
			}
			var next any
			if at != nil {
				next = *at
			}
			if _, err := c.Exec(ctx, "UPDATE "+k.table+" SET next_offset = "+k.Dialect.Placeholder(1)+k.where(2), next, k.connector, tp.Topic, tp.Partition); err != nil {
				return err
			}
		}
		return nil
	})
}
