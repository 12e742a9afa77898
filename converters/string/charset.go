package string

import (
	"strings"

	"github.com/moldau/moldau/internal/javafmt"
)

// charset encodes and decodes text with the replacements of Java's String.getBytes and new String.
type charset interface {
	// encode appends the bytes of s.
	encode(dst []byte, s string) []byte
	// decode appends the text of b.
	decode(dst, b []byte) []byte
}

// charsetOf returns the character set that Java knows by the name, nil for UTF-8. Java's character sets of more than one byte for East Asian
// texts are not supported.
func charsetOf(name string) (charset, error) {
	key := strings.ToLower(name)
	switch key {
	case "utf-8", "utf8", "unicode-1-1-utf-8":
		return nil, nil
	}
	if u, ok := unicodeCharset(key); ok {
		return u, nil
	}
	if s := singleByteCharset(key); s != nil {
		return s, nil
	}
	return nil, javafmt.NewException(javafmt.SerializationException, "Unsupported encoding "+name,
		javafmt.NewException("java.nio.charset.UnsupportedCharsetException", name, nil))
}
