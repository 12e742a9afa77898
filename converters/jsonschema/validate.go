package jsonschema

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"

	validation "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/moldau/moldau/converters/jsonschema/internal/everit"
	"github.com/moldau/moldau/converters/jsonschema/internal/tree"
	"github.com/moldau/moldau/internal/javafmt"
)

// validator checks JSON against a schema, for json.fail.invalid.schema.
type validator struct{ schema *validation.Schema }

// baseURI is the name of a schema that has none.
const baseURI = "mem://input/"

// newValidator compiles a schema with those it may refer to. Nothing is fetched from anywhere else.
func newValidator(text string, documents map[string]string) (*validator, error) {
	root, err := tree.Parse([]byte(text))
	if err != nil {
		return nil, err
	}
	c := validation.NewCompiler()
	c.DefaultDraft(validation.Draft7)
	c.UseLoader(noLoader{})
	c.UseRegexpEngine(compilePattern)
	if !everit.IsModern(root) {
		c.AssertFormat()
	}
	base, err := url.Parse(baseURI)
	if err != nil {
		return nil, err
	}
	if id, ok := root.Get("$id").IsText(); ok {
		if u, err := base.Parse(id); err == nil {
			base = u
		}
	}
	for name, text := range documents {
		if u, err := base.Parse(name); err == nil {
			if err := addDocument(c, u.String(), text); err != nil {
				return nil, err
			}
		}
	}
	if err := addDocument(c, baseURI, text); err != nil {
		return nil, err
	}
	s, err := c.Compile(baseURI)
	if err != nil {
		return nil, fmt.Errorf("the schema cannot be used to validate data, set %s=false: %w", invalidKey, err)
	}
	return &validator{s}, nil
}

func addDocument(c *validation.Compiler, uri, text string) error {
	doc, err := validation.UnmarshalJSON(bytes.NewReader([]byte(text)))
	if err != nil {
		return err
	}
	return c.AddResource(uri, doc)
}

type noLoader struct{}

// Load refuses to fetch a schema.
func (noLoader) Load(uri string) (any, error) {
	return nil, errors.New("schema " + uri + " is not among the references in the registry")
}

// pattern is a regular expression of Java.
type pattern struct{ *javafmt.Regex }

func compilePattern(text string) (validation.Regexp, error) {
	re, err := javafmt.Compile(text, 0)
	if err != nil {
		return nil, err
	}
	return pattern{re}, nil
}

// MatchString reports whether the expression is found in a text; one that takes too long is not.
func (p pattern) MatchString(text string) bool {
	m, err := p.Find(text)
	return err == nil && m != nil
}

// check validates a document.
func (v *validator) check(doc []byte) error {
	x, err := validation.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		return err
	}
	if err := v.schema.Validate(x); err != nil {
		return javafmt.NewException(javafmt.SerializationException, "JSON does not match schema of type "+jsonType, err)
	}
	return nil
}

// checkAny is check for documents in any encoding, with all that Jackson accepts.
func (v *validator) checkAny(doc []byte) error {
	n, err := parse(doc)
	if err != nil {
		return err
	}
	if n.Kind == tree.Missing {
		return nil
	}
	return v.check(n.Append(nil))
}
