package mysql

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// idle are parameters of Connector/J and of MariaDB's driver that ask for what is done anyway, or for what only Java has.
var idle = map[string]string{
	"rewriteBatchedStatements": "", "useCursorFetch": "rows are always streamed", "defaultFetchSize": "rows are always streamed", "useUnicode": "", "characterEncoding": "texts are UTF-8",
	"serverTimezone": "the session's time zone is UTC, and db.timezone says that of columns without one", "connectionTimeZone": "the session's time zone is UTC",
	"forceConnectionTimeZoneToSession": "the session's time zone is UTC", "timezone": "the session's time zone is UTC", "useTimezone": "", "useLegacyDatetimeCode": "", "autoReconnect": "tasks reconnect by themselves",
	"allowPublicKeyRetrieval": "the server's key is asked for where there is no TLS", "tinyInt1isBit": "", "transformedBitIsBoolean": "", "yearIsDateType": "", "useServerPrepStmts": "",
	"cachePrepStmts": "", "prepStmtCacheSize": "", "prepStmtCacheSqlLimit": "", "tcpKeepAlive": "it is always on", "useInformationSchema": "", "nullCatalogMeansCurrent": "", "useBulkStmts": "",
	"zeroDateTimeBehavior": "zero dates are read as null", "maintainTimeStats": "", "useLocalSessionState": "", "elideSetAutoCommits": "", "cacheServerConfiguration": "", "cacheResultSetMetadata": "",
	"autoClosePStmtStreams": "", "useSSPSCompatibleTimezoneShift": "", "useCompression": "not compressed", "noAccessToProcedureBodies": "",
	"trustCertificateKeyStoreUrl": "give PEM files: serverSslCert, clientCertificate, clientKey", "trustCertificateKeyStorePassword": "", "trustCertificateKeyStoreType": "", "enabledTLSProtocols": "",
	"paranoid": "", "useAffectedRows": "", "failOverReadOnly": "", "maxReconnects": "", "initialTimeout": "", "useOldAliasMetadataBehavior": "", "permitMysqlScheme": "", "allowMultiQueries": "",
	"allowLoadLocalInfile": "", "allowLocalInfile": "",
}

// Check implements dialect.Dialect.
func (d Dialect) Check(t dialect.Target) ([]string, error) {
	_, notes, err := configure(t)
	return notes, err
}

// configure makes the driver's configuration of a URL as Connector/J and MariaDB's driver read it.
func configure(t dialect.Target) (*driver.Config, []string, error) {
	if !strings.HasPrefix(t.URL.Rest, "//") {
		return nil, nil, errors.New("connection.url: connections to several servers at a time (loadbalance, replication, sequential) are not supported: name one, as in jdbc:mysql://localhost:3306/shop")
	}
	s, err := dialect.ParseServer(t.URL.Rest)
	if err != nil {
		return nil, nil, fmt.Errorf("connection.url: %w", err)
	}
	p := &s.Params
	p.SetAll(t.Properties)
	c := driver.NewConfig()
	c.User, c.Passwd = t.Login(p)
	c.DBName, c.Net, c.Addr = s.Database, "tcp", "localhost:3306"
	switch {
	case len(s.Hosts) > 1:
		return nil, nil, errors.New("connection.url: only one server can be named")
	case len(s.Hosts) == 1:
		c.Addr = dialect.WithPort(s.Hosts[0], "3306")
	}
	if path := p.Take("localSocket"); path != "" {
		c.Net, c.Addr = "unix", path
	}
	c.Timeout = 30 * time.Second
	for name, into := range map[string]*time.Duration{"connectTimeout": &c.Timeout, "socketTimeout": &c.ReadTimeout} {
		if v := p.Take(name); v != "" {
			ms, err := strconv.ParseInt(v, 10, 64)
			if err != nil || ms < 0 {
				return nil, nil, fmt.Errorf("connection.url: %s=%s is no number of milliseconds", name, v)
			}
			*into = time.Duration(ms) * time.Millisecond
		}
	}
	c.WriteTimeout = c.ReadTimeout
	c.MaxAllowedPacket = 0 // the server says it
	c.Logger = &driver.NopLogger{}
	// Rows that an update finds count, changed or not.
	c.ClientFoundRows = true
	// Notes, which say what also an INSERT in strict mode lets pass, do not count as warnings.
	c.Params = map[string]string{"time_zone": "'+00:00'", "sql_notes": "0"}
	// As Java's drivers ask for: without it a server may cut texts and numbers silently.
	if v := p.Take("jdbcCompliantTruncation"); v == "" || dialect.IsTrue(v) {
		c.Params["sql_mode"] = "CONCAT(@@sql_mode,',STRICT_TRANS_TABLES')"
	}
	for assignment := range strings.SplitSeq(p.Take("sessionVariables"), ",") {
		if name, value, ok := strings.Cut(assignment, "="); ok {
			c.Params[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	if err := secure(p, c); err != nil {
		return nil, nil, fmt.Errorf("connection.url: %w", err)
	}
	return c, p.Rest(idle), nil
}

// secure reads sslMode, of which useSSL, requireSSL and verifyServerCertificate are the older form.
func secure(p *dialect.Params, c *driver.Config) error {
	mode := strings.ToUpper(strings.ReplaceAll(p.Take("sslMode"), "-", "_"))
	useSSL, require, verify := p.Take("useSSL"), p.Take("requireSSL"), p.Take("verifyServerCertificate")
	if mode == "" {
		switch {
		case useSSL != "" && !dialect.IsTrue(useSSL):
			mode = "DISABLED"
		case dialect.IsTrue(verify):
			mode = "VERIFY_CA"
		case dialect.IsTrue(require):
			mode = "REQUIRED"
		default:
			mode = "PREFERRED"
		}
	}
	ca := p.Take("serverSslCert")
	cert, key := p.Take("clientCertificate"), p.Take("clientKey")
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if host, _, err := net.SplitHostPort(c.Addr); err == nil {
		config.ServerName = host
	}
	if ca != "" {
		pem, err := os.ReadFile(strings.TrimPrefix(ca, "file:"))
		if err != nil {
			return fmt.Errorf("reading serverSslCert: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return errors.New("serverSslCert holds no PEM certificate")
		}
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(strings.TrimPrefix(cert, "file:"), strings.TrimPrefix(key, "file:"))
		if err != nil {
			return fmt.Errorf("reading clientCertificate and clientKey: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	switch mode {
	case "DISABLED", "DISABLE":
		return nil
	case "PREFERRED":
		c.AllowFallbackToPlaintext = true
		config.InsecureSkipVerify = true
	case "REQUIRED", "TRUST":
		config.InsecureSkipVerify = true
	case "VERIFY_CA":
		config.InsecureSkipVerify = true
		roots := config.RootCAs
		config.VerifyConnection = func(state tls.ConnectionState) error { return verifyChain(state, roots) }
	case "VERIFY_IDENTITY", "VERIFY_FULL":
	default:
		return fmt.Errorf("sslMode=%s is not known: use DISABLED, PREFERRED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY", mode)
	}
	c.TLS = config
	return nil
}

// verifyChain checks the server's certificate, but not its name.
func verifyChain(state tls.ConnectionState, roots *x509.CertPool) error {
	if len(state.PeerCertificates) == 0 {
		return errors.New("the server has no certificate")
	}
	options := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
	for _, c := range state.PeerCertificates[1:] {
		options.Intermediates.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(options)
	return err
}
