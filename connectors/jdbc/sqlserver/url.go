package sqlserver

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/microsoft/go-mssqldb/msdsn"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// idle are parameters of Microsoft's driver and of jTDS that ask for what is done anyway, or for what only Java has.
var idle = map[string]string{
	"sendStringParametersAsUnicode": "texts are sent as Unicode", "sendTimeAsDatetime": "", "selectMethod": "rows are always streamed", "responseBuffering": "rows are always streamed",
	"useCursors": "rows are always streamed", "lastUpdateCount": "", "disableStatementPooling": "", "statementPoolingCacheSize": "", "enablePrepareOnFirstPreparedStatementCall": "",
	"serverPreparedStatementDiscardThreshold": "", "prepareMethod": "", "useBulkCopyForBatchInsert": "rows always go by bulk copy", "bulkCopyForBatchInsertBatchSize": "",
	"bulkCopyForBatchInsertTableLock": "", "xopenStates": "", "connectRetryCount": "tasks reconnect by themselves", "connectRetryInterval": "tasks reconnect by themselves",
	"trustStore": "give a PEM file: serverCertificate", "trustStorePassword": "", "trustStoreType": "", "trustManagerClass": "", "fips": "", "sslProtocol": "TLS 1.2 or later is used",
	"delayLoadingLobs": "", "useFmtOnly": "", "useDefaultGSSCredential": "", "cancelQueryTimeout": "", "queryTimeout": "", "socketKeepAlive": "it is always on", "calcBigDecimalPrecision": "",
	"TDS": "", "charset": "", "prepareSQL": "", "batchSize": "", "bufferMaxMemory": "", "bufferMinPackets": "", "bufferDir": "", "cacheMetaData": "", "maxStatements": "", "xaEmulation": "",
	"tcpNoDelay": "", "useLOBs": "", "lobBuffer": "", "appendMode": "", "autoCommit": "", "macAddress": "", "language": "", "useJCIFS": "", "useKerberos": "", "progName": "", "ipAddressPreference": "",
	"ignoreOffsetOnDateTimeOffsetConversion": "", "quotedIdentifier": "", "concatNullYieldsNull": "", "transparentNetworkIPResolution": "", "cacheBulkCopyMetadata": "",
}

// configuration is how a server is reached.
type configuration struct {
	driver  msdsn.Config
	token   string   // instead of user and password
	session []string // statements for the new connection
	notes   []string
}

// Check implements dialect.Dialect.
func (d Dialect) Check(t dialect.Target) ([]string, error) {
	c, err := configure(t)
	return c.notes, err
}

// configure reads //HOST\INSTANCE:PORT;name=value;name={value}, and jTDS's //HOST:PORT/DATABASE;name=value.
func configure(t dialect.Target) (configuration, error) {
	var c configuration
	rest, jtds := t.URL.Rest, t.URL.Protocol == "jtds"
	if jtds || t.URL.Protocol == "microsoft" {
		var ok bool
		if rest, ok = strings.CutPrefix(rest, "sqlserver:"); !ok {
			return c, fmt.Errorf("connection.url: jdbc:%s: is known with sqlserver only, as in jdbc:%s:sqlserver://localhost:1433", t.URL.Protocol, t.URL.Protocol)
		}
	}
	rest, ok := strings.CutPrefix(rest, "//")
	if !ok {
		return c, errors.New("connection.url: the server stands behind two slashes, as in jdbc:sqlserver://localhost:1433;databaseName=shop")
	}
	address, text, _ := strings.Cut(rest, ";")
	p, err := parameters(text)
	if err != nil {
		return c, err
	}
	p.SetAll(t.Properties)
	server, err := hostOf(address, jtds, p)
	if err != nil {
		return c, err
	}
	q := url.Values{}
	if err := settings(p, q, jtds); err != nil {
		return c, fmt.Errorf("connection.url: %w", err)
	}
	u := url.URL{Scheme: "sqlserver", Host: server.host, Path: server.instance, RawQuery: q.Encode()}
	if c.driver, err = msdsn.Parse(u.String()); err != nil {
		return c, fmt.Errorf("connection.url: %w", err)
	}
	if err := c.login(t, p); err != nil {
		return c, fmt.Errorf("connection.url: %w", err)
	}
	for name, into := range map[string]*time.Duration{"socketTimeout": &c.driver.ConnTimeout, "lockTimeout": nil} {
		v := p.Take(name)
		if v == "" {
			continue
		}
		n, err := strconv.ParseInt(v, 10, 32)
		switch {
		case err != nil || n < -1:
			return c, fmt.Errorf("connection.url: %s=%s is no number", name, v)
		case into == nil:
			c.session = append(c.session, "SET LOCK_TIMEOUT "+strconv.FormatInt(n, 10))
		case jtds: // counts seconds
			*into = time.Duration(n) * time.Second
		default:
			*into = time.Duration(n) * time.Millisecond
		}
	}
	c.notes = p.Rest(idle)
	return c, nil
}

// ReadParams implements dialect.ParamsReader.
func (Dialect) ReadParams(u dialect.URL) dialect.Params {
	_, text, _ := strings.Cut(u.Rest, ";")
	p, err := parameters(text)
	if err != nil {
		return dialect.Params{}
	}
	return *p
}

// parameters reads name=value;name={value with ; in it}; a closing brace within braces stands twice.
func parameters(text string) (*dialect.Params, error) {
	p := &dialect.Params{}
	for text != "" {
		name, rest, ok := strings.Cut(text, "=")
		if name = strings.TrimSpace(name); !ok {
			if name != "" {
				return nil, errors.New("connection.url: the parameters behind the server are name=value;name=value")
			}
			break
		}
		value := ""
		if braced, in := strings.CutPrefix(strings.TrimLeft(rest, " "), "{"); in {
			var closed bool
			if value, rest, closed = unbrace(braced); !closed {
				return nil, fmt.Errorf("connection.url: the value of %s has no closing brace", name)
			}
			_, text, _ = strings.Cut(rest, ";")
		} else {
			value, text, _ = strings.Cut(rest, ";")
			value = strings.TrimSpace(value)
		}
		if name = strings.TrimSpace(name); name != "" {
			p.Set(name, value)
		}
	}
	return p, nil
}

func unbrace(s string) (value, rest string, closed bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '}')
		if i < 0 {
			return "", "", false
		}
		b.WriteString(s[:i])
		if s = s[i+1:]; !strings.HasPrefix(s, "}") {
			return b.String(), s, true
		}
		b.WriteByte('}')
		s = s[1:]
	}
}

type server struct{ host, instance string }

// hostOf reads the part before the parameters; what it leaves out may stand among those.
func hostOf(text string, jtds bool, p *dialect.Params) (server, error) {
	var s server
	if jtds {
		host, database, _ := strings.Cut(text, "/")
		text = host
		if database != "" && p.Take("databaseName") == "" {
			p.Set("databaseName", database)
		}
		if v := p.Take("instance"); v != "" {
			p.Set("instanceName", v)
		}
	}
	host, instance, named := strings.Cut(strings.TrimSpace(text), `\`)
	port := ""
	if named {
		instance, port, _ = strings.Cut(instance, ":")
	} else if h, n, err := net.SplitHostPort(host); err == nil {
		host, port = h, n
	}
	host = strings.Trim(host, "[]")
	for name, into := range map[string]*string{"instanceName": &instance, "portNumber": &port, "port": &port, "serverName": &host, "server": &host} {
		if v := p.Take(name); v != "" && *into == "" {
			*into = v
		}
	}
	if host == "" {
		host = "localhost"
	}
	if port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return s, fmt.Errorf("connection.url: %q is no port", port)
		}
		instance = "" // the port says which one
		s.host = net.JoinHostPort(host, port)
		return s, nil
	}
	s.host = host
	if strings.Contains(host, ":") {
		s.host = "[" + host + "]"
	}
	s.instance = instance
	return s, nil
}

// settings maps parameters to those of the driver.
func settings(p *dialect.Params, q url.Values, jtds bool) error {
	for java, name := range map[string]string{
		"database": msdsn.Database, "databaseName": msdsn.Database, "hostNameInCertificate": msdsn.HostNameInCertificate, "serverCertificate": msdsn.ServerCertificate,
		"applicationName": msdsn.AppName, "appName": msdsn.AppName, "workstationID": msdsn.WorkstationID, "wsid": msdsn.WorkstationID, "applicationIntent": msdsn.ApplicationIntent,
		"multiSubnetFailover": msdsn.MultiSubnetFailover, "failoverPartner": msdsn.FailoverPartner, "packetSize": msdsn.PacketSize, "serverSpn": msdsn.ServerSpn,
	} {
		if v := p.Take(java); v != "" {
			q.Set(name, v)
		}
	}
	if q.Get(msdsn.AppName) == "" {
		q.Set(msdsn.AppName, "moldau")
	}
	wait := p.Take("loginTimeout")
	if wait == "" || wait == "0" {
		wait = "30"
	}
	if n, err := strconv.ParseUint(wait, 10, 16); err != nil {
		return fmt.Errorf("loginTimeout=%s is no number of seconds", wait)
	} else {
		q.Set(msdsn.DialTimeout, strconv.FormatUint(n, 10))
	}
	if v := p.Take("columnEncryptionSetting"); v != "" && !strings.EqualFold(v, "Disabled") {
		return errors.New("columnEncryptionSetting: Always Encrypted is not supported; leave it out and use columns that are not encrypted")
	}
	// Microsoft's driver has encrypted since its version 10.2 unless told not to; jTDS does not.
	encrypt := strings.ToLower(p.Take("encrypt"))
	if jtds {
		encrypt = map[string]string{"request": "optional", "require": "true", "authenticate": "true"}[p.Take("ssl")]
		if encrypt == "true" && p.Take("ssl") == "require" {
			q.Set(msdsn.TrustServerCertificate, "true")
		}
		if encrypt == "" {
			encrypt = "disable"
		}
	}
	switch encrypt {
	case "", "true", "yes", "mandatory":
		encrypt = "true"
	case "false", "no", "optional":
		encrypt = "false"
	case "strict", "disable":
	default:
		return fmt.Errorf("encrypt=%s is not known: use true, false or strict", encrypt)
	}
	q.Set(msdsn.Encrypt, encrypt)
	if v := p.Take("trustServerCertificate"); v != "" {
		q.Set(msdsn.TrustServerCertificate, strconv.FormatBool(dialect.IsTrue(v)))
	}
	return nil
}

// login reads user and password, or a token: Confluent's dialect takes a password without a user for one.
func (c *configuration) login(t dialect.Target, p *dialect.Params) error {
	if v := p.Take("userName"); v != "" && p.Take("user") == "" {
		p.Set("user", v)
	}
	user, password := t.Login(p)
	token := p.Take("accessToken")
	scheme := p.Take("authenticationScheme")
	if dialect.IsTrue(p.Take("integratedSecurity")) && !strings.EqualFold(scheme, "NTLM") {
		return errors.New("integratedSecurity: Kerberos and the login of the operating system are not supported; give user and password, or authenticationScheme=NTLM")
	}
	switch mode := p.Take("authentication"); strings.ToLower(mode) {
	case "", "notspecified", "sqlpassword":
	default:
		return fmt.Errorf("authentication=%s is not supported: give user and password, or a token by accessToken", mode)
	}
	if user == "" && token == "" {
		token, password = password, ""
	}
	domain := p.Take("domain")
	if domain == "" {
		domain = p.Take("domainName")
	}
	if domain != "" && user != "" && !strings.Contains(user, `\`) {
		user = domain + `\` + user // which asks the driver for NTLM
	}
	c.driver.User, c.driver.Password, c.token = user, password, token
	return nil
}
