package source

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// list returns the tables that the configuration asks for, by name.
func (s *settings) list(ctx context.Context, c dialect.Conn) ([]dialect.TableID, error) {
	catalog := ""
	if n, ok := s.Dialect.(dialect.CatalogNamer); ok {
		rows, err := dialect.Read(ctx, c, n.CurrentCatalog())
		if err != nil || len(rows) != 1 {
			return nil, fmt.Errorf("reading the list of tables: %w", err)
		}
		catalog = rows[0][0]
	}
	all, err := s.Dialect.Tables(ctx, c, s.catalog, s.schema, s.tableTypes)
	if err != nil {
		return nil, fmt.Errorf("reading the list of tables: %w", err)
	}
	var tables []dialect.TableID
	for _, id := range all {
		if s.wanted(id, catalog) {
			tables = append(tables, id)
		}
	}
	slices.SortFunc(tables, byName)
	topics := map[string]dialect.TableID{}
	for _, id := range tables {
		if other, twice := topics[id.Name]; twice {
			return nil, fmt.Errorf("the tables %s and %s would share the topic %s%s: leave one out by %s, or read them by connectors of their own with other prefixes",
				other, id, s.prefix, id.Name, keyBlacklist)
		}
		topics[id.Name] = id
	}
	return tables, nil
}

// wanted looks for the names of a table in the lists. catalog is one that the driver may name for it, see dialect.CatalogNamer.
func (s *settings) wanted(id dialect.TableID, catalog string) bool {
	names := []string{id.Name, id.String(), id.Quoted(s.Dialect.Quote), s.Dialect.Quote(id.Name)}
	if id.Catalog != "" && id.Schema != "" {
		names = append(names, dialect.TableID{Schema: id.Schema, Name: id.Name}.String())
	}
	full := id.String()
	if id.Catalog == "" && catalog != "" {
		long := dialect.TableID{Catalog: catalog, Schema: id.Schema, Name: id.Name}
		full = long.String()
		names = append(names, full, long.Quoted(s.Dialect.Quote))
	}
	in := func(list []string) bool {
		return slices.ContainsFunc(list, func(x string) bool { return slices.Contains(names, strings.TrimSpace(x)) })
	}
	matches := func(list []*regexp.Regexp) bool {
		return slices.ContainsFunc(list, func(x *regexp.Regexp) bool { return x.MatchString(id.String()) || x.MatchString(full) })
	}
	switch {
	case len(s.whitelist) > 0:
		return in(s.whitelist)
	case len(s.blacklist) > 0:
		return !in(s.blacklist)
	case len(s.include) > 0:
		return matches(s.include) && !matches(s.exclude)
	}
	return true
}

// joinTables is the value of tables in the configuration of a task.
func joinTables(ids []dialect.TableID, quote func(string) string) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.Quoted(quote)
	}
	return strings.Join(texts, ",")
}

// splitTables reads it. The order of the parts of a name is that of TableID, of which the dialect leaves some out; a name of two parts is read by
// tableOf.
func splitTables(text string) []dialect.TableID {
	var ids []dialect.TableID
	start, quoted := 0, byte(0)
	for i := 0; i <= len(text); i++ {
		switch {
		case i == len(text) || text[i] == ',' && quoted == 0:
			if i > start {
				ids = append(ids, dialect.ParseTableID(text[start:i]))
			}
			start = i + 1
		case quoted != 0:
			if text[i] == quoted {
				quoted = 0
			}
		case text[i] == '"' || text[i] == '`':
			quoted = text[i]
		case text[i] == '[' && (i == start || text[i-1] == '.'), text[i] == ']' && i > start && text[i-1] == ']': // one that closes stands twice within
			quoted = ']'
		}
	}
	return ids
}

// columnsFor returns the offset columns of a table by the mappings, where there are any.
func columnsFor(table string, mappings []mapping, key string) ([]string, error) {
	var found []string
	for _, m := range mappings {
		if !m.tables.MatchString(table) {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("table %s matches two elements of %s: each table must match one", table, key)
		}
		found = m.columns
	}
	if found == nil && len(mappings) > 0 {
		return nil, fmt.Errorf("table %s matches no element of %s: each table must match one", table, key)
	}
	return found, nil
}
