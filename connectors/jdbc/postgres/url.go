package postgres

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// idle are parameters of pgjdbc that ask for what is done anyway, or for what only Java has.
var idle = map[string]string{
	"reWriteBatchedInserts": "", "prepareThreshold": "", "binaryTransfer": "", "binaryTransferEnable": "", "binaryTransferDisable": "",
	"defaultRowFetchSize": "rows are always streamed", "adaptiveFetch": "rows are always streamed", "preferQueryMode": "", "stringtype": "the server converts every text to the type of its column",
	"tcpKeepAlive": "it is always on", "tcpNoDelay": "", "preparedStatementCacheQueries": "", "preparedStatementCacheSizeMiB": "", "databaseMetadataCacheFields": "",
	"databaseMetadataCacheFieldsMiB": "", "autosave": "the sink sets savepoints of its own", "cleanupSavepoints": "", "disableColumnSanitiser": "", "assumeMinServerVersion": "",
	"loggerLevel": "logs are those of the worker", "loggerFile": "logs are those of the worker", "logUnclosedConnections": "", "sslfactoryarg": "certificates are files here",
	"sslpasswordcallback": "", "sslhostnameverifier": "use sslmode", "socketFactory": "", "jaasApplicationName": "", "jaasLogin": "", "gssEncMode": "", "allowEncodingChanges": "",
	"receiveBufferSize": "", "sendBufferSize": "", "maxResultBuffer": "rows are always streamed", "hostRecheckSeconds": "", "escapeSyntaxCallMode": "", "unknownLength": "",
	"socketTimeout": "a lost server is found by keep-alives of the network", "cancelSignalTimeout": "", "quoteReturningIdentifiers": "", "logServerErrorDetail": "",
}

// Check implements dialect.Dialect.
func (d Dialect) Check(t dialect.Target) ([]string, error) {
	_, notes, err := configure(t)
	return notes, err
}

// configure makes the client's configuration of a URL as pgjdbc reads it.
func configure(t dialect.Target) (*pgx.ConnConfig, []string, error) {
	s, err := dialect.ParseServer(t.URL.Rest)
	if err != nil {
		return nil, nil, err
	}
	p := &s.Params
	p.SetAll(t.Properties)
	user, password := t.Login(p)
	if len(s.Hosts) == 0 {
		s.Hosts = []string{"localhost"}
	}
	for i, h := range s.Hosts {
		s.Hosts[i] = dialect.WithPort(h, "5432")
	}
	if s.Database == "" {
		s.Database = user
	}
	q := url.Values{"application_name": {"moldau"}, "timezone": {"UTC"}, "datestyle": {"ISO"}, "intervalstyle": {"postgres"}, "extra_float_digits": {"3"}}
	if err := settings(p, q); err != nil {
		return nil, nil, err
	}
	// pgx reads PGPASSFILE, PGSERVICE and the like of the environment, which a connector's configuration must not depend on.
	q.Set("passfile", "/dev/null")
	u := url.URL{Scheme: "postgres", User: url.User(user), Host: strings.Join(s.Hosts, ","), Path: "/" + s.Database, RawQuery: strings.ReplaceAll(q.Encode(), "+", "%20")} // as libpq reads it
	c, err := pgx.ParseConfig(u.String())
	if err != nil {
		return nil, nil, fmt.Errorf("connection.url: %w", err)
	}
	c.Password = password
	if p.Take("prepareThreshold") == "0" { // as behind pgbouncer
		c.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
	if v := p.Take("preferQueryMode"); v == "simple" {
		c.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	}
	return c, p.Rest(idle), nil
}

// settings maps the parameters that mean something here to those of libpq, whose names pgx takes, and to settings of the session.
func settings(p *dialect.Params, q url.Values) error {
	mode := p.Take("sslmode")
	if mode == "" {
		mode = "prefer"
		// In pgjdbc an ssl without value, or true, asks for a certificate that is right.
		if ssl := p.Take("ssl"); ssl != "" && dialect.IsTrue(ssl) {
			mode = "verify-full"
		}
		if strings.HasSuffix(p.Take("sslfactory"), "NonValidatingFactory") && mode == "verify-full" {
			mode = "require"
		}
	} else {
		p.Take("ssl")
		p.Take("sslfactory")
	}
	q.Set("sslmode", mode)
	for java, libpq := range map[string]string{
		"sslrootcert": "sslrootcert", "sslcert": "sslcert", "sslkey": "sslkey", "sslpassword": "sslpassword", "sslnegotiation": "sslnegotiation",
		"channelBinding": "channel_binding", "ApplicationName": "application_name", "connectTimeout": "connect_timeout", "loginTimeout": "connect_timeout",
		"options": "options", "kerberosServerName": "krbsrvname",
	} {
		if v := p.Take(java); v != "" && !(libpq == "connect_timeout" && v == "0") {
			q.Set(libpq, v)
		}
	}
	if v := p.Take("currentSchema"); v != "" {
		q.Set("search_path", v)
	}
	if dialect.IsTrue(p.Take("readOnly")) {
		q.Set("default_transaction_read_only", "on")
	}
	if v := p.Take("targetServerType"); v != "" {
		session, ok := map[string]string{"any": "any", "primary": "primary", "master": "primary", "secondary": "standby", "slave": "standby",
			"preferSecondary": "prefer-standby", "preferSlave": "prefer-standby", "preferPrimary": "any"}[v]
		if !ok {
			return fmt.Errorf("targetServerType=%s is not known: use any, primary, secondary, preferPrimary or preferSecondary", v)
		}
		q.Set("target_session_attrs", session)
	}
	return nil
}
