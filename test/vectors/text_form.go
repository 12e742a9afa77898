package vectors

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Text reads recorded text: a JSON string, or {"utf16":"hex"} where it has unpaired surrogates. Those become the three bytes UTF-8 would give
// them (as in WTF-8), the form in which the Go code carries text that Java allows and Unicode does not.
func Text(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	hex, ok := Member(v, "utf16").(string)
	if !ok || len(hex)%4 != 0 {
		return "", fmt.Errorf("no text: %v", v)
	}
	units := make([]uint16, 0, len(hex)/4)
	for i := 0; i < len(hex); i += 4 {
		u, err := strconv.ParseUint(hex[i:i+4], 16, 16)
		if err != nil {
			return "", fmt.Errorf("no text: %w", err)
		}
		units = append(units, uint16(u))
	}
	return joinUnits(units), nil
}

func joinUnits(units []uint16) string {
	var b []byte
	for i := 0; i < len(units); i++ {
		u := rune(units[i])
		if utf16.IsSurrogate(u) {
			if i+1 < len(units) {
				if r := utf16.DecodeRune(u, rune(units[i+1])); r != utf8.RuneError {
					b = utf8.AppendRune(b, r)
					i++
					continue
				}
			}
			b = append(b, 0xe0|byte(u>>12), 0x80|byte(u>>6)&0xbf, 0x80|byte(u)&0xbf)
			continue
		}
		b = utf8.AppendRune(b, u)
	}
	return string(b)
}

// textForm is the inverse of Text.
func textForm(s string) any {
	if utf8.ValidString(s) {
		return s
	}
	var hex strings.Builder
	surrogate := false
	for i := 0; i < len(s); {
		if i+2 < len(s) && s[i] == 0xed && s[i+1] >= 0xa0 && s[i+1] <= 0xbf && s[i+2]&0xc0 == 0x80 {
			fmt.Fprintf(&hex, "%04x", 0xd000|int(s[i+1]&0x3f)<<6|int(s[i+2]&0x3f))
			surrogate = true
			i += 3
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		for _, u := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&hex, "%04x", u)
		}
		i += n
	}
	if !surrogate {
		return strings.ToValidUTF8(s, "\ufffd")
	}
	return map[string]any{"utf16": hex.String()}
}

// identity finds the hash that Object.toString ends in.
var identity = regexp.MustCompile(`((?:\[+[BCDFIJSZ]|\[+L[\w.$]+;|\b[a-z]\w*(?:\.\w+)+[\w.$/]*))@[0-9a-f]{1,8}([^0-9a-zA-Z]|$)`)

// HideIdentity writes the identity hashes in a text as the recorded cases have them: [B@1b2c3d becomes [B@<identity>. The runner does so for
// every text of a result; a Func does it where such a text travels inside bytes.
func HideIdentity(s string) string {
	if !strings.Contains(s, "@") {
		return s
	}
	return identity.ReplaceAllString(s, "$1@<identity>$2")
}
