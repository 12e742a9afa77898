package workerconfig

import (
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/config"
)

// errorKeys are the keys for error handling of every connector that Java does not have.
func errorKeys() []config.Key {
	return []config.Key{
		{Name: "errors.max.rate", Default: "", Validator: percentage, Beyond: true,
			Doc: "With errors.tolerance=all, the share of records that may fail within errors.max.rate.window.ms, such as 5%; the task fails when more do. " +
				"Empty tolerates any number.",
			Group: "Error Handling", Order: 9, Width: config.WidthShort, DisplayName: "Maximum Rate of Errors"},
		{Name: "errors.max.rate.window.ms", Type: config.Long, Default: 60000, Validator: config.AtLeast(1000), Beyond: true,
			Doc:   "Milliseconds over which errors.max.rate counts.",
			Group: "Error Handling", Order: 10, Width: config.WidthShort, DisplayName: "Window of the Maximum Rate of Errors"},
		{Name: "errors.max.rate.min.records", Type: config.Int, Default: 100, Validator: config.AtLeast(1), Beyond: true,
			Doc:   "Number of records that the window must have seen before errors.max.rate can fail a task.",
			Group: "Error Handling", Order: 11, Width: config.WidthShort, DisplayName: "Least Number of Records for the Maximum Rate"},
	}
}

// sinkErrorKeys are those of sinks.
func sinkErrorKeys() []config.Key {
	return []config.Key{
		{Name: "errors.bisect.enable", Type: config.Boolean, Default: false, Beyond: true,
			Doc: "With errors.tolerance=all, whether a batch that the task refuses is put again in halves until the records at fault are alone; these are " +
				"skipped and go to the dead letter queue. What lies before them is put more than once where the target kept part of a refused batch.",
			Group: "Error Handling", Order: 12, Width: config.WidthShort, DisplayName: "Find Bad Records by Halving"},
		{Name: "errors.bisect.max.records", Type: config.Int, Default: 10, Validator: config.AtLeast(1), Beyond: true,
			Doc:   "Number of records of one batch that errors.bisect.enable may find at fault; with more, the task fails.",
			Group: "Error Handling", Order: 13, Width: config.WidthShort, DisplayName: "Most Bad Records of a Batch"},
	}
}

// sourceErrorKeys are the keys of sinks for dead letters, which sources have beyond Java.
func sourceErrorKeys() []config.Key {
	var keys []config.Key
	for _, k := range deadLetterKeys() {
		k.Beyond = true
		keys = append(keys, k)
	}
	return keys
}

// deadLetterKeys are the keys of the dead letter queue (SinkConnectorConfig).
func deadLetterKeys() []config.Key {
	return []config.Key{
		{Name: deadLetterKey, Default: "", Importance: config.Medium,
			Doc:   "Topic for records that cannot be processed; empty discards them.",
			Group: "Error Handling", Order: 6, Width: config.WidthMedium, DisplayName: "Dead Letter Queue Topic Name"},
		{Name: "errors.deadletterqueue.topic.replication.factor", Type: config.Short, Default: 3, Importance: config.Medium,
			Doc:   "Replication factor of the dead letter topic when it is created.",
			Group: "Error Handling", Order: 7, Width: config.WidthMedium, DisplayName: "Dead Letter Queue Topic Replication Factor"},
		{Name: "errors.deadletterqueue.context.headers.enable", Type: config.Boolean, Default: false, Importance: config.Medium,
			Doc:   "Whether dead letters carry headers, named __connect.errors.*, that say what went wrong.",
			Group: "Error Handling", Order: 8, Width: config.WidthMedium, DisplayName: "Enable Error Context Headers"},
	}
}

// percentage accepts texts such as 5% and 0.1%, and the empty text.
var percentage = config.Lambda(func(name string, value any) error {
	text, _ := value.(string)
	if text == "" {
		return nil
	}
	number, ok := strings.CutSuffix(text, "%")
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(n >= 0 && n <= 100) {
		return config.Invalid(name, value, "Must be a percentage from 0% to 100%, such as 5%")
	}
	return nil
}, describe("Percentage from 0% to 100%, such as 5%"))
