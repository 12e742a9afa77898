package sink

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/connection"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// pkMode is pk.mode.
type pkMode string

const (
	pkNone   pkMode = "none"
	pkKafka  pkMode = "kafka"
	pkKey    pkMode = "record_key"
	pkRecord pkMode = "record_value"
	pkHeader pkMode = "record_header"
)

// settings are a parsed configuration of either vocabulary: Confluent's with Aiven's, or Debezium's.
type settings struct {
	connection.Settings
	words words

	mode       dialect.Op
	batchSize  int
	deletes    bool
	tableTypes []string
	names      *template
	normalize  bool
	mapping    map[string]string
	pkMode     pkMode
	pkFields   []string
	filter     filter
	zone       *time.Location
	dateZone   *time.Location
	timestamps []string
	nanos      bool
	defaults   bool
	stringName string
	create     bool
	evolve     bool
	quote      bool
	holdlock   bool
	retries    int
	backoff    time.Duration

	// types decide what a new column is called, and how values are written.
	types typing
	// events are change events of Debezium, which are taken apart; truncates are done; lenient passes over deletes that are not asked for.
	events, truncates, lenient bool
	// keysFirst says that a created table begins with its key, and that each column says whether it may be null; requiredDefaults that defaults stand in
	// for nulls of required fields only. Both are Debezium's ways.
	keysFirst, requiredDefaults bool
	// fold says that names are those that the database would make of them without quotes; they are quoted all the same.
	fold bool

	nested    string
	delimiter string
	loose     string
	declared  []data.Field

	connections int
	exactlyOnce bool
	offsetTable string
}

// words are the names of keys, for messages.
type words struct{ pkMode, pkFields, insertMode, format, deletes, quote, create, evolve string }

// typing is what the two vocabularies do differently with types. Convert returns how values of a field, which are not null, become
// arguments; nil where they are taken as they are.
type typing interface {
	TypeFor(f dialect.NewColumn) (string, error)
	Default(f dialect.NewColumn, v data.Value) string
	Convert(s *data.Schema) func(data.Value) (dialect.Arg, error)
}

// dialectTypes leave it to the dialect, which has Confluent's types.
type dialectTypes struct{ dialect.Writer }

func (dialectTypes) Convert(*data.Schema) func(data.Value) (dialect.Arg, error) { return nil }

// readOwn reads the keys that both vocabularies have here and Java has not.
func (s *settings) readOwn(v *config.Values) error {
	s.exactlyOnce, s.offsetTable = v.Bool(keyExactlyOnce), v.String(keyOffsetTable)
	if s.connections = v.Int(keyConnections); s.truncates {
		s.connections = 1 // a table is emptied of what other partitions brought before, too
	}
	s.nested, s.delimiter = strings.ToLower(v.String(keyNested)), v.String(keyDelimiter)
	s.loose = strings.ToLower(v.String(keySchemaless))
	var err error
	s.declared, err = declaredColumns(v.List(keyColumns))
	if err != nil {
		return connect.NewBadConfig(keyColumns, err)
	}
	if s.loose == looseDeclared && len(s.declared) == 0 {
		return connect.NewBadConfig(keyColumns, fmt.Errorf("with %s=%s it lists the columns, as in id:int64,name:string", keySchemaless, looseDeclared))
	}
	return nil
}

// check finds keys that exclude each other.
func (s *settings) check() error {
	w := &s.words
	switch {
	case s.deletes && s.pkMode != pkKey && (!s.events || s.pkMode != pkRecord && s.pkMode != pkHeader):
		return connect.NewBadConfig(w.deletes, fmt.Errorf("deletes need %s=%s, since only the key of a record says which row is meant", w.pkMode, pkKey))
	case s.mode != dialect.Insert && s.pkMode == pkNone:
		return connect.NewBadConfig(w.pkMode, fmt.Errorf("%s=%s needs a primary key: set %s to kafka, record_key or record_value", w.insertMode, s.mode, w.pkMode))
	case s.pkMode == pkKafka && len(s.pkFields) != 0 && len(s.pkFields) != 3:
		return connect.NewBadConfig(w.pkFields, fmt.Errorf("with %s=kafka %s is empty or names three columns: for topic, partition and offset", w.pkMode, w.pkFields))
	case !s.Dialect.Can(s.mode):
		return connect.NewBadConfig(w.insertMode, fmt.Errorf("%s cannot %s rows", s.Dialect.Name(), s.mode))
	case s.names.refers(aSource) && !s.events:
		return connect.NewBadConfig(w.format, fmt.Errorf("${source...} needs change events: set %s=true", keyEvents))
	case s.loose != looseRefuse && s.pkMode == pkRecord && len(s.pkFields) == 0:
		return connect.NewBadConfig(w.pkFields, errors.New("records without schema have no order of fields: name those of the primary key"))
	}
	for i, f := range s.pkFields {
		if slices.Contains(s.pkFields[:i], f) {
			return connect.NewBadConfig(w.pkFields, fmt.Errorf("%s is named twice", f))
		}
	}
	return nil
}

// filter chooses fields of the value by their name, or by topic:name.
type filter struct {
	list     []string
	exclude  bool
	byTopic  bool
	alsoKeys bool // Debezium's filters fields of the key too, where primary.key.fields names none
}

func (f *filter) keeps(topic, name string) bool {
	if len(f.list) == 0 {
		return true
	}
	named := slices.ContainsFunc(f.list, func(x string) bool {
		if t, field, ok := strings.Cut(x, ":"); ok && f.byTopic {
			return strings.TrimSpace(t) == topic && strings.TrimSpace(field) == name
		}
		return x == name
	})
	return named != f.exclude
}
