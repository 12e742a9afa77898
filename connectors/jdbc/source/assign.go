package source

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// What a task is told beside its tables. A task of a connector that reads tables has a span of their names: from and below to, each empty where it is
// open. New tables are those of the task in whose span they are, so no other task has to hear of them. Where tables are read in parts, a task has some
// parts of all tables.
const (
	keyFrom  = "moldau.tables.from"
	keyTo    = "moldau.tables.to"
	keyParts = "moldau.tables.parts"
)

// byName orders tables, and tells them apart: a name of two parts may be of a schema or of a catalog, as the dialect has it.
func byName(a, b dialect.TableID) int { return strings.Compare(a.String(), b.String()) }

// taskConfigs divides tables, which are in order, into groups that follow each other, as ConnectorUtils.groupPartitions does.
func (s *settings) taskConfigs(tables []dialect.TableID, most int) []map[string]string {
	with := func(tables []dialect.TableID) map[string]string {
		return map[string]string{keyTables: joinTables(tables, s.Dialect.Quote)}
	}
	if s.query != "" {
		return []map[string]string{with(nil)}
	}
	var configs []map[string]string
	if s.partColumn != "" {
		if len(tables) == 0 {
			return nil
		}
		groups := min(s.partCount, most)
		for i := range groups {
			c := with(tables)
			var parts []string
			for k := i; k < s.partCount; k += groups {
				parts = append(parts, strconv.Itoa(k))
			}
			c[keyFrom], c[keyTo], c[keyParts] = "", "", strings.Join(parts, ",")
			configs = append(configs, c)
		}
		return configs
	}
	groups := min(len(tables), most)
	for i := range groups {
		from, to := i*(len(tables)/groups)+min(i, len(tables)%groups), (i+1)*(len(tables)/groups)+min(i+1, len(tables)%groups)
		c := with(tables[from:to])
		c[keyFrom], c[keyTo] = "", ""
		if i > 0 {
			c[keyFrom] = tables[from].String()
		}
		if i+1 < groups {
			c[keyTo] = tables[to].String()
		}
		configs = append(configs, c)
	}
	return configs
}

// readSpan reads what taskConfigs wrote; spanned says that it did, which the configuration of a task of Java's does not.
func (s *settings) readSpan(props map[string]string) {
	s.tables = splitTables(props[keyTables])
	s.spanFrom, s.spanned = props[keyFrom], false
	s.spanTo, s.spanned = props[keyTo], hasKey(props, keyTo)
	for text := range strings.SplitSeq(props[keyParts], ",") {
		if k, err := strconv.Atoi(text); err == nil {
			s.parts = append(s.parts, k)
		}
	}
}

func hasKey(props map[string]string, key string) bool {
	_, ok := props[key]
	return ok
}

func (s *settings) inSpan(id dialect.TableID) bool {
	name := id.String()
	return name >= s.spanFrom && (s.spanTo == "" || name < s.spanTo)
}

// add gives the task a table.
func (t *Task) add(id dialect.TableID) {
	s := t.s
	r := reader{settings: s, log: t.tc.Logger(), id: id, topic: s.prefix + id.Name}
	if len(s.parts) == 0 {
		r.partition = partition(id)
		t.readers = append(t.readers, &r)
		return
	}
	for _, k := range s.parts {
		one := r
		one.part = &part{k: int64(k), n: int64(s.partCount), width: s.partWidth}
		one.partition = partPartition(id, one.part)
		t.readers = append(t.readers, &one)
	}
}

// watchTables looks every table.poll.interval.ms whether tables came or went.
func (t *Task) watchTables(ctx context.Context) error {
	s := t.s
	if !s.spanned || t.snapshot || time.Now().Before(t.look) {
		return nil
	}
	t.look = time.Now().Add(max(s.tablePoll, 10*time.Millisecond)) // also after a failure, which the queries count then
	if err := t.connected(ctx); err != nil {
		return err
	}
	tables, err := s.list(ctx, t.c)
	if err != nil {
		if ctx.Err() == nil {
			t.tc.Logger().Warn("The list of tables cannot be read; the task goes on with those that it knows", "error", err)
		}
		return nil
	}
	t.readers = slices.DeleteFunc(t.readers, func(r *reader) bool {
		gone := !slices.ContainsFunc(tables, func(id dialect.TableID) bool { return byName(id, r.id) == 0 })
		if gone {
			r.log.Info("A table is not there any more", "table", r.id.String())
		}
		return gone
	})
	for _, id := range tables {
		if s.inSpan(id) && !slices.ContainsFunc(t.readers, func(r *reader) bool { return byName(r.id, id) == 0 }) {
			t.tc.Logger().Info("A new table is read from now on", "table", id.String())
			t.add(id)
		}
	}
	return nil
}

// partition is the source partition of a table.
func partition(id dialect.TableID) *connect.SourcePartition {
	return connect.NewSourcePartition(map[string]any{fieldProtocol: protocolOne, fieldTable: id.String()})
}

// olderPartitions are other forms under which the offset of a table may have been committed: with the catalog that some versions of Java's driver name,
// and of protocol 0. A part of a table goes on where the whole table was read before.
func olderPartitions(id dialect.TableID, catalog string, whole bool) (older []*connect.SourcePartition) {
	if whole {
		older = append(older, partition(id))
	}
	if catalog != "" && id.Catalog == "" {
		older = append(older, partition(dialect.TableID{Catalog: catalog, Schema: id.Schema, Name: id.Name}))
	}
	return append(older, connect.NewSourcePartition(map[string]any{fieldTable: id.Name}))
}
