package dialect

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// URL is a jdbc: URL divided at its sub-protocol. Rest may hold a password and must not be logged.
type URL struct {
	Protocol string
	Rest     string
}

// ParseURL divides jdbc:PROTOCOL:REST.
func ParseURL(text string) (URL, error) {
	text = strings.TrimSpace(text)
	rest, ok := cutFold(text, "jdbc:")
	if !ok {
		return URL{}, fmt.Errorf("a database is named by a URL that begins with jdbc:, such as jdbc:postgresql://localhost:5432/shop")
	}
	protocol, rest, ok := strings.Cut(rest, ":")
	if !ok || protocol == "" {
		return URL{}, fmt.Errorf("the URL names no database behind jdbc:, as in jdbc:postgresql://localhost:5432/shop")
	}
	return URL{strings.ToLower(protocol), rest}, nil
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// others are databases that Java's connectors have dialects for and these do not, by dialect.name and by sub-protocol.
var others = map[string]string{
	"db2databasedialect": "Db2", "derbydatabasedialect": "Derby", "saphanadatabasedialect": "SAP HANA", "sybasedatabasedialect": "Sybase", "verticadatabasedialect": "Vertica",
	"genericdatabasedialect": "a database of any kind", "db2": "Db2", "db2j": "Db2", "ibmdb": "Db2", "derby": "Derby", "sap": "SAP HANA", "sybase": "Sybase", "vertica": "Vertica",
	"redshift": "Redshift, which lacks savepoints, ON CONFLICT and COPY from a client",
}

// Find returns the dialect of a URL, or the one that name asks for.
func Find(all []Dialect, u URL, name string) (Dialect, error) {
	var known, names []string
	for _, d := range all {
		if name != "" && strings.EqualFold(name, d.Name()) || name == "" && slices.Contains(d.Protocols(), u.Protocol) {
			return d, nil
		}
		for _, p := range d.Protocols() {
			known = append(known, "jdbc:"+p+":")
		}
		names = append(names, d.Name())
	}
	if name != "" {
		if other := others[strings.ToLower(name)]; other != "" {
			return nil, fmt.Errorf("the dialect %s, for %s, is Java's only: no driver for it is part of Moldau; there are %s", name, other, strings.Join(names, ", "))
		}
		return nil, fmt.Errorf("there is no dialect %s; there are %s", name, strings.Join(names, ", "))
	}
	what := "databases of jdbc:" + u.Protocol + ":"
	if other := others[u.Protocol]; other != "" {
		what += " (" + other + ")"
	}
	return nil, fmt.Errorf("%s are not supported; supported are %s", what, strings.Join(known, ", "))
}

// Server is what most URLs say: //HOST:PORT,HOST:PORT/DATABASE?PARAMETERS.
type Server struct {
	Hosts    []string // with port where one is given
	Database string
	Params   Params
}

// ParseServer reads the form of most drivers. Errors do not repeat the text, which may hold a password.
func ParseServer(rest string) (Server, error) {
	var s Server
	rest, query, _ := strings.Cut(rest, "?")
	params, err := url.ParseQuery(strings.ReplaceAll(query, ";", "%3B"))
	if err != nil {
		return s, fmt.Errorf("the parameters behind ? cannot be read: write them as name=value&name=value, with %%26 for & within a value")
	}
	for k := range params {
		s.Params.Set(k, params.Get(k))
	}
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		hosts, database, _ := strings.Cut(after, "/")
		if i := strings.LastIndexByte(hosts, '@'); i >= 0 {
			user, password, _ := strings.Cut(hosts[:i], ":")
			s.Params.Set("user", unescape(user))
			if password != "" {
				s.Params.Set("password", unescape(password))
			}
			hosts = hosts[i+1:]
		}
		for h := range strings.SplitSeq(hosts, ",") {
			if h = strings.TrimSpace(h); h != "" {
				s.Hosts = append(s.Hosts, h)
			}
		}
		rest = database
	}
	s.Database = unescape(strings.TrimPrefix(rest, "/"))
	return s, nil
}

// Login takes user and password out of the parameters; those of the target's own keys come first.
func (t Target) Login(p *Params) (user, password string) {
	user, password = p.Take("user"), p.Take("password")
	if t.User != "" {
		user = t.User
	}
	if t.Password != "" {
		password = t.Password
	}
	return user, password
}

// WithPort adds the port that a host does not name.
func WithPort(host, port string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

// Params are parameters of a driver, whose names do not depend on case here.
type Params struct{ list []param }

type param struct {
	name, value string
	used        bool
}

// Set adds or replaces a parameter.
func (p *Params) Set(name, value string) {
	for i := range p.list {
		if strings.EqualFold(p.list[i].name, name) {
			p.list[i].value = value
			return
		}
	}
	p.list = append(p.list, param{name: name, value: value})
}

// SetAll adds the properties of a target.
func (p *Params) SetAll(properties map[string]string) {
	names := make([]string, 0, len(properties))
	for n := range properties {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		p.Set(n, properties[n])
	}
}

// Take returns a parameter, "" where it is not set, and marks it as honoured.
func (p *Params) Take(name string) string {
	for i := range p.list {
		if strings.EqualFold(p.list[i].name, name) {
			p.list[i].used = true
			return p.list[i].value
		}
	}
	return ""
}

// Rest says of each parameter that nobody took why: idle names those that have nothing to do here, with the reason.
func (p *Params) Rest(idle map[string]string) []string {
	var notes []string
	for i := range p.list {
		if p.list[i].used {
			continue
		}
		why := "it is not known"
		for name, reason := range idle {
			if strings.EqualFold(name, p.list[i].name) {
				why = reason
			}
		}
		if why != "" {
			notes = append(notes, "the parameter "+p.list[i].name+" of the connection has no effect: "+why)
		}
	}
	slices.Sort(notes)
	return notes
}

// Secrets are the passwords and tokens among the parameters.
func (p *Params) Secrets() (secrets []string) {
	for _, x := range p.list {
		if name := strings.ToLower(x.name); x.value != "" && (strings.Contains(name, "password") || strings.Contains(name, "pwd") || strings.Contains(name, "token") || strings.Contains(name, "secret")) {
			secrets = append(secrets, x.value)
		}
	}
	return secrets
}

// ParamsReader is an optional ability of a Dialect whose URLs have another form than ParseServer reads: the parameters of a URL, with user and password,
// as far as they can be read.
type ParamsReader interface {
	ReadParams(u URL) Params
}

// IsTrue reads a truth value as drivers do: also an empty one is true where the parameter stands there at all.
func IsTrue(s string) bool {
	switch strings.ToLower(s) {
	case "true", "yes", "1", "on":
		return true
	}
	return false
}
