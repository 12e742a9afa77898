package kafka

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// JAAS is the content of a JAAS file: login modules by the name of their entry (KafkaClient, KafkaConnect).
type JAAS struct {
	Path    string
	Entries map[string][]LoginModule
}

// LoadJAAS reads the file that the system property java.security.auth.login.config names, nil where it names none. Properties
// are those of the -D options in KAFKA_OPTS (see JavaProperties).
func LoadJAAS(properties map[string]string) (*JAAS, error) {
	path := JAASPath(properties)
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("JAAS file of the system property java.security.auth.login.config: %w", err)
	}
	jaas, err := ParseJAASFile(string(text), func(name string) (string, bool) {
		value, ok := properties[name]
		return value, ok
	})
	if err != nil {
		return nil, fmt.Errorf("JAAS file %s: %w", path, err)
	}
	jaas.Path = path
	return jaas, nil
}

// JAASPath returns the path of the file that LoadJAAS reads, "" for none.
func JAASPath(properties map[string]string) string {
	path := strings.TrimPrefix(properties["java.security.auth.login.config"], "=") // "==" replaces the default files
	if u, err := url.Parse(path); err == nil && u.Scheme == "file" {
		return u.Path
	}
	return path
}

// ParseJAASFile reads a JAAS file as sun.security.provider.ConfigFile does, with its messages; values found where a word was
// expected are left out of them. Property expands ${name} in option values; ${/} and ${file.separator} are always known.
func ParseJAASFile(text string, property func(name string) (string, bool)) (*JAAS, error) {
	p := &jaasFile{t: newTokenizer(text, "*"), property: property}
	jaas := &JAAS{Entries: map[string][]LoginModule{}}
	p.t.next()
	for p.t.kind != tokenEOF {
		if err := p.entry(jaas.Entries); err != nil {
			return nil, err
		}
	}
	return jaas, nil
}

type jaasFile struct {
	t        *tokenizer
	property func(string) (string, bool)
	secret   bool // as in ParseJAASConfig
}

func (p *jaasFile) entry(entries map[string][]LoginModule) error {
	name := word(p.t.sval)
	p.t.next()
	if err := p.character('{', "{"); err != nil {
		return err
	}
	var modules []LoginModule
	for p.t.kind != '}' {
		module, err := p.module()
		if err != nil {
			return err
		}
		modules = append(modules, module)
	}
	p.t.next()
	if err := p.character(';', ";"); err != nil {
		return err
	}
	if _, twice := entries[name]; twice {
		return errors.New("Configuration Error:\n\tCan not specify multiple entries for " + name)
	}
	entries[name] = modules
	return nil
}

func (p *jaasFile) module() (LoginModule, error) {
	class, err := p.word("module class name")
	if err != nil {
		return LoginModule{}, err
	}
	flag, err := p.word("controlFlag")
	if err != nil {
		return LoginModule{}, err
	}
	module := LoginModule{Class: class, Flag: strings.ToLower(flag), Options: map[string]string{}}
	if !isControlFlag(module.Flag) {
		return LoginModule{}, errors.New("Configuration Error:\n\tInvalid control flag, " + hide(strings.ToUpper(flag), p.secret))
	}
	for p.t.kind != ';' {
		key, err := p.word("option key")
		if err != nil {
			return LoginModule{}, err
		}
		if err := p.character('=', "="); err != nil {
			return LoginModule{}, err
		}
		value, err := p.word("option value")
		if err != nil {
			return LoginModule{}, err
		}
		if module.Options[key], err = p.expand(value); err != nil {
			return LoginModule{}, err
		}
		p.secret = p.secret || isSecret(key)
	}
	p.t.next()
	return module, nil
}

func (p *jaasFile) word(what string) (string, error) {
	switch p.t.kind {
	case tokenWord, '"':
		text := *p.t.sval
		p.t.next()
		return text, nil
	}
	return "", p.expected(what)
}

func (p *jaasFile) character(c rune, what string) error {
	if p.t.kind != c {
		return p.expected(what)
	}
	p.t.next()
	return nil
}

// expected is Java's message without the ", found [...]" that may hold a part of a password.
func (p *jaasFile) expected(what string) error {
	if p.t.kind == tokenEOF {
		return errors.New("Configuration Error:\n\texpected [" + what + "], read [end of file]")
	}
	return fmt.Errorf("Configuration Error:\n\tLine %d: expected [%s]", p.t.line, what)
}

// expand replaces ${name} as sun.security.util.PropertyExpander does.
func (p *jaasFile) expand(value string) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(value, "${")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString("${" + rest)
			return b.String(), nil
		}
		switch name {
		case "/", "file.separator":
			b.WriteString(string(os.PathSeparator))
		default:
			text, known := "", false
			if p.property != nil {
				text, known = p.property(name)
			}
			if !known {
				return "", errors.New("unable to expand property " + name)
			}
			b.WriteString(text)
		}
		value = after
	}
}

// JavaProperties returns the system properties that the -D options of a text like KAFKA_OPTS set. Words are separated by blanks;
// single and double quotes keep blanks, as in the shell that hands KAFKA_OPTS to Java.
func JavaProperties(options string) map[string]string {
	properties := map[string]string{}
	for _, word := range shellWords(options) {
		if option, ok := strings.CutPrefix(word, "-D"); ok {
			name, value, _ := strings.Cut(option, "=")
			properties[name] = value
		}
	}
	return properties
}

func shellWords(text string) []string {
	var words []string
	var b strings.Builder
	open, quote := false, rune(0)
	for _, r := range text {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			b.WriteRune(r)
		case r == '"' || r == '\'':
			quote, open = r, true
		case r == ' ' || r == '\t' || r == '\n' || r == '\r':
			if open {
				words = append(words, b.String())
				b.Reset()
				open = false
			}
		default:
			b.WriteRune(r)
			open = true
		}
	}
	if open {
		words = append(words, b.String())
	}
	return words
}
