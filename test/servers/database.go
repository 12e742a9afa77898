package servers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// DatabaseNode is a running database server.
type DatabaseNode struct {
	protocol string // of jdbc: URLs
	port     int
	user     string
	proc     *process
	given    string // the variable that names a server which this package did not start
	// Start starts the server again after Kill, with its data.
	start func(t testing.TB) *process
	admin func(t testing.TB, sql string)
	count atomic.Int64
}

var (
	postgresNode shared[DatabaseNode]
	mariadbNode  shared[DatabaseNode]
	mysqlNode    shared[DatabaseNode]
)

// Database makes a database of its own for a test, and returns the connection keys of the JDBC connectors for it.
func (d *DatabaseNode) Database(t testing.TB) map[string]string {
	t.Helper()
	name := fmt.Sprintf("test_%d", d.count.Add(1))
	if d.given != "" { // it outlives this test binary
		name = fmt.Sprintf("test_%d_%d", os.Getpid(), d.count.Add(1))
		t.Cleanup(func() { d.drop(t, name) })
	}
	d.admin(t, "CREATE DATABASE "+name)
	return map[string]string{"connection.url": "jdbc:" + d.protocol + "://" + d.Address() + "/" + name, "connection.user": d.user, "connection.password": "test"}
}

// Address is host and port.
func (d *DatabaseNode) Address() string { return "127.0.0.1:" + strconv.Itoa(d.port) }

// PID is the number of the server's process, 0 where this package did not start it.
func (d *DatabaseNode) PID() int {
	if d.proc == nil {
		return 0
	}
	return d.proc.Cmd.Process.Pid
}

// Admin runs a statement with all rights.
func (d *DatabaseNode) Admin(t testing.TB, sql string) {
	t.Helper()
	d.admin(t, sql)
}

// Restart kills the server at once and starts it again with its data.
func (d *DatabaseNode) Restart(t testing.TB) {
	t.Helper()
	if d.given != "" {
		d.restartGiven(t)
		return
	}
	d.proc.end(os.Kill)
	d.proc = d.start(t)
}

// PostgreSQL is the test binary's PostgreSQL server: that of MOLDAU_TEST_POSTGRES, or one that starts now.
func PostgreSQL(t testing.TB) *DatabaseNode {
	t.Helper()
	Need(t)
	return postgresNode.get(func() *DatabaseNode {
		if d := given(t, "MOLDAU_TEST_POSTGRES", "postgresql"); d != nil {
			return d
		}
		return startPostgreSQL(t)
	})
}

// MariaDB is the test binary's MariaDB server: that of MOLDAU_TEST_MARIADB, or one that starts now.
func MariaDB(t testing.TB) *DatabaseNode {
	t.Helper()
	Need(t)
	return mariadbNode.get(func() *DatabaseNode {
		if d := given(t, "MOLDAU_TEST_MARIADB", "mariadb"); d != nil {
			return d
		}
		return startMariaDB(t)
	})
}

// MySQL is the MySQL server of MOLDAU_TEST_MYSQL, nil where that is not set: none is started, since Debian's stable releases have none.
func MySQL(t testing.TB) *DatabaseNode {
	t.Helper()
	if os.Getenv("MOLDAU_TEST_MYSQL") == "" || !Enabled() {
		return nil
	}
	return mysqlNode.get(func() *DatabaseNode { return given(t, "MOLDAU_TEST_MYSQL", "mysql") })
}

// postgresProgram finds a program where Debian keeps those of the server.
func postgresProgram(t testing.TB, name string) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) > 0 {
		return found[len(found)-1]
	}
	return needProgram(t, name, "get it with apt-get install postgresql")
}

func startPostgreSQL(t testing.TB) *DatabaseNode {
	t.Helper()
	initdb, server, psql := postgresProgram(t, "initdb"), postgresProgram(t, "postgres"), postgresProgram(t, "psql")
	dir := asNobody(t, "postgres")
	folder := filepath.Join(dir, "data")
	passwords := filepath.Join(dir, "password")
	if err := os.WriteFile(passwords, []byte("test\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, unprivileged(exec.Command(initdb, "-D", folder, "-U", "test", "-A", "scram-sha-256", "--pwfile", passwords, "-E", "UTF8", "--locale=C.UTF-8", "-N"), dir))
	d := &DatabaseNode{protocol: "postgresql", port: freePorts(t, 1)[0], user: "test"}
	d.admin = func(t testing.TB, sql string) {
		cmd := exec.Command(psql, "-h", "127.0.0.1", "-p", strconv.Itoa(d.port), "-U", "test", "-d", "postgres", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", sql)
		cmd.Env = append(os.Environ(), "PGPASSWORD=test")
		run(t, cmd)
	}
	d.start = func(t testing.TB) *process {
		return startDatabase(t, d, dir, func() *exec.Cmd {
			return unprivileged(exec.Command(server, "-D", folder, "-p", strconv.Itoa(d.port), "-c", "listen_addresses=127.0.0.1", "-k", dir,
				"-c", "fsync=off", "-c", "shared_buffers=32MB", "-c", "max_connections=60"), dir)
		}, func() error {
			cmd := exec.Command(psql, "-h", "127.0.0.1", "-p", strconv.Itoa(d.port), "-U", "test", "-d", "postgres", "-c", "select 1")
			cmd.Env = append(os.Environ(), "PGPASSWORD=test")
			return cmd.Run()
		})
	}
	d.proc = d.start(t)
	return d
}

func startMariaDB(t testing.TB) *DatabaseNode {
	t.Helper()
	const get = "get it with apt-get install mariadb-server"
	install, client := needProgram(t, "mariadb-install-db", get), needProgram(t, "mariadb", get)
	server, err := exec.LookPath("mariadbd")
	if err != nil {
		server = needProgram(t, "/usr/sbin/mariadbd", get)
	}
	dir := asNobody(t, "mariadb")
	folder := filepath.Join(dir, "data")
	run(t, unprivileged(exec.Command(install, "--no-defaults", "--datadir="+folder, "--auth-root-authentication-method=normal", "--skip-test-db"), dir))
	socket := filepath.Join(dir, "s")
	d := &DatabaseNode{protocol: "mariadb", port: freePorts(t, 1)[0], user: "test"}
	d.admin = func(t testing.TB, sql string) {
		run(t, exec.Command(client, "--no-defaults", "--socket="+socket, "-uroot", "-e", sql))
	}
	d.start = func(t testing.TB) *process {
		return startDatabase(t, d, dir, func() *exec.Cmd {
			return unprivileged(exec.Command(server, "--no-defaults", "--datadir="+folder, "--bind-address=127.0.0.1", "--port="+strconv.Itoa(d.port), "--socket="+socket,
				"--tmpdir="+dir, // another server that starts removes the temporary tables of /tmp
				"--pid-file="+filepath.Join(dir, "pid"), "--character-set-server=utf8mb4", "--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=2", "--innodb-lock-wait-timeout=3"), dir)
		}, func() error {
			return exec.Command(client, "--no-defaults", "--socket="+socket, "-uroot", "-e", "select 1").Run()
		})
	}
	d.proc = d.start(t)
	d.admin(t, "CREATE USER test@'%' IDENTIFIED BY 'test'; GRANT ALL ON *.* TO test@'%' WITH GRANT OPTION; CREATE USER test@localhost IDENTIFIED BY 'test'; GRANT ALL ON *.* TO test@localhost WITH GRANT OPTION")
	return d
}

func startDatabase(t testing.TB, d *DatabaseNode, dir string, command func() *exec.Cmd, ready func() error) *process {
	t.Helper()
	const tries = 10
	for try := 1; ; try++ {
		p, err := spawn(command(), filepath.Join(dir, "out.log"))
		if err != nil {
			t.Fatal(err)
		}
		err = p.await(d.protocol, 120*time.Second, func() error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			c, err := new(net.Dialer).DialContext(ctx, "tcp", d.Address())
			if err != nil {
				return err
			}
			return errors.Join(c.Close(), ready())
		})
		if err == nil {
			return p
		}
		p.end(os.Kill)
		if try == tries { // a killed server leaves children for some moments, which the next one does not start beside
			t.Fatal(err)
		}
		time.Sleep(time.Second)
	}
}

// nobody is the user for servers that refuse to run as root.
const nobody = 65534

// asNobody makes a directory that the unprivileged user of a server owns. It is not below the other servers' work, whose path only root may walk.
func asNobody(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join(work(t), name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chown(dir, nobody, nobody)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// unprivileged makes a command of root one of nobody.
func unprivileged(cmd *exec.Cmd, dir string) *exec.Cmd {
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir)
	if os.Getuid() == 0 {
		dropRights(cmd)
	}
	return cmd
}

func run(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
}
