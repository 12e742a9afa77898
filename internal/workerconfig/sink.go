package workerconfig

import (
	"slices"
	"strings"

	"github.com/moldau/moldau/connect/config"
)

// Keys that the rules for a sink's topics speak of.
const (
	topicsKey      = "topics"
	topicsRegexKey = "topics.regex"
	deadLetterKey  = "errors.deadletterqueue.topic.name"
)

// sinkProblem is a rule about a sink's topics that is broken, and the keys that say so.
type sinkProblem struct {
	keys []string
	text string
}

// sinkProblems checks the rules that concern several keys of a sink (SinkConnectorConfig.validate).
func sinkProblems(props config.Props) []sinkProblem {
	topics, regex := strings.TrimSpace(props.Text(topicsKey)) != "", strings.TrimSpace(props.Text(topicsRegexKey)) != ""
	both := []string{topicsKey, topicsRegexKey}
	var problems []sinkProblem
	switch {
	case topics && regex:
		problems = append(problems, sinkProblem{both, "topics and topics.regex are mutually exclusive options, but both are set."})
	case !topics && !regex:
		problems = append(problems, sinkProblem{both, "Must configure one of topics or topics.regex"})
	}
	letter := strings.TrimSpace(props.Text(deadLetterKey))
	if letter == "" {
		return problems
	}
	if topics {
		// A text always parses as a list.
		list, _ := config.ParseType(topicsKey, props.Text(topicsKey), config.List, nil)
		if slices.Contains(list.([]string), letter) {
			problems = append(problems, sinkProblem{[]string{topicsKey},
				"The DLQ topic '" + letter + "' may not be included in the list of topics ('topics=" + config.Text(list) + "') consumed by the connector"})
		}
	}
	if regex {
		pattern := props.Text(topicsRegexKey)
		// A pattern that does not compile has the message of its own key.
		if matches, err := config.MatchesRegex(pattern, letter); err == nil && matches {
			problems = append(problems, sinkProblem{[]string{topicsRegexKey},
				"The DLQ topic '" + letter + "' may not be matched by the regex for the topics ('topics.regex=" + pattern + "') consumed by the connector"})
		}
	}
	return problems
}

// CheckSink adds to a validation what is wrong with the topics of a sink connector.
func CheckSink(props config.Props, checked *config.Checked) {
	for _, problem := range sinkProblems(props) {
		for _, key := range problem.keys {
			checked.Value(key).AddError(problem.text)
		}
	}
}

// EnsureSink returns the first thing that is wrong with the topics of a sink connector, for starting one.
func EnsureSink(props config.Props) error {
	problems := sinkProblems(props)
	if len(problems) == 0 {
		return nil
	}
	var value any
	if text := props[problems[0].keys[0]]; text != nil {
		value = *text
	}
	return config.Invalid(problems[0].keys[0], value, problems[0].text)
}
