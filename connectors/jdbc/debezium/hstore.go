package debezium

import (
	stdjson "encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// hstore converts maps to PostgreSQL's hstore, "key"=>"value".
func hstore(v data.Value) (dialect.Arg, error) {
	var b strings.Builder
	for k, x := range v.Map().All() {
		entry(&b, k.String(), x.String(), x.IsNull())
	}
	return text(b.String()), nil
}

func entry(b *strings.Builder, key, value string, null bool) {
	if b.Len() > 0 {
		b.WriteByte(',')
	}
	quote := strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace
	b.WriteString(`"` + quote(key) + `"=>`)
	if null {
		b.WriteString("NULL")
		return
	}
	b.WriteString(`"` + quote(value) + `"`)
}

// hstoreOfJSON converts the JSON that Debezium's source makes of a hstore.
func hstoreOfJSON(s string) (string, error) {
	var m map[string]*string
	if err := stdjson.Unmarshal([]byte(s), &m); err != nil {
		return "", fmt.Errorf("%q is no object of texts, which a hstore needs: %w", s, err)
	}
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var b strings.Builder
	for _, k := range keys {
		value := ""
		if m[k] != nil {
			value = *m[k]
		}
		entry(&b, k, value, m[k] == nil)
	}
	return b.String(), nil
}
