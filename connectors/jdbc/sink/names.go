package sink

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// tableID returns the table that the parts of a name stand for, which template.appendParts made for a record of the topic.
func (s *settings) tableID(topic string, parts []byte) (dialect.TableID, error) {
	var id dialect.TableID
	switch to, mapped := s.mapping[topic]; {
	case mapped:
		id = dialect.ParseTableID(s.normal(to))
	case s.normalize && s.names.topicOnly:
		id = dialect.ParseTableID(s.normal(strings.ReplaceAll(strings.TrimSuffix(string(parts), "\x00"), "\x00", ".")))
	default:
		id = s.names.id(parts)
		id = dialect.TableID{Catalog: s.normal(id.Catalog), Schema: s.normal(id.Schema), Name: s.normal(id.Name)}
	}
	if id.Name == "" {
		return id, fmt.Errorf("Destination table name for topic '%s' is empty using the format string '%s'", topic, s.names.format)
	}
	if s.fold {
		id = s.folded(id)
	}
	for _, part := range []string{id.Catalog, id.Schema, id.Name} {
		if err := s.checkName("table", part); err != nil {
			return id, err
		}
	}
	return id, nil
}

// normal is a name with table.name.normalize.
func (s *settings) normal(name string) string {
	if !s.normalize {
		return name
	}
	return strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
}

// columnName is the name of the column for a field. Debezium's sink creates columns in lower case where names are not quoted, in Oracle in upper case.
func (s *settings) columnName(field string) string {
	switch {
	case !s.fold:
		return field
	case s.Dialect.Fold("a") == "A":
		return strings.ToUpper(field)
	}
	return strings.ToLower(field)
}

// checkName refuses names that the database would cut or, without quotes, take for something else.
func (s *settings) checkName(what, name string) error {
	most, characters := s.Dialect.MaxIdentifier()
	long, unit := len(name), "bytes"
	if characters {
		long, unit = utf8.RuneCountInString(name), "characters"
	}
	if most > 0 && long > most {
		return fmt.Errorf("the name of the %s %q has %d %s; %s takes %d", what, name, long, unit, s.Dialect.Name(), most)
	}
	if strings.ContainsRune(name, 0) {
		return fmt.Errorf("the name of the %s %q holds a zero byte", what, name)
	}
	if s.quote {
		return nil
	}
	for i, r := range name {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || (r < '0' || r > '9') && r != '$') {
			return fmt.Errorf("the name of the %s %q needs quotes, which %s forbids", what, name, s.words.quote)
		}
	}
	return nil
}

func (s *settings) quoteName(name string) string {
	if s.quote {
		return s.Dialect.Quote(name)
	}
	return name
}

// folded is the name under which the database keeps a table that statements name without quotes.
func (s *settings) folded(id dialect.TableID) dialect.TableID {
	if s.quote && !s.fold {
		return id
	}
	fold := s.Dialect.Fold
	return dialect.TableID{Catalog: fold(id.Catalog), Schema: fold(id.Schema), Name: fold(id.Name)}
}
