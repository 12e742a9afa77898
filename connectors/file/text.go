package file

import (
	"unicode/utf8"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// block is a piece of a file as text in a batch's arena. One copy and one check serve all lines in it.
type block struct {
	raw   []byte
	valid bool
}

// text copies b into the arena.
func text(a *data.Arena, b []byte) block {
	raw, _ := a.Bytes(b).Bytes()
	return block{raw: raw, valid: utf8.Valid(b)}
}

// value returns the text of length bytes from start on; what is not UTF-8 is replaced as Java's reader replaces it.
func (b block) value(start, length int) data.Value {
	line := b.raw[start : start+length : start+length]
	if b.valid || utf8.Valid(line) {
		return data.TextOf(line)
	}
	return data.String(connect.DecodeUTF8(line))
}
