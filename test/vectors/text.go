package vectors

import (
	"github.com/moldau/moldau/internal/javafmt"
)

// textFamily runs the folder text: Java's text forms in internal/javafmt.
func textFamily() Family {
	return Family{
		"text/dates":      textDates(),
		"text/hash":       textHash(),
		"text/numbers":    textNumbers(),
		"text/properties": textProperties(),
		"text/regex":      textRegex(),
	}
}

// javaError gives an error of javafmt as the failure it stands for. Its words are compared: they reach users inside Connect's own messages.
func javaError(err error) error {
	if err == nil {
		return nil
	}
	return &Failure{Class: javafmt.ClassOf(err), Message: err.Error(), Words: WordsExact}
}

// texts reads a list of recorded texts.
func texts(v any) ([]string, error) {
	list, _ := v.([]any)
	all := make([]string, len(list))
	for i, e := range list {
		s, err := Text(e)
		if err != nil {
			return nil, err
		}
		all[i] = s
	}
	return all, nil
}
