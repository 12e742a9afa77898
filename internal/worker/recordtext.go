package worker

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// mapText is HashMap.toString of the fields of a source partition or offset.
func mapText(v any) string {
	fields, ok := v.(map[string]any)
	if !ok || fields == nil {
		return "null"
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	parts := make([]string, 0, len(names))
	for _, i := range javafmt.HashOrder(names, javafmt.DefaultCapacity) {
		parts = append(parts, names[i]+"="+valueText(fields[names[i]]))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case float64:
		return javafmt.FormatDouble(v)
	}
	return fmt.Sprint(v)
}

// schemaText is ConnectSchema.toString.
func schemaText(s *data.Schema) string {
	if s == nil {
		return "null"
	}
	return s.String()
}

// headersText is ConnectHeaders.toString.
func headersText(h *connect.Headers) string {
	if h.Len() == 0 {
		return "ConnectHeaders(headers=)" // its list does not exist before the first header
	}
	parts := make([]string, 0, h.Len())
	for _, x := range h.All() {
		parts = append(parts, fmt.Sprintf("ConnectHeader(key=%s, value=%s, schema=%s)", x.Key, x.Value, schemaText(x.Schema)))
	}
	return "ConnectHeaders(headers=[" + strings.Join(parts, ", ") + "])"
}
