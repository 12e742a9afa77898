package connect

import "github.com/moldau/moldau/internal/javafmt"

// DecodeUTF8 returns the text of bytes that claim to be UTF-8, with U+FFFD in place of what is not, exactly as a Java connector reads them.
// Valid bytes need no such copy; see unicode/utf8.Valid and data.TextOf.
func DecodeUTF8(b []byte) string { return javafmt.DecodeUTF8(b) }
