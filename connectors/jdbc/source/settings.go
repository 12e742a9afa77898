package source

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connectors/jdbc/connection"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// settings are a parsed configuration.
type settings struct {
	connection.Settings

	whitelist, blacklist      []string
	include, exclude          []*regexp.Regexp
	catalog, schema           *string
	tableTypes                []string
	numeric                   string
	incrementing, timestamped bool
	incColumn                 string
	timeColumns               []string
	incMapping, timeMapping   []mapping
	initial                   *int64
	incInitial                int64
	delay                     time.Duration
	granularity               string
	nonNull                   bool
	query, suffix             string
	retries                   int
	quote, qualify            bool
	isolation                 string
	poll, tablePoll           time.Duration
	batch                     int
	prefix                    string
	zone                      *time.Location
	late, overlap             time.Duration
	partColumn                string
	partCount                 int
	partWidth                 int64
	recordKey                 string
	keyColumns                []string
	arrays, otherText         bool

	// Of a task, see assign.go.
	spanned          bool
	spanFrom, spanTo string
	parts            []int
	tables           []dialect.TableID
}

// mapping is an element of incrementing.column.mapping or timestamp.columns.mapping.
type mapping struct {
	tables  *regexp.Regexp
	columns []string
}

// read parses a configuration; an error names its key.
func read(props map[string]string, all []dialect.Dialect) (*settings, error) {
	v, err := Config().ParseStrings(props)
	if err != nil {
		return nil, err
	}
	s := &settings{
		whitelist: v.List(keyWhitelist), blacklist: v.List(keyBlacklist), tableTypes: v.List(keyTableTypes), numeric: strings.ToLower(v.String(keyNumeric)),
		incColumn: v.String(keyIncrementing), timeColumns: v.List(keyTimestamp), incInitial: v.Int64(keyIncInitial), delay: v.Duration(keyDelay),
		granularity: strings.ToLower(v.String(keyGranularity)), nonNull: v.Bool(keyNonNull), query: v.String(keyQuery), suffix: v.String(keySuffix), retries: v.Int(keyRetries),
		quote: strings.EqualFold(v.String(keyQuote), "always") && v.Bool(keyQuoteAiven), qualify: v.Bool(keyQualify), isolation: strings.ToUpper(v.String(keyIsolation)),
		poll: v.Duration(keyPoll), tablePoll: v.Duration(keyTablePoll), batch: v.Int(keyBatch), prefix: v.String(keyPrefix),
		late: v.Duration(keyLate), overlap: v.Duration(keyOverlap), partColumn: v.String(keyPartColumn), partCount: v.Int(keyPartCount), partWidth: v.Int64(keyPartWidth),
		recordKey: strings.ToLower(v.String(keyRecordKey)), keyColumns: v.List(keyKeyColumns), arrays: v.Bool(keyArrays), otherText: strings.EqualFold(v.String(keyOther), "text"),
	}
	if s.Settings, err = connection.Read(v, all); err != nil {
		return nil, err
	}
	if v.IsSet(keyMasked) {
		if s.query != "" {
			return nil, connect.NewBadConfig(keyMasked, errors.New("only one of query and query.masked can be set"))
		}
		s.query = v.Password(keyMasked).Reveal()
	}
	switch mode := strings.ToLower(v.String(keyMode)); mode {
	case "":
		return nil, connect.NewBadConfig(keyMode, errors.New("the mode is not given: set it to bulk, incrementing, timestamp or timestamp+incrementing"))
	case "bulk":
	default:
		s.incrementing = strings.Contains(mode, "incrementing")
		s.timestamped = strings.Contains(mode, "timestamp")
	}
	if s.numeric == "" {
		s.numeric = "none"
		if v.Bool(keyPrecision) {
			s.numeric = "precision_only"
		}
	}
	for key, into := range map[string]**string{keyCatalog: &s.catalog, keySchema: &s.schema} {
		if v.IsSet(key) {
			text := v.String(key)
			*into = &text
		}
	}
	for _, key := range []string{keyInitial, keyInitialAiven} {
		if v.IsSet(key) {
			ms := v.Int64(key)
			s.initial = &ms
		}
	}
	if s.zone, err = connection.Zone(keyZone, v.String(keyZone)); err != nil {
		return nil, err
	}
	if _, err := s.Dialect.BeginRead(s.isolation); err != nil {
		return nil, connect.NewBadConfig(keyIsolation, err)
	}
	if err := s.readFilters(v); err != nil {
		return nil, err
	}
	s.readSpan(props)
	return s, s.check()
}

func (s *settings) readFilters(v *config.Values) error {
	for key, into := range map[string]*[]*regexp.Regexp{keyInclude: &s.include, keyExclude: &s.exclude} {
		for _, text := range v.List(key) {
			x, err := regexp.Compile("^(?:" + text + ")$")
			if err != nil {
				return connect.NewBadConfig(key, err)
			}
			*into = append(*into, x)
		}
	}
	for key, into := range map[string]*[]mapping{keyIncMapping: &s.incMapping, keyTimeMapping: &s.timeMapping} {
		for _, text := range v.List(key) {
			i := strings.LastIndexByte(text, ':')
			if i < 0 {
				return connect.NewBadConfig(key, fmt.Errorf("%q is not of the form regular-expression:column", text))
			}
			x, err := regexp.Compile("^(?:" + text[:i] + ")$")
			if err != nil {
				return connect.NewBadConfig(key, err)
			}
			columns := strings.Split(strings.Trim(text[i+1:], "[] "), "|")
			*into = append(*into, mapping{x, columns})
		}
	}
	return nil
}

// check finds keys that exclude each other.
func (s *settings) check() error {
	switch {
	case len(s.whitelist) > 0 && len(s.blacklist) > 0:
		return connect.NewBadConfig(keyWhitelist, errors.New("table.whitelist and table.blacklist are exclusive"))
	case len(s.include) > 0 && len(s.whitelist)+len(s.blacklist) > 0:
		return connect.NewBadConfig(keyInclude, errors.New("table.include.list cannot be used with table.whitelist or table.blacklist"))
	case len(s.exclude) > 0 && len(s.include) == 0:
		return connect.NewBadConfig(keyExclude, errors.New("table.exclude.list needs table.include.list"))
	case s.query != "" && len(s.whitelist)+len(s.blacklist)+len(s.include) > 0:
		return connect.NewBadConfig(keyQuery, errors.New("query cannot be combined with lists of tables"))
	case s.query != "" && s.prefix == "":
		return connect.NewBadConfig(keyPrefix, errors.New("with query, topic.prefix is the name of the topic and must be set"))
	case s.query != "" && s.incrementing && s.incColumn == "":
		return connect.NewBadConfig(keyIncrementing, errors.New("with query the incrementing column must be named"))
	case s.timestamped && len(s.timeColumns) == 0 && len(s.timeMapping) == 0:
		return connect.NewBadConfig(keyTimestamp, errors.New("this mode needs the columns that say when a row was changed"))
	case s.query != "" && s.timestamped && len(s.timeColumns) == 0:
		return connect.NewBadConfig(keyTimestamp, errors.New("with query the timestamp columns must be named"))
	case s.query != "" && s.recordKey != "none" && len(s.keyColumns) == 0:
		return connect.NewBadConfig(keyKeyColumns, errors.New("with query the columns of the key must be named"))
	case s.recordKey == "value" && len(s.keyColumns) > 1:
		return connect.NewBadConfig(keyRecordKey, errors.New("a key of several columns is a struct"))
	case s.overlap > 0 && !s.timestamped:
		return connect.NewBadConfig(keyOverlap, errors.New("rows are read again by their timestamps: the mode must be timestamp or timestamp+incrementing"))
	case s.partColumn != "" && s.query != "":
		return connect.NewBadConfig(keyPartColumn, errors.New("a query cannot be read in parts"))
	case s.partColumn != "" && s.timestamped:
		return connect.NewBadConfig(keyPartColumn, errors.New("tables are read in parts in the modes bulk and incrementing"))
	case s.partColumn != "" && s.incrementing && s.incColumn != "" && !strings.EqualFold(s.partColumn, s.incColumn):
		return connect.NewBadConfig(keyPartColumn, errors.New("in mode incrementing tables are read in parts by the incrementing column"))
	}
	return nil
}
