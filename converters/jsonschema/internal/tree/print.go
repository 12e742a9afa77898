package tree

import (
	"strings"

	"github.com/moldau/moldau/internal/javafmt"
)

// Append appends the text of a node as Jackson's ObjectMapper.writeValueAsString writes it: without white space, and with every character beyond
// ASCII as it is.
func (n *Node) Append(dst []byte) []byte {
	switch n.Kind {
	case Bool:
		if n.Truth {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case Number:
		switch {
		case n.NotFinite:
			return append(append(append(dst, '"'), n.Text...), '"')
		case n.Fraction:
			return append(dst, n.Decimal().String()...)
		}
		return append(dst, n.Decimal().BigInt().String()...)
	case String:
		return AppendQuoted(dst, n.Text)
	case Array:
		dst = append(dst, '[')
		for i, e := range n.Elems {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = e.Append(dst)
		}
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		for i, e := range n.Elems {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = e.Append(append(AppendQuoted(dst, n.Names[i]), ':'))
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

// String returns the text that Append appends.
func (n *Node) String() string { return string(n.Append(nil)) }

const upperHex = "0123456789ABCDEF"

// AppendQuoted appends a text in quotes as Jackson writes it into a String.
func AppendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		c := s[i]
		if short := strings.IndexByte("\b\t\n\f\r\"\\", c); short >= 0 {
			dst = append(dst, '\\', `btnfr"\`[short])
		} else if c < ' ' {
			dst = append(dst, '\\', 'u', '0', '0', upperHex[c>>4], upperHex[c&15])
		} else {
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// JavaText is the text that String.valueOf gives of a value in org.json's form: what an enum's symbol is called.
func (n *Node) JavaText() string {
	switch n.Kind {
	case String:
		return n.Text
	case Number:
		if n.Fraction {
			return n.Decimal().String()
		}
		return n.Decimal().BigInt().String()
	case Array:
		parts := make([]string, len(n.Elems))
		for i, e := range n.Elems {
			parts[i] = e.JavaText()
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case Object:
		var parts []string
		for _, i := range javafmt.HashOrder(n.Names, javafmt.DefaultCapacity) {
			parts = append(parts, n.Names[i]+"="+n.Elems[i].JavaText())
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return n.String()
}
