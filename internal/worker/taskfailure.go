package worker

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/logs"
)

// reportTaskFailure writes the line that a task's failure is told by: Java's words first, which people search for, then the cause, where it came up and
// what to do. The trace follows.
func reportTaskFailure(log *slog.Logger, what string, id TaskID, err error) {
	restart := "POST /connectors/" + url.PathEscape(id.Connector) + "/tasks/" + strconv.Itoa(id.Task) + "/restart"
	log.Error(what+": "+failureText(id.Connector, restart, err), logs.ErrorKey, err, logs.DistinctKey, true)
}

// reportConnectorFailure does the same for a connector.
func reportConnectorFailure(log *slog.Logger, name string, err error) {
	restart := "POST /connectors/" + url.PathEscape(name) + "/restart"
	log.Error("The connector failed: "+failureText(name, restart, err), logs.ErrorKey, err, logs.DistinctKey, true)
}

func failureText(connector, restart string, err error) string {
	var b strings.Builder
	root := javafmt.Root(err)
	class := javafmt.ClassOf(root)
	b.WriteString(class[strings.LastIndexByte(class, '.')+1:])
	if text := strings.Join(strings.Fields(root.Error()), " "); text != "" {
		b.WriteString(": " + text)
	}
	if where := javafmt.WhereOf(err); where != "" {
		b.WriteString("; at " + where)
	}
	b.WriteString(". What to do: " + advice(connector, restart, err))
	return b.String()
}

// advice says what to do about an error that a task or connector failed with.
func advice(connector, restart string, err error) string {
	_, denied := errors.AsType[*kafka.DeniedError](err)
	_, refused := errors.AsType[*kafka.RefusedError](err)
	_, stuck := errors.AsType[*stuckError](err)
	then := ", then " + restart
	switch {
	case denied:
		return "grant what is named" + then
	case refused:
		return "correct the credentials or certificates that the keys name" + then
	case stuck:
		return "see why the call does not return (a goroutine profile shows it)" + then
	case hasClass(err, javafmt.ConfigException):
		return "correct the key with PUT /connectors/" + url.PathEscape(connector) + "/config, which restarts what it changes"
	case intolerant(err):
		return "correct the record or what the stage is configured with, or go on without such records by errors.tolerance=all and errors.deadletterqueue.topic.name" + then
	}
	return "remove the cause" + then
}

// intolerant tells whether the error is that of a record that could have been skipped (RetryWithToleranceOperator).
func intolerant(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if e, ok := err.(*javafmt.Exception); ok && e.Message == toleranceExceeded {
			return true
		}
	}
	return false
}

func hasClass(err error, class string) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if e, ok := err.(*javafmt.Exception); ok && e.Class == class {
			return true
		}
	}
	return false
}

// mostPlaces bounds how many partitions a failure names.
const mostPlaces = 5

// whereIn says which records a batch holds.
func whereIn(batch *connect.SinkBatch) string {
	if batch.Len() == 0 {
		return ""
	}
	var places []string
	for i, s := range batch.Slices() {
		if i == mostPlaces {
			places = append(places, fmt.Sprintf("%d more partitions", len(batch.Slices())-i))
			break
		}
		if n := len(s.Records); n > 0 {
			places = append(places, fmt.Sprintf("topic '%s', partition %d, offsets %d to %d", s.TopicPartition.Topic, s.TopicPartition.Partition, offsetOf(&s.Records[0]), offsetOf(&s.Records[n-1])))
		}
	}
	return fmt.Sprintf("put of %d records: %s", batch.Len(), strings.Join(places, "; "))
}

func offsetOf(r *connect.Record) int64 {
	_, offset, _ := r.SinkOrigin()
	return offset
}
