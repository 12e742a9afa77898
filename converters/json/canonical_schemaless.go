package json

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/jsonscan"
)

// canonicalSchemaless is canonical for a value without schema that stands at a site.
func canonicalSchemaless(b []byte, x *site, i, depth int) int {
	if i >= len(b) {
		return -1
	}
	switch c := b[i]; c {
	case '"':
		return canonicalText(b, i)
	case 't', 'f', 'n':
		for _, literal := range [...]string{"true", "false", "null"} {
			if len(b)-i >= len(literal) && string(b[i:i+len(literal)]) == literal {
				return i + len(literal)
			}
		}
		return -1
	case '{':
		return canonicalObject(b, x, i, depth+1)
	case '[':
		return canonicalArray(b, x, i, depth+1)
	}
	if end := canonicalFloat(b, i, 15); end >= 0 {
		return end
	}
	if c := b[i]; c != '-' && c-'0' > 9 {
		return -1
	}
	return canonicalInt(b, data.Int64Kind, i)
}

// canonicalObject accepts objects of the site's shape, where that is in Java's order.
func canonicalObject(b []byte, x *site, i, depth int) int {
	i++
	if i < len(b) && b[i] == '}' {
		return i + 1
	}
	if x == nil || !x.javaOrder || depth > jsonscan.MaxDepth {
		return -1
	}
	for k, open := range x.opens {
		if len(b)-i < len(open) || string(b[i:i+len(open)]) != open {
			return -1
		}
		if i = canonicalSchemaless(b, x.members[k], i+len(open), depth); i < 0 {
			return -1
		}
	}
	if i >= len(b) || b[i] != '}' {
		return -1
	}
	return i + 1
}

func canonicalArray(b []byte, x *site, i, depth int) int {
	i++
	if i < len(b) && b[i] == ']' {
		return i + 1
	}
	if depth > jsonscan.MaxDepth {
		return -1
	}
	var elem *site
	if x != nil {
		elem = x.elem
	}
	for {
		if i = canonicalSchemaless(b, elem, i, depth); i < 0 || i >= len(b) {
			return -1
		}
		switch b[i] {
		case ']':
			return i + 1
		case ',':
			i++
		default:
			return -1
		}
	}
}
