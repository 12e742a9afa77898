//go:build unix

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/moldau/moldau/internal/devbroker"
	"github.com/moldau/moldau/test/servers"
)

// largeValue is the size of a value, in bytes.
const largeValue = 100_000_000

// mostTimes is how many values memory may hold: that of the driver, that of the batch, what the converter makes of it and what the client sends, of a source
// and of a sink, and as much again between two garbage collections.
const mostTimes = 12

// TestJDBCLargeValues sends a text and bytes of 100 MB each from a table through a topic to a table, with the limits of clients and topic that Java needs too.
// Memory stays within a few times the value.
func TestJDBCLargeValues(t *testing.T) {
	for _, kind := range []struct {
		name, text, bytes, someText, someBytes string
		database                               func(t *testing.T) map[string]string
	}{
		{"sqlite", "TEXT", "BLOB", "replace(hex(zeroblob(%d / 2)), '00', 'az')", "randomblob(%d)", func(t *testing.T) map[string]string {
			return map[string]string{"connection.url": "jdbc:sqlite:" + t.TempDir() + "/test.db?journal_mode=wal&busy_timeout=60000"}
		}},
		{"postgres", "TEXT", "BYTEA", "repeat('0123456789', %d / 10)", "decode(repeat('00ff5c0a0d', %d / 5), 'hex')", func(t *testing.T) map[string]string {
			return servers.PostgreSQL(t).Database(t)
		}},
		{"mariadb", "LONGTEXT", "LONGBLOB", "REPEAT('0123456789', %d / 10)", "UNHEX(REPEAT('00ff5c0a0d', %d / 5))", func(t *testing.T) map[string]string {
			return servers.MariaDB(t).Database(t)
		}},
	} {
		t.Run(kind.name, func(t *testing.T) {
			largeValues(t, look(t, kind.database(t)), kind.text, kind.bytes, kind.someText, kind.someBytes)
		})
	}
}

func largeValues(t *testing.T, db *database, text, bytes, someText, someBytes string) {
	b, err := devbroker.Start(context.Background(), devbroker.Config{InMemory: true, MaxRequestBytes: 2 * largeValue})
	if err != nil {
		t.Fatal(err)
	}
	brokers.Store(t, b)
	t.Cleanup(func() {
		brokers.Delete(t)
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	if db.d.Name() == "MySqlDatabaseDialect" {
		db.exec(t, "SET GLOBAL max_allowed_packet = 1073741824")
		t.Cleanup(func() { _, _ = db.Exec(context.Background(), "SET GLOBAL max_allowed_packet = 16777216") }) // the server ends with the tests
		db = look(t, db.props)
	}
	limit := strconv.Itoa(2 * largeValue)
	if _, err := kadm.NewClient(kafkaClient(t, b.Addr())).CreateTopic(t.Context(), 1, 1, map[string]*string{"max.message.bytes": &limit}, "from_big"); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"big", "copied"} {
		db.exec(t, "CREATE TABLE "+table+" (id INTEGER NOT NULL PRIMARY KEY, words "+text+", raw "+bytes+")")
	}
	db.exec(t, fmt.Sprintf("INSERT INTO big VALUES (1, "+someText+", NULL)", largeValue), fmt.Sprintf("INSERT INTO big VALUES (2, NULL, "+someBytes+")", largeValue),
		"INSERT INTO big VALUES (3, 'small', NULL)")
	dir := t.TempDir()
	p := moldau(t, dir, "standalone", worker(t, dir, "value.converter=io.confluent.connect.avro.AvroConverter", "value.converter.schema.registry.url="+oneSchema(t), "producer.max.request.size="+limit, "producer.buffer.memory="+limit,
		"consumer.max.partition.fetch.bytes="+limit, "consumer.fetch.max.bytes="+limit),
		properties(t, dir, "source", db.config("JdbcSourceConnector", "mode", "incrementing", "incrementing.column.name", "id", "table.whitelist", "big", "topic.prefix", "from_", "poll.interval.ms", "100")),
		properties(t, dir, "sink", db.config("JdbcSinkConnector", "topics", "from_big", "table.name.format", "copied", "insert.mode", "upsert", "pk.mode", "record_value", "pk.fields", "id")))
	rest := p.rest()
	p.awaitLong("all rows", func() error {
		for _, name := range []string{"source", "sink"} {
			if s, err := rest.status(name); err == nil {
				for _, task := range s.Tasks {
					if task.State == "FAILED" {
						t.Fatalf("the %s failed: %s", name, task.Trace)
					}
				}
			}
		}
		if n := db.number(t, "SELECT count(*) FROM copied"); n < 3 {
			return fmt.Errorf("%d rows", n)
		}
		return nil
	})
	if n := db.number(t, "SELECT count(*) FROM big b JOIN copied c ON b.id = c.id WHERE (b.words = c.words OR b.words IS NULL AND c.words IS NULL) AND (b.raw = c.raw OR b.raw IS NULL AND c.raw IS NULL)"); n != 3 {
		t.Errorf("%d of 3 rows are the same", n)
	}
	if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Cmd.Process.Pid)); err == nil {
		_, peak, _ := strings.Cut(string(status), "VmHWM:")
		kB, err := strconv.Atoi(strings.Fields(peak)[0])
		t.Logf("peak memory %d MB, %.1f times a value", kB/1024, float64(kB)*1024/largeValue)
		if err != nil || kB > mostTimes*largeValue/1024 {
			t.Errorf("%d kB of memory, %v", kB, err)
		}
	}
}

// oneSchema starts a schema registry that keeps what it is given as schema 1.
func oneSchema(t *testing.T) string {
	t.Helper()
	var mu sync.Mutex
	var schema string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPost {
			var given struct{ Schema string }
			if err := json.NewDecoder(r.Body).Decode(&given); err != nil {
				t.Error(err)
			}
			schema = given.Schema
			fmt.Fprint(w, `{"id":1}`)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"schema": schema}) // the client may be gone
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestJDBCValueAboveLimit reads a row that is larger than max.request.size: the task fails, and its error says which row it is and what to set.
func TestJDBCValueAboveLimit(t *testing.T) {
	t.Parallel()
	db := look(t, map[string]string{"connection.url": "jdbc:sqlite:" + t.TempDir() + "/test.db?journal_mode=wal"})
	db.exec(t, "CREATE TABLE big (id INTEGER NOT NULL PRIMARY KEY, words TEXT)", "INSERT INTO big VALUES (1, 'small')", "INSERT INTO big VALUES (2, hex(zeroblob(1000000)))")
	dir := t.TempDir()
	p := moldau(t, dir, "standalone", worker(t, dir, "value.converter=org.apache.kafka.connect.json.JsonConverter"),
		properties(t, dir, "source", db.config("JdbcSourceConnector", "mode", "incrementing", "incrementing.column.name", "id", "table.whitelist", "big", "topic.prefix", "from_")))
	trace := p.rest().failed("source")
	for _, want := range []string{"RecordTooLargeException", "max.request.size", "from_big", "table=big", "incrementing=2"} {
		if !strings.Contains(trace, want) {
			t.Errorf("the error does not name %q: %s", want, trace)
		}
	}
}
