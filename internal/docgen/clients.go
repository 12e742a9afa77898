package main

import (
	"strings"

	"github.com/moldau/moldau/internal/kafka"
)

// clients is the page of the properties of Kafka's clients: what is honoured, what is not and why.
func clients(all []kafka.Description) string {
	var b strings.Builder
	for _, part := range []struct {
		effect      kafka.Effect
		title, last string
	}{
		{kafka.Honoured, "Honoured", "Difference"},
		{kafka.Refused, "Refused", "Why"},
		{kafka.Inert, "Accepted without effect", "Why"},
	} {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("## " + part.title + "\n\n| Key | Clients | Type | Default | " + part.last + " |\n|---|---|---|---|---|\n")
		for _, d := range all {
			if d.Effect != part.effect {
				continue
			}
			cells := []string{"`" + d.Name + "`", clientNames(d.Clients), strings.ToLower(d.Type.String()), clientDefault(d), d.Note}
			b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
		}
	}
	return b.String()
}

func clientNames(list []kafka.Client) string {
	if len(list) == 3 {
		return "all"
	}
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.String()
	}
	return strings.Join(names, ", ")
}

func clientDefault(d kafka.Description) string {
	switch {
	case d.Required:
		return "required"
	case d.Default == nil:
		return "none"
	case *d.Default == "":
		return "empty"
	}
	return "`" + *d.Default + "`"
}
