package herder

import "slices"

// levels are log4j's, from silence to everything.
var levels = []string{"OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", "ALL"}

// IsLevel reports whether the text is the name of a log level.
func IsLevel(text string) bool { return slices.Contains(levels, text) }
