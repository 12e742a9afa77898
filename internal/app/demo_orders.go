package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	ordersTopic  = "shop-order_events"
	ordersSource = "demo-orders"
	reportSink   = "demo-report"
	jdbcSource   = "io.confluent.connect.jdbc.JdbcSourceConnector"
	jdbcSink     = "io.confluent.connect.jdbc.JdbcSinkConnector"
)

// orderBook is the database leg of the demo: a table of what happens to orders, which the JDBC source reads into a topic, and a report with one
// row for each order, which the JDBC sink keeps up to date. Both are SQLite files. The engine is that of the connectors, which register it
// with database/sql, so that a build without them has no such leg and no engine.
type orderBook struct {
	events, report string // files
	rate           int    // events a second
	db             *sql.DB
	rng            *rand.Rand
	open           []order // those that something can still happen to
	last           int64   // number of the last order
}

// order is an order as its last event has it.
type order struct {
	number                   int64
	customer, email, product string
	quantity, cents          int
	state                    string
}

var (
	customers = [][2]string{{"Ann Novak", "ann@example.org"}, {"Bob Berg", "bob@example.org"}, {"Carla Costa", "carla@example.org"}, {"Dan Dvorak", "dan@example.org"}}
	products  = []string{"map of the river", "ferry ticket", "rowing boat", "life jacket", "tea"}
	// follows says what an order becomes; a state that is not in it is the last.
	follows = map[string][]string{"new": {"paid", "paid", "paid", "cancelled"}, "paid": {"shipped"}}
)

// mostOpen bounds the orders that are kept in memory; what is older stays as it is.
const mostOpen = 1000

// openOrderBook makes the table of events, or goes on with it.
func openOrderBook(folder string, rate int) (_ *orderBook, err error) {
	b := &orderBook{events: filepath.Join(folder, "orders.db"), report: filepath.Join(folder, "report.db"), rate: rate}
	if b.db, err = sql.Open("sqlite", sqliteName(b.events)+"?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=busy_timeout(60000)"); err != nil {
		return nil, err
	}
	b.db.SetMaxOpenConns(1)
	if err = b.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("demo orders %s: %w", b.events, err), b.db.Close())
	}
	b.rng = rand.New(rand.NewPCG(uint64(b.last), 11))
	return b, nil
}

func sqliteName(path string) string { return "file:" + (&url.URL{Path: path}).EscapedPath() }

func (b *orderBook) load() error {
	if _, err := b.db.Exec(`CREATE TABLE IF NOT EXISTS order_events (id INTEGER PRIMARY KEY AUTOINCREMENT, order_no INTEGER NOT NULL, customer TEXT NOT NULL,
		email TEXT NOT NULL, product TEXT NOT NULL, quantity INTEGER NOT NULL, cents INTEGER NOT NULL, state TEXT NOT NULL, at TIMESTAMP NOT NULL)`); err != nil {
		return err
	}
	if err := b.db.QueryRow(`SELECT coalesce(max(order_no), 0) FROM order_events`).Scan(&b.last); err != nil {
		return err
	}
	rows, err := b.db.Query(`SELECT order_no, customer, email, product, quantity, cents, state FROM order_events
		WHERE id IN (SELECT max(id) FROM order_events WHERE order_no > ? GROUP BY order_no)`, b.last-mostOpen)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var o order
		if err := rows.Scan(&o.number, &o.customer, &o.email, &o.product, &o.quantity, &o.cents, &o.state); err != nil {
			return err
		}
		if follows[o.state] != nil {
			b.open = append(b.open, o)
		}
	}
	return rows.Err()
}

// connectors are the configurations of the leg.
func (b *orderBook) connectors() map[string]map[string]string {
	const text = "org.apache.kafka.connect.transforms."
	return map[string]map[string]string{
		ordersSource: {
			"connector.class":                jdbcSource,
			"tasks.max":                      "1",
			"connection.url":                 "jdbc:sqlite:" + b.events + "?journal_mode=wal&busy_timeout=60000",
			"mode":                           "incrementing",
			"incrementing.column.name":       "id",
			"table.whitelist":                "order_events",
			"topic.prefix":                   "shop-",
			"poll.interval.ms":               "500",
			"value.converter":                "org.apache.kafka.connect.json.JsonConverter",
			"value.converter.schemas.enable": "true",
		},
		reportSink: {
			"connector.class":                jdbcSink,
			"tasks.max":                      "1",
			"topics":                         ordersTopic,
			"connection.url":                 "jdbc:sqlite:" + b.report + "?journal_mode=wal&busy_timeout=60000",
			"table.name.format":              "report",
			"insert.mode":                    "upsert",
			"pk.mode":                        "record_value",
			"pk.fields":                      "order_no",
			"auto.create":                    "true",
			"value.converter":                "org.apache.kafka.connect.json.JsonConverter",
			"value.converter.schemas.enable": "true",
			"transforms":                     "names,time,mask",
			"transforms.names.type":          text + "ReplaceField$Value",
			"transforms.names.renames":       "id:last_event,at:changed",
			"transforms.time.type":           text + "TimestampConverter$Value",
			"transforms.time.field":          "changed",
			"transforms.time.target.type":    "string",
			"transforms.time.format":         "yyyy-MM-dd HH:mm:ss",
			"transforms.mask.type":           text + "MaskField$Value",
			"transforms.mask.fields":         "email",
			"transforms.mask.replacement":    "(hidden)",
		},
	}
}

// run lets things happen to orders until ctx ends.
func (b *orderBook) run(ctx context.Context) error {
	defer b.db.Close()
	const ticksPerSecond = 4
	tick := time.NewTicker(time.Second / ticksPerSecond)
	defer tick.Stop()
	for due := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			due += b.rate
			if err := b.happen(ctx, due/ticksPerSecond, now); err != nil && ctx.Err() == nil {
				return fmt.Errorf("demo orders %s: %w", b.events, err)
			}
			due %= ticksPerSecond
		}
	}
}

// happen writes n events in one transaction.
func (b *orderBook) happen(ctx context.Context, n int, now time.Time) error {
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for range n {
		o := b.event()
		if _, err := tx.ExecContext(ctx, `INSERT INTO order_events (order_no, customer, email, product, quantity, cents, state, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			o.number, o.customer, o.email, o.product, o.quantity, o.cents, o.state, now.UnixMilli()); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

// event is a new order, or the next state of one that is open.
func (b *orderBook) event() order {
	if len(b.open) == 0 || len(b.open) < mostOpen && b.rng.IntN(5) < 2 {
		customer := customers[b.rng.IntN(len(customers))]
		b.last++
		o := order{b.last, customer[0], customer[1], products[b.rng.IntN(len(products))], 1 + b.rng.IntN(4), 100 + b.rng.IntN(9900), "new"}
		b.open = append(b.open, o)
		return o
	}
	i := b.rng.IntN(len(b.open))
	next := follows[b.open[i].state]
	b.open[i].state = next[b.rng.IntN(len(next))]
	o := b.open[i]
	if follows[o.state] == nil {
		b.open = slices.Delete(b.open, i, i+1)
	}
	return o
}

// counts says how much there is on both sides, for people.
func (b *orderBook) counts(ctx context.Context) (string, error) {
	var events int64
	if err := b.db.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM order_events`).Scan(&events); err != nil {
		return "", err
	}
	states, err := b.states(ctx)
	return fmt.Sprintf("  orders %d events  report %s", events, states), err
}

// states counts the orders of the report by state.
func (b *orderBook) states(ctx context.Context) (_ string, err error) {
	if _, err := os.Stat(b.report); errors.Is(err, os.ErrNotExist) {
		return "none yet", nil
	}
	db, err := sql.Open("sqlite", sqliteName(b.report)+"?mode=ro&_pragma=busy_timeout(1000)")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var there bool
	if err := db.QueryRowContext(ctx, `SELECT count(*) > 0 FROM sqlite_master WHERE name = 'report'`).Scan(&there); err != nil || !there {
		return "none yet", err
	}
	rows, err := db.QueryContext(ctx, `SELECT state, count(*) FROM report GROUP BY state ORDER BY state`)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var state string
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return "", err
		}
		list = append(list, fmt.Sprintf("%d %s", n, state))
	}
	return strings.Join(list, ", "), rows.Err()
}
