package vectors

import (
	"errors"

	"github.com/moldau/moldau/internal/javafmt"
)

func textRegex() map[string]Func {
	return map[string]Func{
		"match":        matchRows,
		"replaceFirst": replaceFirst,
		"compile": func(c *Case) (any, error) {
			_, err := regex(c)
			return nil, err
		},
	}
}

func regex(c *Case) (*javafmt.Regex, error) {
	pattern, err := Text(Member(c.Input, "regex"))
	if err != nil {
		return nil, err
	}
	re, err := javafmt.Compile(pattern, 0)
	return re, javaError(err)
}

// matchRows gives, for each subject of the recorded rows, the groups where it matches as a whole and the first find with its groups.
func matchRows(c *Case) (any, error) {
	re, err := regex(c)
	if err != nil {
		return nil, err
	}
	rows, _ := c.Output.([]any)
	out := []any{}
	for _, row := range rows {
		columns, _ := row.([]any)
		if len(columns) != 3 {
			return nil, NotUnderstood("row %v", row)
		}
		subject, err := Text(columns[0])
		if err != nil {
			return nil, err
		}
		whole, err := re.MatchWhole(subject)
		if err != nil {
			return nil, err
		}
		found, err := re.Find(subject)
		if err != nil {
			return nil, err
		}
		line := []any{subject, nil, nil}
		if whole != nil {
			line[1] = groups(re, whole)
		}
		if found != nil {
			line[2] = []any{javafmt.Length(subject[:found.Start(0)]), javafmt.Length(subject[:found.End(0)]), groups(re, found)}
		}
		if yes, err := re.Matches(subject); yes != (whole != nil) || err != nil {
			return nil, errors.New("Matches and MatchWhole differ")
		}
		out = append(out, line)
	}
	return out, nil
}

func groups(re *javafmt.Regex, m *javafmt.Match) []any {
	all := make([]any, re.GroupCount()+1)
	for i := range all {
		if text, ok := m.Group(i); ok {
			all[i] = text
		}
	}
	return all
}

func replaceFirst(c *Case) (any, error) {
	re, err := regex(c)
	if err != nil {
		return nil, err
	}
	text, err := Text(Member(c.Input, "text"))
	if err != nil {
		return nil, err
	}
	replacement, err := Text(Member(c.Input, "replacement"))
	if err != nil {
		return nil, err
	}
	result, err := re.ReplaceFirst(text, replacement)
	return result, javaError(err)
}
