package servers

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"

	_ "github.com/go-sql-driver/mysql" // the driver of adminMySQL
	"github.com/jackc/pgx/v5"
)

// given is the database server that an environment variable names as host:port, nil where it is not set. The user test with the password
// test must have all rights there, in a database test. The variable with _RESTART behind it holds a command for the shell that kills the
// server and starts it again; tests that need it are skipped without.
func given(t testing.TB, variable, protocol string) *DatabaseNode {
	t.Helper()
	addr := os.Getenv(variable)
	if addr == "" {
		return nil
	}
	host, text, err := net.SplitHostPort(addr)
	port, bad := strconv.Atoi(text)
	if err = errors.Join(err, bad); err != nil || host != "127.0.0.1" {
		t.Fatalf("%s=%s: it must be 127.0.0.1:PORT (%v)", variable, addr, err)
	}
	run := adminMySQL
	if protocol == "postgresql" {
		run = adminPostgreSQL
	}
	return &DatabaseNode{protocol: protocol, port: port, user: "test", given: variable, admin: func(t testing.TB, statement string) {
		t.Helper()
		if err := run(addr, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}}
}

func adminMySQL(addr, statement string) error {
	db, err := sql.Open("mysql", "test:test@tcp("+addr+")/test?multiStatements=true")
	if err != nil {
		return err
	}
	_, err = db.Exec(statement)
	return errors.Join(err, db.Close())
}

func adminPostgreSQL(addr, statement string) error {
	ctx := context.Background() // also when the test is over
	c, err := pgx.Connect(ctx, "postgres://test:test@"+addr+"/test")
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, statement)
	return errors.Join(err, c.Close(ctx))
}

// drop removes a database of a server that goes on.
func (d *DatabaseNode) drop(t testing.TB, name string) {
	t.Helper()
	force := ""
	if d.protocol == "postgresql" {
		force = " WITH (FORCE)"
	}
	d.admin(t, "DROP DATABASE IF EXISTS "+name+force)
}

// restartGiven restarts a server that this package did not start.
func (d *DatabaseNode) restartGiven(t testing.TB) {
	t.Helper()
	command := os.Getenv(d.given + "_RESTART")
	if command == "" {
		t.Skipf("set %s_RESTART to a command that kills the server and starts it again", d.given)
	}
	run(t, exec.Command("sh", "-c", command))
}
