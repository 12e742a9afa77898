package identity

import (
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf16"
)

// keywords are the attributes that RFC 2253 has names for; Java writes any other one as its number and bytes.
var keywords = map[string]string{
	"2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.9": "STREET",
	"0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID",
}

// attribute is a pkix.AttributeTypeAndValue whose value keeps its bytes.
type attribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue
}

type attributeSET []attribute

// Subject writes the DER of a distinguished name as X500Principal.getName does, the last attribute first. pkix.Name.String sorts the attributes
// instead, so that rules written for Java's brokers would not fit.
func Subject(der []byte) (string, error) {
	var name []attributeSET
	if rest, err := asn1.Unmarshal(der, &name); err != nil || len(rest) > 0 {
		return "", fmt.Errorf("the subject of the certificate is no distinguished name: %w", err)
	}
	var b strings.Builder
	for i := len(name) - 1; i >= 0; i-- {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		for j, a := range name[i] {
			if j > 0 {
				b.WriteByte('+')
			}
			a.write(&b)
		}
	}
	return b.String(), nil
}

func (a attribute) write(b *strings.Builder) {
	id := a.Type.String()
	text, ok := attributeText(a.Value)
	keyword := keywords[id]
	if keyword == "" {
		keyword, ok = id, false
	}
	b.WriteString(keyword + "=")
	if !ok {
		b.WriteString("#" + hex.EncodeToString(a.Value.FullBytes))
		return
	}
	// AVA.toRFC2253String: what has a meaning is escaped, blanks at both ends too.
	begin := len(text) - len(strings.TrimLeft(text, " \r"))
	end := len(strings.TrimRight(text, " \r"))
	for i, c := range text {
		switch {
		case c == 0:
			b.WriteString(`\00`)
			continue
		case i < begin || i >= end || strings.ContainsRune(`,=+<>#;"\`, c):
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
}

// attributeText decodes the kinds of strings that Java takes for text.
func attributeText(v asn1.RawValue) (string, bool) {
	if v.Class != asn1.ClassUniversal || v.IsCompound {
		return "", false
	}
	switch v.Tag {
	case asn1.TagUTF8String, asn1.TagPrintableString, asn1.TagIA5String, asn1.TagGeneralString:
		return strings.ToValidUTF8(string(v.Bytes), "\uFFFD"), true
	case asn1.TagT61String: // Java reads it as ISO 8859-1
		text := make([]rune, len(v.Bytes))
		for i, c := range v.Bytes {
			text[i] = rune(c)
		}
		return string(text), true
	case asn1.TagBMPString:
		var units []uint16
		for i := 0; i+1 < len(v.Bytes); i += 2 {
			units = append(units, uint16(v.Bytes[i])<<8|uint16(v.Bytes[i+1]))
		}
		return string(utf16.Decode(units)), true
	}
	return "", false
}
