package debezium

import (
	"context"
	"log/slog"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// timezoneConverter moves times in change events to another zone (TimezoneConverter).
type timezoneConverter struct {
	now   func() time.Time
	zone  *zone
	late  error
	rules timezoneRules
	// rows and sources hold which fields of a schema hold times, for rows and for the source block.
	rows, sources smt.BySchema[[]timeField]
}

// timeField is a field that holds a time.
type timeField struct {
	index int
	name  string
	// schema is the name of the field's schema, "" for the source block's ts_ms, ts_us and ts_ns.
	schema string
}

var timezoneConverterKeys = declare(
	option{Key: config.Key{Name: "converted.timezone", Type: config.String, Default: nil, Importance: config.High, Width: config.WidthMedium,
		Doc: "The zone, as a region such as America/Los_Angeles or an offset such as +08:00. Required."}, checks: []check{checkRequired}},
	option{Key: config.Key{Name: "include.list", Type: config.List, Default: nil, Importance: config.High, Width: config.WidthMedium,
		Doc: "Rules for what to convert: source:TABLE, topic:TOPIC or NAME for a table or topic, each with :FIELD behind it for one field only. Fields are those of " +
			"rows, or begin with before., after. or source. Without any list all times of rows are converted."}, checks: []check{checkRegexes}},
	option{Key: config.Key{Name: "exclude.list", Type: config.List, Default: nil, Importance: config.High, Width: config.WidthMedium,
		Doc: "Rules as those of include.list for what to leave alone. Only one of the two lists may be given."}, checks: []check{checkRegexes}},
)

func timezoneConverterPlugin(now func() time.Time) connect.Plugin {
	return smt.One(classPrefix+"TimezoneConverter", "Moves the times in change events to another time zone.", timezoneConverterKeys.def,
		func() connect.Transformation { return &timezoneConverter{now: now} })
}

func (x *timezoneConverter) Configure(props map[string]string) error {
	o := timezoneConverterKeys.read(props)
	err := o.validate()
	if err != nil {
		return err
	}
	include, exclude := o.list("include.list"), o.list("exclude.list")
	if err := checkTimezoneLists(include, exclude); err != nil {
		return err
	}
	var ok bool
	if x.zone, ok, x.late = parseZone(o.text("converted.timezone")); !ok {
		return debeziumError("Invalid timezone format. Please specify either a geographic timezone (e.g. America/Los_Angeles) or a UTC offset in the format of +/-hh:mm, (e.g. +08:00).", nil)
	}
	if len(include) > 0 && len(exclude) > 0 {
		return debeziumError("Both include and exclude lists are specified. Please specify only one.", nil)
	}
	x.rules = readTimezoneRules(include, exclude)
	return nil
}

func (x *timezoneConverter) Apply(_ context.Context, r *connect.Record) (bool, error) {
	if r.Value().IsNull() || !isEnvelope(r.ValueSchema()) {
		return true, nil
	}
	event, err := castStruct(r.Value())
	if err != nil {
		return false, err
	}
	table, hasTable, err := tableOf(event)
	if err != nil {
		return false, err
	}
	which, fields := x.rules.find(table, hasTable, r.Topic)
	if which == noTimes {
		return true, nil
	}
	b, changed := r.Arena().Struct(event.Schema()), false
	b.CopyRange(0, event.Row(), 0, event.Len())
	for _, name := range []string{beforeField, afterField, sourceField} {
		f, ok := event.Schema().Field(name)
		if !ok {
			continue
		}
		s := event.At(f.Index).Struct()
		if s == nil {
			continue
		}
		names := fields.of(name)
		if name == sourceField && len(names) == 0 {
			continue
		}
		out, err := x.convert(r.Arena(), s, name == sourceField, which, names)
		if err != nil {
			return false, err
		}
		if out != s {
			changed = true
			b.Set(f.Index, out.Value())
		}
	}
	if !changed {
		return true, nil
	}
	out, err := b.BuildPartial()
	if err != nil {
		return false, err
	}
	r.SetValue(r.ValueSchema(), out.Value())
	return true, nil
}

// tableOf returns the table that an event's source block names.
func tableOf(event *data.Struct) (table string, ok bool, err error) {
	v, err := event.LookupAs(sourceField, data.StructKind)
	if err != nil {
		return "", false, notData(err)
	}
	if v.IsNull() {
		return "", false, smt.NullPointer("The event has no source")
	}
	table, null, err := textOf(v.Struct(), "table")
	if err != nil {
		return "", false, notData(err)
	}
	return table, !null, nil
}

// convert returns the struct with its times moved, s itself where there are none.
func (x *timezoneConverter) convert(a *data.Arena, s *data.Struct, source bool, which timesToMove, names map[string]bool) (*data.Struct, error) {
	cache := &x.rows
	if source {
		cache = &x.sources
	}
	fields, err := cache.Get(s.Schema(), func(schema *data.Schema) ([]timeField, error) { return timeFields(schema, source), nil })
	if err != nil {
		return nil, err
	}
	var b data.StructBuilder
	changed := false
	for _, f := range fields {
		if which == onlyTimes && !names[f.name] || which == allButTimes && names[f.name] {
			continue
		}
		if unsupportedTime(f.schema) {
			slog.Warn("a field of this type cannot be moved to another time zone", "field", f.name, "type", f.schema)
			continue
		}
		v := s.Get(f.index)
		if v.IsNull() {
			continue
		}
		if x.late != nil {
			return nil, x.late
		}
		moved, err := x.move(f, v)
		if err != nil {
			return nil, err
		}
		if !changed {
			b, changed = a.Struct(s.Schema()), true
			b.CopyRange(0, s.Row(), 0, s.Len())
		}
		b.Set(f.index, moved)
	}
	if !changed {
		return s, nil
	}
	return b.BuildPartial()
}

// timeFields returns the fields with times, and those with times that cannot be moved.
func timeFields(schema *data.Schema, source bool) []timeField {
	var out []timeField
	for _, f := range schema.Fields() {
		epoch := source && (f.Name == "ts_ms" || f.Name == "ts_us" || f.Name == "ts_ns")
		if name := f.Schema.Name(); movableTime(name) || unsupportedTime(name) || epoch {
			out = append(out, timeField{f.Index, f.Name, name})
		}
	}
	return out
}

func (x *timezoneConverter) Close() error { return nil }
