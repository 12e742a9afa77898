package workerconfig

import "github.com/moldau/moldau/connect/config"

// logKeys are the keys of a worker for its log, which Java has in the file of its logging library.
func logKeys() []config.Key {
	return []config.Key{
		{Name: "moldau.log.format", Type: config.String, Default: "text", Validator: config.CaseInsensitiveValidString("text", "json"), Beyond: true,
			Doc: "Layout of the log: text as Java Connect's log4j2.yaml has it, or json with one object a line. --log-format goes before it, MOLDAU_LOG_FORMAT after it."},
		{Name: "moldau.log.repeat.window.ms", Type: config.Long, Default: 30000, Validator: config.Between[int64](0, 1<<31-1), Beyond: true,
			Doc: "A warning or an error that repeats within this time is counted instead of written again, and the count written at its end; 0 writes all. " +
				"The first of its kind and failures of tasks are always written."},
	}
}
