package backup

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// Bytes are bytes of a record. In JSON they are a text, or an object with their Base64 form where they are no UTF-8.
type Bytes string

// MarshalJSON keeps every byte.
func (b Bytes) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(b)) {
		return json.Marshal(string(b))
	}
	return json.Marshal(map[string]string{"base64": base64.StdEncoding.EncodeToString([]byte(b))})
}

// UnmarshalJSON reads both forms.
func (b *Bytes) UnmarshalJSON(text []byte) error {
	var plain string
	if json.Unmarshal(text, &plain) == nil {
		*b = Bytes(plain)
		return nil
	}
	var coded struct{ Base64 *string }
	if err := json.Unmarshal(text, &coded); err != nil {
		return err
	}
	if coded.Base64 == nil {
		return errors.New(`bytes are a text or {"base64":...}`)
	}
	raw, err := base64.StdEncoding.DecodeString(*coded.Base64)
	*b = Bytes(raw)
	return err
}
