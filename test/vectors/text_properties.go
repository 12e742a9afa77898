package vectors

import (
	"bytes"
	"encoding/base64"

	"github.com/moldau/moldau/internal/javafmt"
)

func textProperties() map[string]Func {
	return map[string]Func{
		"load": func(c *Case) (any, error) {
			text, err := Text(c.Input)
			if err != nil {
				return nil, err
			}
			return pairs(javafmt.LoadPropertiesText(text))
		},
		"load-bytes": func(c *Case) (any, error) {
			text, _ := Member(c.Input, "bytes").(string)
			b, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				return nil, err
			}
			return pairs(javafmt.LoadProperties(bytes.NewReader(b)))
		},
		"store": func(c *Case) (any, error) {
			kv, err := texts(c.Input)
			if err != nil {
				return nil, err
			}
			if len(kv) != 2 {
				return nil, NotUnderstood("%d texts", len(kv))
			}
			p := javafmt.Property{Key: kv[0], Value: kv[1]}
			return map[string]any{
				"writer": string(javafmt.AppendProperty(nil, p, false)),
				"stream": string(javafmt.AppendProperty(nil, p, true)),
			}, nil
		},
	}
}

func pairs(p javafmt.Properties, err error) (any, error) {
	if err != nil {
		return nil, javaError(err)
	}
	list := []any{}
	for _, e := range p {
		list = append(list, []any{e.Key, e.Value})
	}
	return list, nil
}
