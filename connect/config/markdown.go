package config

import (
	"strings"
)

// Markdown returns the documentation of the keys as a table per group, without internal keys.
func (d *Def) Markdown() string {
	var b strings.Builder
	group, first := "", true
	for _, k := range d.Sorted() {
		if k.Internal {
			continue
		}
		if first || k.Group != group {
			if !first {
				b.WriteByte('\n')
			}
			if k.Group != "" {
				b.WriteString("### " + k.Group + "\n\n")
			}
			b.WriteString("| Key | Type | Default | Valid values | Importance | Meaning |\n|---|---|---|---|---|---|\n")
			group, first = k.Group, false
		}
		k.markdownRow(&b)
	}
	return b.String()
}

func (k *Key) markdownRow(b *strings.Builder) {
	valid := ""
	if k.Validator != nil {
		valid = k.Validator.String()
	}
	doc := k.Doc
	if k.Deprecated != "" {
		doc = strings.TrimSpace("**Deprecated**: " + k.Deprecated + " " + doc)
	}
	if k.NoEffect != "" {
		doc = strings.TrimSpace(doc + " Accepted without effect: " + k.NoEffect)
	}
	cells := []string{code(k.Name), strings.ToLower(k.Type.String()), k.markdownDefault(), cell(valid), strings.ToLower(k.Importance.String()), cell(doc)}
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

func (k *Key) markdownDefault() string {
	if k.Required() {
		return "required"
	}
	text, err := ConvertToString(k.Default, k.Type)
	switch {
	case err != nil || text == nil:
		return "none"
	case *text == "":
		return "empty"
	}
	return code(*text)
}

func code(s string) string { return "`" + cell(s) + "`" }

// cell keeps a text within its table cell.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\r\n", " ", "\n", " ").Replace(s)
}
