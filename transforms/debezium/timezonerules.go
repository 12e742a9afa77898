package debezium

import (
	"strings"

	"github.com/moldau/moldau/internal/javafmt"
)

// timezoneRules say which times are moved, by topic, by table, and by names that may be either.
type timezoneRules struct {
	include, exclude      bool
	topics, tables, names map[string]timezoneFields
}

// timezoneFields are the names of fields, by the struct that holds them.
type timezoneFields struct{ before, after, source map[string]bool }

func (f timezoneFields) of(holder string) map[string]bool {
	switch holder {
	case beforeField:
		return f.before
	case afterField:
		return f.after
	}
	return f.source
}

// timesToMove says which of the fields with times are moved.
type timesToMove uint8

const (
	noTimes timesToMove = iota
	allTimes
	onlyTimes
	allButTimes
)

const timezoneListPattern = `^\[(source|topic|[".\w\s_]+):([".\w\s_]+(?::[".\w\s_]+)?(?:,|]$))+$`

// checkTimezoneLists checks the form of the list that counts.
func checkTimezoneLists(include, exclude []string) error {
	list, word := include, "include"
	if len(list) == 0 {
		list, word = exclude, "exclude"
	}
	if len(list) == 0 {
		return nil
	}
	pattern, err := javafmt.Compile(timezoneListPattern, 0)
	if err != nil {
		return err
	}
	matches, err := pattern.Matches("[" + strings.Join(list, ", ") + "]")
	if err == nil && !matches {
		err = debeziumError("Invalid "+word+` list format. Please specify a list of rules in the format of "source:<tablename>:<fieldnames>", "topic:<topicname>:<fieldnames>", "<matchname>:<fieldnames>"`, nil)
	}
	return err
}

func readTimezoneRules(include, exclude []string) timezoneRules {
	r := timezoneRules{include: len(include) > 0, exclude: len(exclude) > 0,
		topics: map[string]timezoneFields{}, tables: map[string]timezoneFields{}, names: map[string]timezoneFields{}}
	list := include
	if r.exclude {
		list = exclude
	}
	kind := ""
	for _, item := range list {
		prefix, match, field := parseTimezoneItem(item)
		if prefix != "" {
			kind = prefix // it holds for the items behind it too
		}
		into := r.names
		switch kind {
		case "topic":
			into = r.topics
		case sourceField:
			into = r.tables
		}
		fields := into[match]
		if field != "" {
			fields.add(field)
		}
		into[match] = fields
	}
	return r
}

// parseTimezoneItem splits prefix:name:field, of which prefix and field may be missing.
func parseTimezoneItem(item string) (prefix, match, field string) {
	parts := split(item, ":")
	switch n := len(parts); {
	case n == 1:
		return "", parts[0], ""
	case n == 2 || n == 3:
		if !strings.EqualFold(parts[0], sourceField) && !strings.EqualFold(parts[0], "topic") {
			return "", parts[0], parts[1]
		}
		if n == 3 {
			field = parts[2]
		}
		return parts[0], parts[1], field
	}
	return "", "", ""
}

func (f *timezoneFields) add(name string) {
	put := func(m *map[string]bool, name string) {
		if *m == nil {
			*m = map[string]bool{}
		}
		(*m)[name] = true
	}
	if inner, ok := strings.CutPrefix(name, sourceField+"."); ok {
		put(&f.source, inner)
	} else if inner, ok := strings.CutPrefix(name, beforeField+"."); ok {
		put(&f.before, inner)
	} else if inner, ok := strings.CutPrefix(name, afterField+"."); ok {
		put(&f.after, inner)
	} else {
		put(&f.before, name)
		put(&f.after, name)
	}
}

func (f timezoneFields) empty() bool {
	return len(f.before) == 0 && len(f.after) == 0 && len(f.source) == 0
}

// find returns which times of a record are moved.
func (r *timezoneRules) find(table string, hasTable bool, topic string) (timesToMove, timezoneFields) {
	if !r.include && !r.exclude {
		return allTimes, timezoneFields{}
	}
	fields, found := r.topics[topic]
	if !found && hasTable {
		fields, found = r.tables[table]
	}
	if !found {
		fields, found = r.names[topic]
	}
	if !found && hasTable {
		fields, found = r.names[table]
	}
	switch {
	case r.include && !found, r.exclude && found && fields.empty():
		return noTimes, fields
	case r.include && fields.empty(), r.exclude && !found:
		return allTimes, fields
	case r.include:
		return onlyTimes, fields
	}
	return allButTimes, fields
}
