package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/moldau/moldau/connectors/jdbc"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/test/servers"
)

// starting is the test that the launchers of package servers want: a failure ends the program.
type starting struct {
	testing.TB
	dir string
}

func (starting) Helper()                  {}
func (starting) Cleanup(func())           {}
func (s starting) TempDir() string        { return s.dir }
func (starting) Context() context.Context { return context.Background() }

func (starting) Fatal(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	servers.Stop()
	os.Exit(1)
}

func (s starting) Fatalf(format string, args ...any) { s.Fatal(fmt.Sprintf(format, args...)) }
func (s starting) Skip(args ...any)                  { s.Fatal(args...) }
func (s starting) Skipf(format string, args ...any)  { s.Fatal(fmt.Sprintf(format, args...)) }

// database is the server of the runs.
type database struct {
	name    string
	props   map[string]string
	address string
	conn    dialect.Conn
	dir     string
	pid     int // of the server, 0 where it is not ours
}

func (o *options) openDatabase() (*database, error) {
	t := starting{dir: o.dir}
	var node *servers.DatabaseNode
	switch o.database {
	case "postgres":
		node = servers.PostgreSQL(t)
	case "mariadb":
		node = servers.MariaDB(t)
	default:
		return nil, fmt.Errorf("-database %s is not known: postgres or mariadb", o.database)
	}
	d := &database{name: o.database, props: node.Database(t), address: node.Address(), dir: o.dir, pid: node.PID()}
	u, err := dialect.ParseURL(d.props["connection.url"])
	if err != nil {
		return nil, err
	}
	kind, err := dialect.Find(jdbc.Dialects(), u, "")
	if err != nil {
		return nil, err
	}
	d.conn, err = kind.Open(context.Background(), dialect.Target{URL: u, User: d.props["connection.user"], Password: d.props["connection.password"]})
	return d, err
}

// exec runs statements one after the other.
func (d *database) exec(statements ...string) error {
	for _, sql := range statements {
		if _, err := d.conn.Exec(context.Background(), sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// one is the only value of a query.
func (d *database) one(sql string) (string, error) {
	rows, err := dialect.Read(context.Background(), d.conn, sql)
	if err != nil || len(rows) != 1 {
		return "", fmt.Errorf("%s: %d rows, %w", sql, len(rows), err)
	}
	return rows[0][0], nil
}

// load reads a file into a table with the database's own client.
func (d *database) load(table, file string) error {
	host, port, _ := strings.Cut(d.address, ":")
	url := d.props["connection.url"]
	name := url[strings.LastIndexByte(url, '/')+1:]
	user := d.props["connection.user"]
	cmd := exec.Command("psql", "-h", host, "-p", port, "-U", user, "-d", name, "-qX", "-v", "ON_ERROR_STOP=1", "-c", `\copy `+table+` from '`+file+`'`)
	if d.name == "mariadb" {
		cmd = exec.Command("mariadb", "--no-defaults", "--local-infile=1", "-h", host, "-P", port, "-u", user, "-ptest", name, "-e", "LOAD DATA LOCAL INFILE '"+file+"' INTO TABLE "+table)
	}
	cmd.Env = append(os.Environ(), "PGPASSWORD=test")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
