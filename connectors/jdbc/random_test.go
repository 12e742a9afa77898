package jdbc_test

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// randomColumn is a column of random values. shown is how the database is asked for it, where its own text hides a difference.
type randomColumn struct {
	ddl   string
	value func(r *rand.Rand) string
	shown string
}

// letters of all lengths in UTF-8, and those that some text format gives a meaning.
var signs = []rune("aZ09 \t\n\r\b\\'\"`,;{}()[]%$_-\u0001\u007f\u0085äßčЖ€漢\ufeff\ufffd😀𝄞")

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func randomText(most int) func(r *rand.Rand) string {
	return func(r *rand.Rand) string {
		n := r.IntN(most + 1)
		text := make([]rune, n)
		for i := range text {
			text[i] = signs[r.IntN(len(signs))]
		}
		return quoted(string(text))
	}
}

// latin are texts that a character set of one byte has.
func latin(r *rand.Rand) string { return quoted([]string{"", "a", "ä ß", "€", "ÿÿ"}[r.IntN(5)]) }

func randomBytes(least, most int) func(r *rand.Rand) string {
	return func(r *rand.Rand) string {
		b := make([]byte, least+r.IntN(most-least+1))
		for i := range b {
			b[i] = byte(r.Uint32()) * byte(r.IntN(2))
		}
		return hex.EncodeToString(b)
	}
}

func surrounded(before string, f func(r *rand.Rand) string, after string) func(r *rand.Rand) string {
	return func(r *rand.Rand) string { return before + f(r) + after }
}

// integers are between two limits, which come often.
func integers(least, most int64) func(r *rand.Rand) string {
	return func(r *rand.Rand) string {
		n := []int64{least, most, max(least, 0), least + int64(r.Uint64N(uint64(most)-uint64(least)))}[r.IntN(4)]
		if n == math.MinInt64 {
			return "(-9223372036854775807 - 1)"
		}
		return strconv.FormatInt(n, 10)
	}
}

func decimals(digits, scale int) func(r *rand.Rand) string {
	return func(r *rand.Rand) string {
		var b strings.Builder
		n := r.IntN(digits + 1)
		for range n {
			b.WriteByte(byte('0' + r.IntN(10)))
		}
		text := strings.Repeat("0", max(0, scale+1-n)) + b.String()
		if scale > 0 {
			text = text[:len(text)-scale] + "." + text[len(text)-scale:]
		}
		return []string{"", "-"}[r.IntN(2)] + text
	}
}

func doubles(bits int) func(r *rand.Rand) string {
	return func(r *rand.Rand) string {
		for {
			f := math.Float64frombits(r.Uint64())
			if bits == 32 {
				f = float64(math.Float32frombits(r.Uint32()))
				if f != 0 && math.Abs(f) < 2e-38 { // MySQL has no denormal ones
					continue
				}
			}
			if !math.IsNaN(f) && !math.IsInf(f, 0) && math.Abs(f) > 1e-300 {
				return strconv.FormatFloat(f, 'e', -1, bits)
			}
		}
	}
}

func oneOf(texts ...string) func(r *rand.Rand) string {
	return func(r *rand.Rand) string { return texts[r.IntN(len(texts))] }
}

// moments are between two years, with so many digits of a second.
func moments(layout string, from, to int) func(r *rand.Rand) string {
	first, last := time.Date(from, 1, 2, 0, 0, 0, 0, time.UTC).Unix(), time.Date(to, 12, 30, 0, 0, 0, 0, time.UTC).Unix()
	return func(r *rand.Rand) string {
		t := time.Unix(first+r.Int64N(last-first), r.Int64N(1e9)).UTC()
		bc := ""
		if y := t.Year(); y <= 0 {
			t, bc = t.AddDate(1-2*y, 0, 0), " BC"
		}
		return quoted(t.Format(layout) + bc)
	}
}

const (
	onDay     = "2006-01-02"
	ofMillis  = "2006-01-02 15:04:05.000"
	ofMicros  = "2006-01-02 15:04:05.000000"
	clockOnly = "15:04:05.000"
)

var randomColumns = map[string][]randomColumn{
	"Postgre": {
		{"SMALLINT", integers(math.MinInt16, math.MaxInt16), ""}, {"INT", integers(math.MinInt32, math.MaxInt32), ""}, {"BIGINT", integers(math.MinInt64, math.MaxInt64), ""},
		{"REAL", surrounded("'", doubles(32), "'"), ""}, {"DOUBLE PRECISION", surrounded("'", doubles(64), "'"), ""}, {"NUMERIC(38,10)", decimals(38, 10), ""}, {"NUMERIC(900,0)", decimals(900, 0), ""},
		{"NUMERIC(18,18)", decimals(18, 18), ""}, {"NUMERIC(9,2)", decimals(9, 2), ""}, {"NUMERIC(4,-2)", decimals(6, 0), ""}, {"BOOLEAN", oneOf("true", "false"), ""}, {"TEXT", randomText(40), ""},
		{"VARCHAR(20)", randomText(20), ""}, {"CHAR(6)", randomText(6), ""}, {"BYTEA", surrounded(`'\x`, randomBytes(0, 40), `'`), ""}, {"DATE", moments(onDay, -4700, 9999), ""},
		{"TIME(3)", moments(clockOnly, 2000, 2001), ""}, {"TIMESTAMP(3)", moments(ofMillis, -4700, 9999), ""}, {"TIMESTAMPTZ(3)", moments(ofMillis, -4000, 9999), ""}, {"UUID", surrounded("'", randomBytes(16, 16), "'"), ""},
		{"JSON", oneOf(`'{"a" : [1,  null]}'`, `'"\u0041"'`, "'1e5'"), ""}, {"JSONB", oneOf(`'{"a": "\n\\"}'`, "'[]'", "'1.50'"), ""}, {"XML", oneOf("'<a>&lt;</a>'", "'<b/>'"), ""},
		{"BIT(1)", oneOf("B'1'", "B'0'"), ""}, {"BIT(8)", oneOf("B'10000001'", "B'01111111'"), ""}, {"BIT(12)", oneOf("B'100000000001'", "B'000000000000'"), ""}, {"MONEY", oneOf("'-1234567.89'", "'0.5'"), ""}, {"NAME", oneOf("'x'", "'ä'"), ""}, {"OID", integers(0, math.MaxUint32), ""},
		{"mood", oneOf("'sad'", "'very happy'"), ""}, {"positive", integers(1, math.MaxInt32), ""},
	},
	"MySql": {
		{"TINYINT", integers(-128, 127), ""}, {"TINYINT UNSIGNED", integers(0, 255), ""}, {"SMALLINT", integers(math.MinInt16, math.MaxInt16), ""}, {"SMALLINT UNSIGNED", integers(0, math.MaxUint16), ""},
		{"MEDIUMINT", integers(-1<<23, 1<<23-1), ""}, {"MEDIUMINT UNSIGNED", integers(0, 1<<24-1), ""}, {"INT", integers(math.MinInt32, math.MaxInt32), ""}, {"INT UNSIGNED", integers(0, math.MaxUint32), ""},
		{"BIGINT", integers(math.MinInt64, math.MaxInt64), ""}, {"BIGINT UNSIGNED", integers(0, math.MaxInt64), ""}, {"FLOAT", doubles(32), "CAST(%s AS DOUBLE)"}, {"DOUBLE", doubles(64), ""},
		{"DECIMAL(65,30)", decimals(65, 30), ""}, {"DECIMAL(65,0)", decimals(65, 0), ""}, {"DECIMAL(9,9)", decimals(9, 9), ""}, {"DECIMAL(10,2) UNSIGNED", oneOf("0", "99999999.99"), ""}, {"BOOLEAN", oneOf("true", "false"), ""},
		{"VARCHAR(40) CHARACTER SET utf8mb4", randomText(40), "HEX(%s)"}, {"VARCHAR(10) CHARACTER SET latin1", latin, "HEX(%s)"}, {"TEXT CHARACTER SET utf16", randomText(20), "HEX(%s)"}, {"CHAR(6) CHARACTER SET utf8mb4", oneOf("'a'", "'ä€😀'"), ""},
		{"BINARY(4)", surrounded("x'", randomBytes(0, 4), "'"), "HEX(%s)"}, {"VARBINARY(40)", surrounded("x'", randomBytes(0, 40), "'"), "HEX(%s)"}, {"LONGBLOB", surrounded("x'", randomBytes(0, 40), "'"), "HEX(%s)"},
		{"DATE", moments(onDay, 1000, 9999), ""}, {"TIME(3)", moments(clockOnly, 2000, 2001), ""}, {"DATETIME(3)", moments(ofMillis, 1000, 9999), ""}, {"TIMESTAMP(3) NULL", moments(ofMillis, 1971, 2037), ""}, {"YEAR", integers(1901, 2155), ""},
		{"ENUM('a','b c','ä,''x')", oneOf("'a'", "'b c'", "'ä,''x'"), ""}, {"SET('x','y','z')", oneOf("''", "'x'", "'x,y,z'"), ""}, {"JSON", oneOf(`'{"a": [1, null]}'`, "'3'"), ""}, {"BIT(1)", oneOf("b'1'", "b'0'"), "HEX(%s)"},
		{"BIT(8)", oneOf("b'10000001'", "b'01111111'", "b'110000'"), "HEX(%s)"}, {"BIT(20)", oneOf("b'10000001000000000000'", "b'1'", "b'11000000110001'"), "HEX(%s)"}, {"BIT(64)", oneOf("b'1'", "x'ffffffffffffffff'", "x'3130313031303130'"), "HEX(%s)"},
	},
	"Sqlite": {
		{"INTEGER", integers(math.MinInt64, math.MaxInt64), ""}, {"SMALLINT", integers(math.MinInt16, math.MaxInt16), ""}, {"TINYINT", integers(-128, 127), ""}, {"BOOLEAN", oneOf("1", "0"), ""}, {"REAL", doubles(64), "quote(%s)"},
		{"FLOAT", doubles(64), "quote(%s)"}, {"TEXT", randomText(40), "quote(%s)"}, {"VARCHAR(10)", randomText(10), "quote(%s)"}, {"BLOB", surrounded("x'", randomBytes(0, 40), "'"), "quote(%s)"},
		{"DATE", surrounded("", integers(-700000, 2900000), " * 86400000"), "quote(%s)"}, {"TIMESTAMP", integers(-62135596800000, 253402214400000), "quote(%s)"}, {"TIME", integers(0, 86399999), "quote(%s)"}, {"NUMERIC(10,2)", decimals(10, 2), "quote(%s)"},
		{"DECIMAL(9,0)", decimals(9, 0), "quote(%s)"},
	},
}

// TestRandomRows sends random rows of every type through a topic into a table of the same columns.
func TestRandomRows(t *testing.T) {
	seed := seedOf(t)
	eachDatabase(t, func(t *testing.T, db *database) {
		if db.is("Postgre") {
			db.exec(t, "CREATE TYPE mood AS ENUM ('sad', 'very happy')", "CREATE DOMAIN positive AS INT CHECK (value > 0)")
		}
		for kind, columns := range randomColumns {
			if db.is(kind) {
				sendRandom(t, db, columns, seed, "bulk", nil)
				sendRandom(t, db, columns, seed, "incrementing", nil)
			}
		}
	})
}

// seedOf is the seed of random rows, which a failure names.
func seedOf(t *testing.T) uint64 {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return seed
}

// randomRows is how many rows a table of random ones has.
const randomRows = 80

// sendRandom fills a table with random rows, sends them through a topic, and compares.
func sendRandom(t *testing.T, db *database, columns []randomColumn, seed uint64, mode string, sink []string, more ...string) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	from, to := createRandom(t, db, columns, r)
	read := append([]string{"mode", mode, "incrementing.column.name", "id", "table.whitelist", from, "batch.max.rows", "33"}, more...)
	rows := start(t, db.config(read...), connecttest.NewOffsets()).messages(randomRows)[:randomRows]
	w := write(t, to, false, db.config(append([]string{"insert.mode", "upsert", "pk.mode", "record_value", "pk.fields", "id"}, sink...)...))
	w.must(rows[:5]...) // few rows go another way
	w.must(rows...)
	compareTables(t, db, columns, from, to)
}

func createRandom(t *testing.T, db *database, columns []randomColumn, r *rand.Rand) (from, to string) {
	t.Helper()
	from, to = "random_source", "random_target"
	lines := []string{"~id~ INTEGER NOT NULL PRIMARY KEY"}
	for i, c := range columns {
		lines = append(lines, "~"+nameOf(i)+"~ "+c.ddl)
	}
	for _, table := range []string{from, to} {
		db.exec(t, "DROP TABLE IF EXISTS ~"+table+"~", "CREATE TABLE ~"+table+"~ ("+strings.Join(lines, ", ")+")")
	}
	if db.is("MySql") { // a backslash is one
		db.exec(t, "SET sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')")
	}
	for id := range randomRows {
		values := []string{strconv.Itoa(id)}
		for _, c := range columns {
			v := "NULL"
			if r.IntN(8) > 0 {
				v = c.value(r)
			}
			values = append(values, v)
		}
		sql := "INSERT INTO " + db.d.Quote(from) + " VALUES (" + strings.Join(values, ", ") + ")"
		if _, err := db.conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	return from, to
}

func nameOf(i int) string { return "c" + itoa(i) }

func itoa(i int) string { return strconv.Itoa(i) }

// compareTables compares two tables as the database itself shows them.
func compareTables(t *testing.T, db *database, columns []randomColumn, from, to string) {
	t.Helper()
	for i, c := range columns {
		shown := db.d.Quote(nameOf(i))
		if c.shown != "" {
			shown = fmt.Sprintf(c.shown, shown)
		}
		var got [2][][]string
		for k, table := range []string{from, to} {
			var err error
			// A null is not an empty text.
			if got[k], err = dialect.Read(t.Context(), db.conn, "SELECT "+db.d.Quote("id")+", CASE WHEN "+db.d.Quote(nameOf(i))+" IS NULL THEN 'null' ELSE 'value' END, "+shown+" FROM "+db.d.Quote(table)+" ORDER BY 1"); err != nil {
				t.Fatal(err)
			}
		}
		if len(got[0]) != len(got[1]) {
			t.Fatalf("%d rows became %d", len(got[0]), len(got[1]))
		}
		bad := 0
		for k := range got[0] {
			if fmt.Sprint(got[0][k]) != fmt.Sprint(got[1][k]) {
				if bad++; bad < 3 {
					t.Errorf("%s: %q became %q", c.ddl, got[0][k], got[1][k])
				}
			}
		}
	}
}
