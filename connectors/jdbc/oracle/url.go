package oracle

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/sijms/go-ora/v2/configurations"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// idle are properties of ojdbc that ask for what is done anyway, or for what only Java has.
var idle = map[string]string{
	"includeSynonyms": "", "remarksReporting": "", "restrictGetTables": "", "defaultBatchValue": "rows always go as arrays", "oracle.jdbc.defaultBatchValue": "rows always go as arrays", "accumulateBatchResult": "",
	"oracle.jdbc.implicitStatementCacheSize": "", "oracle.jdbc.maxCachedBufferSize": "", "oracle.jdbc.timezoneAsRegion": "the session's time zone is UTC", "oracle.jdbc.mapDateToTimestamp": "a DATE is always a timestamp",
	"oracle.jdbc.J2EE13Compliant": "", "oracle.jdbc.autoCommitSpecCompliant": "", "oracle.jdbc.fanEnabled": "", "oracle.jdbc.enableQueryResultCache": "", "oracle.net.keepAlive": "it is always on",
	"oracle.jdbc.convertNcharLiterals": "", "oracle.jdbc.defaultNChar": "texts go as their columns have them", "oracle.net.disableOob": "", "oracle.jdbc.javaNetNio": "", "oracle.net.ssl_version": "",
	"oracle.net.authentication_services": "", "fixedString": "", "processEscapes": "", "oracle.jdbc.useFetchSizeWithLongColumn": "", "oracle.net.ssl_cipher_suites": "", "oracle.jdbc.useNio": "",
	"javax.net.ssl.trustStore": "give a wallet: oracle.net.wallet_location", "javax.net.ssl.trustStorePassword": "", "javax.net.ssl.trustStoreType": "", "javax.net.ssl.keyStore": "give a wallet: oracle.net.wallet_location",
	"javax.net.ssl.keyStorePassword": "", "javax.net.ssl.keyStoreType": "", "oracle.net.ssl_server_cert_dn": "", "oracle.jdbc.loginTimeout": "the driver has one limit, oracle.jdbc.ReadTimeout",
	"oracle.net.CONNECT_TIMEOUT": "the driver has one limit, oracle.jdbc.ReadTimeout", "oracle.net.OUTBOUND_CONNECT_TIMEOUT": "the driver has one limit, oracle.jdbc.ReadTimeout",
}

// Check implements dialect.Dialect.
func (d Dialect) Check(t dialect.Target) ([]string, error) {
	_, notes, err := configure(t)
	return notes, err
}

// place is where a database is: a host and one of service and SID, or a description.
type place struct {
	hosts        []string
	service, sid string
	instance     string
	description  string
	secure       bool
}

// configure makes the driver's URL of thin:USER/PASSWORD@PLACE.
func configure(t dialect.Target) (name string, notes []string, err error) {
	rest := t.URL.Rest
	kind, rest, _ := strings.Cut(rest, ":")
	switch kind {
	case "thin", "oci", "oci8":
	default:
		return "", nil, errors.New("connection.url: the driver's kind stands behind oracle, as in jdbc:oracle:thin:@//localhost:1521/shop")
	}
	login, rest, ok := cutLogin(rest)
	if !ok {
		return "", nil, errors.New("connection.url: the database stands behind @, as in jdbc:oracle:thin:@//localhost:1521/shop")
	}
	p := &login
	where, err := placeOf(rest, p, t.Properties)
	if err != nil {
		return "", nil, fmt.Errorf("connection.url: %w", err)
	}
	q := url.Values{}
	user, password := t.Login(p)
	if err := settings(p, q, where); err != nil {
		return "", nil, fmt.Errorf("connection.url: %w", err)
	}
	u := url.URL{Scheme: "oracle", User: url.UserPassword(user, password), Host: ":0", Path: "/" + where.service}
	if where.description != "" {
		q.Set("connStr", where.description)
	} else {
		u.Host = where.hosts[0]
		for _, h := range where.hosts[1:] {
			q.Add("server", h)
		}
	}
	u.RawQuery = q.Encode()
	if _, err := configurations.ParseConfig(u.String()); err != nil {
		return "", nil, fmt.Errorf("connection.url: %s", strings.ReplaceAll(err.Error(), u.String(), "its parameters"))
	}
	return u.String(), p.Rest(idle), nil
}

// cutLogin reads the part before the place; ok is false where no @ divides them.
func cutLogin(text string) (login dialect.Params, place string, ok bool) {
	at := strings.LastIndexByte(text, '@')
	if i := strings.Index(text, "@("); i >= 0 { // a description may hold more of them
		at = i
	}
	if at < 0 {
		return login, text, false
	}
	if at > 0 {
		user, password, _ := strings.Cut(text[:at], "/")
		login.Set("user", strings.Trim(user, `"`))
		login.Set("password", strings.Trim(password, `"`))
	}
	return login, text[at+1:], true
}

// ReadParams implements dialect.ParamsReader.
func (Dialect) ReadParams(u dialect.URL) dialect.Params {
	_, rest, _ := strings.Cut(u.Rest, ":")
	p, place, _ := cutLogin(rest)
	if _, query, ok := strings.Cut(place, "?"); ok {
		list, _ := url.ParseQuery(query) // what can be read of it
		for name := range list {
			p.Set(name, list.Get(name))
		}
	}
	return p
}

// placeOf reads //HOST:PORT/SERVICE, HOST:PORT/SERVICE, HOST:PORT:SID, (DESCRIPTION=...) or a name of tnsnames.ora; parameters may follow
// behind a question mark.
func placeOf(text string, p *dialect.Params, properties map[string]string) (place, error) {
	var w place
	if strings.HasPrefix(text, "(") {
		w.description = text
		p.SetAll(properties)
		return w, nil
	}
	text, query, _ := strings.Cut(text, "?")
	s, err := dialect.ParseServer("?" + query)
	if err != nil {
		return w, err
	}
	if query != "" {
		list, _ := url.ParseQuery(query) // which ParseServer has read
		for k := range list {
			p.Set(k, s.Params.Take(k))
		}
	}
	p.SetAll(properties)
	if scheme, after, ok := strings.Cut(text, "://"); ok {
		switch strings.ToLower(scheme) {
		case "tcp":
		case "tcps":
			w.secure = true
		default:
			return w, fmt.Errorf("a database cannot be found by %s: name host, port and service", scheme)
		}
		text = after
	}
	text = strings.TrimPrefix(text, "//")
	address, service, isService := strings.Cut(text, "/")
	if !isService && strings.Count(address, ":") == 0 {
		w.description, err = alias(address, p)
		return w, err
	}
	if !isService && !strings.HasPrefix(address, "[") && strings.Count(address, ":") == 2 {
		i := strings.LastIndexByte(address, ':')
		address, w.sid = address[:i], address[i+1:]
	}
	if service, w.instance, _ = strings.Cut(service, "/"); service != "" {
		w.service, _, _ = strings.Cut(service, ":") // :dedicated
	}
	for h := range strings.SplitSeq(address, ",") {
		h = dialect.WithPort(strings.TrimSpace(h), "1521")
		host, port, _ := net.SplitHostPort(h)
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || host == "" {
			return w, errors.New("the server is HOST:PORT/SERVICE or HOST:PORT:SID, as in jdbc:oracle:thin:@//localhost:1521/shop")
		}
		w.hosts = append(w.hosts, h)
	}
	if w.service == "" && w.sid == "" {
		return w, errors.New("a service or SID is missing, as in jdbc:oracle:thin:@//localhost:1521/shop")
	}
	return w, nil
}

// alias finds a name in tnsnames.ora.
func alias(name string, p *dialect.Params) (string, error) {
	dir := p.Take("TNS_ADMIN")
	if v := p.Take("oracle.net.tns_admin"); v != "" {
		dir = v
	}
	if dir == "" {
		return "", fmt.Errorf("%q is neither HOST:PORT/SERVICE nor, without the parameter TNS_ADMIN, a name of tnsnames.ora", name)
	}
	text, err := os.ReadFile(filepath.Join(dir, "tnsnames.ora"))
	if err != nil {
		return "", fmt.Errorf("reading tnsnames.ora: %w", err)
	}
	if d := tnsEntry(string(text), name); d != "" {
		return d, nil
	}
	return "", fmt.Errorf("tnsnames.ora in %s has no %s", dir, name)
}

// tnsEntry finds NAME, OTHER = (DESCRIPTION ...).
func tnsEntry(text, name string) string {
	var lines []string
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		lines = append(lines, strings.TrimSpace(line))
	}
	text = strings.Join(lines, " ")
	for {
		names, rest, ok := strings.Cut(text, "=")
		if !ok {
			return ""
		}
		depth, end := 0, len(rest)
		for i, c := range rest {
			if c == '(' {
				depth++
			}
			if c == ')' {
				if depth--; depth == 0 {
					end = i + 1
					break
				}
			}
		}
		for n := range strings.SplitSeq(names, ",") {
			if strings.EqualFold(strings.TrimSpace(n), name) {
				return strings.ReplaceAll(strings.TrimSpace(rest[:end]), " ", "")
			}
		}
		text = rest[end:]
	}
}

// settings maps properties of ojdbc to those of the driver.
func settings(p *dialect.Params, q url.Values, w place) error {
	for java, name := range map[string]string{
		"oracle.net.wallet_password": "wallet password", "defaultRowPrefetch": "prefetch_rows", "oracle.jdbc.defaultRowPrefetch": "prefetch_rows", "v$session.program": "program", "oracle.jdbc.v$session.program": "program",
		"v$session.osuser": "os user", "oracle.net.encryption_client": "encryption", "oracle.net.crypto_checksum_client": "data integrity", "internal_logon": "dba privilege", "oracle.jdbc.internal_logon": "dba privilege",
		"oracle.jdbc.proxyClientName": "proxy client name",
	} {
		if v := p.Take(java); v != "" {
			q.Set(name, v)
		}
	}
	if q.Get("program") == "" {
		q.Set("program", "moldau")
	}
	seconds := int64(0)
	for _, name := range []string{"oracle.jdbc.ReadTimeout", "oracle.net.READ_TIMEOUT"} {
		v := p.Take(name)
		if v == "" {
			continue
		}
		ms, err := strconv.ParseInt(v, 10, 64)
		if err != nil || ms < 0 {
			return fmt.Errorf("%s=%s is no number of milliseconds", name, v)
		}
		seconds = (ms + 999) / 1000
	}
	q.Set("timeout", strconv.FormatInt(seconds, 10))
	wallet := p.Take("oracle.net.wallet_location")
	for _, name := range []string{"wallet_location", "my_wallet_directory"} {
		if v := p.Take(name); wallet == "" {
			wallet = v
		}
	}
	if _, dir, ok := strings.Cut(strings.ToUpper(wallet), "DIRECTORY="); ok { // (SOURCE=(METHOD=file)(METHOD_DATA=(DIRECTORY=/dir)))
		dir, _, _ = strings.Cut(wallet[len(wallet)-len(dir):], ")")
		wallet = dir
	}
	if wallet = strings.TrimPrefix(wallet, "file:"); wallet != "" {
		q.Set("wallet", wallet)
	}
	match := p.Take("oracle.net.ssl_server_dn_match")
	if v := p.Take("ssl_server_dn_match"); match == "" {
		match = v
	}
	if match != "" && !dialect.IsTrue(match) {
		q.Set("ssl verify", "false")
	}
	if w.secure {
		q.Set("ssl", "true")
	}
	if w.sid != "" {
		q.Set("sid", w.sid)
	}
	if w.instance != "" {
		q.Set("instance name", w.instance)
	}
	return nil
}
