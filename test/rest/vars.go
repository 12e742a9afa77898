package rest

import (
	"math/rand/v2"
	"regexp"
	"strings"
)

// vars are the values of placeholders such as ${DIR} in a conversation.
type vars map[string]string

var name = regexp.MustCompile(`\$\{([A-Z_]+\d?|\$|\*)\}`)

// expand replaces the placeholders that have values.
func (v vars) expand(x any) any {
	switch x := x.(type) {
	case string:
		return v.text(x)
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = v.expand(x[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k := range x {
			out[v.text(k)] = v.expand(x[k])
		}
		return out
	}
	return x
}

func (v vars) text(s string) string {
	return name.ReplaceAllStringFunc(s, func(m string) string {
		if value, ok := v[m[2:len(m)-1]]; ok {
			return value
		}
		return m
	})
}

// patterns are the placeholders of recorded answers that stand for any text of a form.
var patterns = map[string]string{
	"*": `(?s:.*?)`, "INT": `-?\d+`, "COMMIT": `[0-9a-f]{16}`, "AGAIN": `(?:org\.apache\.kafka\.connect\.errors\.ConnectException: )?`,
	"TIME": `\d{4}-\d\d-\d\dT[0-9:.]+Z`, "HASH": `[0-9a-f]{1,8}`, "CLUSTER_ID": `[A-Za-z0-9_-]{22}`,
}

// pattern is the regular expression of a recorded text.
func (v vars) pattern(want string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`\A`)
	for {
		at := name.FindStringSubmatchIndex(want)
		if at == nil {
			break
		}
		b.WriteString(regexp.QuoteMeta(want[:at[0]]))
		key := want[at[2]:at[3]]
		if value, ok := v[key]; ok && key == "WORKER_ID" {
			// Any worker of the group may run it.
			ids := strings.Split(value, "|")
			for i := range ids {
				ids[i] = regexp.QuoteMeta(ids[i])
			}
			b.WriteString("(?:" + strings.Join(ids, "|") + ")")
		} else if ok {
			b.WriteString(regexp.QuoteMeta(value))
		} else if p, ok := patterns[key]; ok {
			b.WriteString(p)
		} else {
			b.WriteString(regexp.QuoteMeta(want[at[0]:at[1]]))
		}
		want = want[at[1]:]
	}
	b.WriteString(regexp.QuoteMeta(want) + `\z`)
	return regexp.MustCompile(b.String())
}

// letters returns six letters that are no hex digits, so that "%" before them is no escape.
func letters() string {
	const from = "ghjklmnpqrstvwxz"
	var b [6]byte
	for i := range b {
		b[i] = from[rand.IntN(len(from))]
	}
	return string(b[:])
}
