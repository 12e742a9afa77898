package oracle

import (
	"database/sql/driver"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ora "github.com/sijms/go-ora/v2"
	"github.com/sijms/go-ora/v2/configurations"
	"github.com/sijms/go-ora/v2/network"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/dialect/dialecttest"
)

func target(t *testing.T, text string) dialect.Target {
	t.Helper()
	u, err := dialect.ParseURL(text)
	if err != nil {
		t.Fatal(err)
	}
	return dialect.Target{URL: u, Properties: map[string]string{}}
}

func TestURL(t *testing.T) {
	dir := t.TempDir()
	const described = "(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=h)(PORT=1522))(CONNECT_DATA=(SERVICE_NAME=shop)))"
	tns := "# names\nOTHER = (DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=x)(PORT=1))(CONNECT_DATA=(SID=y)))\nshop.world, Shop =\n  (DESCRIPTION =\n   (ADDRESS = (PROTOCOL = tcp)(HOST = h)(PORT = 1522)) # here\n   (CONNECT_DATA = (SERVICE_NAME = shop)))\n"
	if err := os.WriteFile(filepath.Join(dir, "tnsnames.ora"), []byte(tns), 0o600); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"jdbc:oracle:thin:@//h:1522/shop":                              "h:1522 shop  u p",
		"jdbc:oracle:thin:@h:1522/shop:dedicated/i1":                   "h:1522 shop  u p",
		"jdbc:oracle:thin:@h:1522:ORCL":                                "h:1522  ORCL u p",
		"jdbc:oracle:thin:@//h/shop":                                   "h:1521 shop  u p",
		"jdbc:oracle:thin:@//[::1]:1522/shop":                          "::1:1522 shop  u p",
		"jdbc:oracle:thin:@//h,g:1523/shop":                            "h:1521 g:1523 shop  u p",
		"jdbc:oracle:thin:@" + described:                               "h:1522 shop  u p",
		"jdbc:oracle:oci:@//h:1522/shop":                               "h:1522 shop  u p",
		"jdbc:oracle:thin:@SHOP?TNS_ADMIN=" + dir:                      "h:1522 shop  u p",
		"jdbc:oracle:thin:scott/ti@ger@//h:1522/shop":                  "h:1522 shop  u p",
		"jdbc:oracle:thin:@tcps://h:2484/shop?ssl_server_dn_match=off": "h:2484 shop  u p ssl",
	} {
		x := target(t, text)
		x.User, x.Password = "u", "p"
		name, notes, err := configure(x)
		if err != nil || len(notes) > 0 {
			t.Errorf("%s: %v %v", text, notes, err)
			continue
		}
		c, err := configurations.ParseConfig(name)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		for _, s := range c.Servers {
			got += fmt.Sprintf("%s:%d ", s.Addr, s.Port)
		}
		if got += c.ServiceName + " " + c.SID + " " + c.UserID + " " + c.DatabaseInfo.Password; c.SSL {
			got += " ssl"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	name, _, err := configure(target(t, "jdbc:oracle:thin:scott/ti@ger@//h:1522/shop"))
	if c, _ := configurations.ParseConfig(name); err != nil || c.UserID != "scott" || c.DatabaseInfo.Password != "ti@ger" {
		t.Errorf("login in the URL: %v", err)
	}
}

func TestURLRefused(t *testing.T) {
	for text, want := range map[string]string{
		"jdbc:oracle:@//h/shop":                         "as in jdbc:oracle:thin:",
		"jdbc:oracle:thin://h/shop":                     "behind @",
		"jdbc:oracle:thin:@ldap://h/cn":                 "cannot be found by ldap",
		"jdbc:oracle:thin:@SHOP":                        "TNS_ADMIN",
		"jdbc:oracle:thin:@SHOP?TNS_ADMIN=/nowhere":     "tnsnames.ora",
		"jdbc:oracle:thin:u/secret@//h:port/shop":       "HOST:PORT",
		"jdbc:oracle:thin:u/secret@//h:1521/":           "service or SID",
		"jdbc:oracle:thin:u/secret@(DESCRIPTION=(X=1))": "connection.url",
	} {
		if _, _, err := configure(target(t, text)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestProperties(t *testing.T) {
	x := target(t, "jdbc:oracle:thin:@//h/shop?oracle.jdbc.timezoneAsRegion=false&odd=1")
	x.Properties = map[string]string{"oracle.jdbc.ReadTimeout": "1500", "defaultRowPrefetch": "500", "internal_logon": "sysdba", "oracle.net.encryption_client": "REQUIRED", "javax.net.ssl.trustStore": "/x"}
	name, notes, err := configure(x)
	if err != nil {
		t.Fatal(err)
	}
	c, err := configurations.ParseConfig(name)
	if err != nil || c.Timeout != 2*time.Second || c.PrefetchRows != 500 || c.DBAPrivilege != configurations.SYSDBA || c.EncServiceLevel != 3 {
		t.Errorf("%+v %v", c, err)
	}
	if text := strings.Join(notes, "\n"); !strings.Contains(text, "odd of the connection has no effect: it is not known") || !strings.Contains(text, "give a wallet") || !strings.Contains(text, "time zone is UTC") {
		t.Errorf("notes %q", notes)
	}
}

func TestClassify(t *testing.T) {
	for code, want := range map[int]dialect.Fault{1: dialect.Unique, 60: dialect.Busy, 54: dialect.Busy, 1400: dialect.Row, 12899: dialect.Row, 1017: dialect.Login, 28000: dialect.Login, 12514: dialect.Absent, 3113: dialect.Network,
		3114: dialect.Network, 12541: dialect.Network, 2291: dialect.Parent, 2292: dialect.Row, 942: dialect.Changed, 904: dialect.Changed, 30926: dialect.Twice, 1861: dialect.Row, 20001: dialect.Row, 1033: dialect.Busy, 900: dialect.Unknown} {
		if got := (Dialect{}).Classify(fmt.Errorf("x: %w", &network.OracleError{ErrCode: code})); got != want {
			t.Errorf("ORA-%05d is %v, want %v", code, got, want)
		}
	}
	for _, err := range []error{io.EOF, driver.ErrBadConn, network.ErrConnReset} {
		if got := (Dialect{}).Classify(err); got != dialect.Network {
			t.Errorf("%v is %v", err, got)
		}
	}
}

func write(op dialect.Op) *dialect.Write {
	w := &dialect.Write{Op: op, Table: `"SHOP"."Orders"`, Keys: 2}
	for _, c := range []dialect.Column{{Name: "ID", Type: "NUMBER", JDBC: dialect.Numeric}, {Name: "k 2", Type: "VARCHAR2", JDBC: dialect.Varchar}, {Name: "AT", Type: timestamp, JDBC: dialect.Timestamp},
		{Name: "F", Type: "BINARY_DOUBLE", JDBC: dialect.Double}} {
		if op == dialect.Delete && len(w.Columns) == w.Keys {
			break
		}
		w.Columns, w.Quoted = append(w.Columns, c), append(w.Quoted, Dialect{}.Quote(c.Name))
	}
	return w
}

func TestStatements(t *testing.T) {
	const stamp = "TO_TIMESTAMP(:%d, 'SYYYY-MM-DD HH24:MI:SS.FF9')"
	for op, want := range map[dialect.Op]string{
		dialect.Insert: `INSERT INTO "SHOP"."Orders" ("ID","k 2","AT","F") VALUES (TO_NUMBER(:1),:2,` + fmt.Sprintf(stamp, 3) + `,TO_BINARY_DOUBLE(:4))`,
		dialect.Upsert: `MERGE INTO "SHOP"."Orders" target USING (SELECT TO_NUMBER(:1) AS "ID",:2 AS "k 2",` + fmt.Sprintf(stamp, 3) + ` AS "AT",TO_BINARY_DOUBLE(:4) AS "F" FROM dual) incoming ` +
			`ON (target."ID"=incoming."ID" AND target."k 2"=incoming."k 2") WHEN MATCHED THEN UPDATE SET target."AT"=incoming."AT",target."F"=incoming."F" ` +
			`WHEN NOT MATCHED THEN INSERT ("ID","k 2","AT","F") VALUES (incoming."ID",incoming."k 2",incoming."AT",incoming."F")`,
		dialect.Update: `UPDATE "SHOP"."Orders" SET "AT"=` + fmt.Sprintf(stamp, 1) + `,"F"=TO_BINARY_DOUBLE(:2) WHERE "ID"=TO_NUMBER(:3) AND "k 2"=:4`,
		dialect.Delete: `DELETE FROM "SHOP"."Orders" WHERE "ID"=TO_NUMBER(:1) AND "k 2"=:2`,
	} {
		if got := (Dialect{}).Statement(write(op), 1); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", op, got, want)
		}
	}
	keys := write(dialect.Upsert)
	keys.Columns, keys.Quoted = keys.Columns[:2], keys.Quoted[:2]
	if got := (Dialect{}).Statement(keys, 1); strings.Contains(got, "WHEN MATCHED") {
		t.Errorf("%s", got)
	}
}

func TestTypes(t *testing.T) {
	want := []string{`"bool" NUMBER(1,0) DEFAULT 1`, `"int8" NUMBER(3,0) DEFAULT 8`, `"int16" NUMBER(5,0) DEFAULT -16`, `"int32" NUMBER(10,0) DEFAULT 32`, `"int64" NUMBER(19,0) DEFAULT -64`, `"float32" BINARY_FLOAT DEFAULT 5e-01`,
		`"float64" BINARY_DOUBLE DEFAULT 2.5e+00`, `"text" VARCHAR2(4000) DEFAULT 'it''s'`, `"bytes" BLOB DEFAULT HEXTORAW('01fe')`, `"decimal" NUMBER(*,2) DEFAULT 123.45`, `"date" DATE DEFAULT DATE '2024-02-29'`,
		`"time" DATE DEFAULT TO_DATE('1970-01-01 13:14:15', 'YYYY-MM-DD HH24:MI:SS')`, `"timestamp" TIMESTAMP DEFAULT TIMESTAMP '2024-02-29 13:14:15.123'`}
	for i, f := range dialecttest.Fields() {
		if got := dialecttest.Column(t, Dialect{}, f); got != want[i] {
			t.Errorf("%s\nwant\n%s", got, want[i])
		}
	}
	nanos, err := Dialect{}.TypeFor(dialect.NewColumn{Name: "s", Schema: data.Int64Schema, Timestamp: true, Nanos: true})
	if err != nil || nanos != "TIMESTAMP(9)" {
		t.Errorf("%s %v", nanos, err)
	}
}

func TestColumns(t *testing.T) {
	for _, c := range []struct {
		in   dialect.Result
		want string
	}{
		{dialect.Result{Type: "NUMBER", Precision: 10, Scale: 2}, "NUMBER 10 2"}, {dialect.Result{Type: "NUMBER", Precision: 0, Scale: 129}, "NUMBER -1 -1"}, {dialect.Result{Type: "NUMBER", Precision: 5, Scale: 254}, "NUMBER 5 -2"},
		{dialect.Result{Type: "NUMBER", Precision: -1, Scale: -1}, "NUMBER -1 -1"}, {dialect.Result{Type: "FLOAT", Precision: 126, Scale: -1}, "FLOAT -1 -1"},
		{dialect.Result{Type: "TIMESTAMP(9) WITH TIME ZONE", Precision: -1, Scale: 9}, "TIMESTAMP WITH TIME ZONE -1 9"}, {dialect.Result{Type: "TIMESTAMPLTZ_DTY"}, "TIMESTAMP WITH LOCAL TIME ZONE 0 0"},
		{dialect.Result{Type: "OCICLOBLOCATOR"}, "CLOB 0 0"},
	} {
		got, ok := Dialect{}.ColumnOf(c.in)
		if text := fmt.Sprintf("%s %d %d", got.Type, got.Precision, got.Scale); text != c.want || !ok {
			t.Errorf("%+v is %s (%v), want %s", c.in, text, ok, c.want)
		}
	}
	for _, name := range []string{"ROWID", "INTERVALDS_DTY", "BFILE"} {
		if _, ok := (Dialect{}).ColumnOf(dialect.Result{Type: name}); ok {
			t.Errorf("%s is read", name)
		}
	}
}

func TestBind(t *testing.T) {
	stamp := dialect.ArgOf(data.TimestampMillis(dialecttest.Moment.UnixMilli()))
	stamp.Time = dialecttest.Moment.In(time.FixedZone("x", -5400))
	early := dialect.ArgOf(data.DateOf(time.Date(-43, 3, 15, 0, 0, 0, 0, time.UTC)))
	long := strings.Repeat("x", 4001)
	text := func(s string) dialect.Arg { return dialect.ArgOf(data.String(s)) }
	column := func(name string) *dialect.Column { return &dialect.Column{Type: name, JDBC: types[name]} }
	for _, c := range []struct {
		arg  dialect.Arg
		name string
		want any // nil: refused
	}{
		{stamp, "DATE", "2024-02-29 11:44:15"}, {stamp, timestamp, "2024-02-29 11:44:15.123000000"}, {stamp, withZone, "2024-02-29 11:44:15.123000000 -01:30"}, {early, "DATE", "-0044-03-15 00:00:00"},
		{dialect.ArgOf(data.Bool(true)), "NUMBER", int64(1)}, {dialect.ArgOf(data.Float64(1e300)), "BINARY_DOUBLE", "1E+300"}, {dialect.ArgOf(data.Float32(0.1)), "BINARY_FLOAT", "1E-01"},
		{dialect.ArgOf(data.Float64(math.Inf(-1))), "BINARY_DOUBLE", "-INF"}, {dialect.ArgOf(data.Float64(math.NaN())), "NUMBER", nil}, {dialect.ArgOf(data.SmallDecimal(-5, 3)), "NUMBER", "-0.005"},
		{text("2024-02-29T13:14:15Z"), "DATE", "2024-02-29 13:14:15"}, {text("soon"), timestamp, nil}, {text("x"), "BLOB", nil}, {text(long), "CLOB", ora.Clob{String: long, Valid: true}}, {text("é"), "NVARCHAR2", ora.NVarChar("é")},
		{text(long), "VARCHAR2", long}, {dialect.ArgOf(data.BytesOf(make([]byte, 2001))), "BLOB", ora.Blob{Data: make([]byte, 2001)}}, {dialect.ArgOf(data.BytesOf([]byte{7})), "RAW", []byte{7}},
	} {
		got, err := Dialect{}.Bind(c.arg, column(c.name))
		if c.want == nil && err == nil || c.want != nil && (err != nil || fmt.Sprintf("%T %v", got, got) != fmt.Sprintf("%T %v", c.want, c.want)) {
			t.Errorf("%s for %s is %T %.60v, %v", c.arg.Kind, c.name, got, got, err)
		}
	}
}

// TestArrays binds columns as arrays, the keys of an update last, and leaves LOBs to single statements.
func TestArrays(t *testing.T) {
	w := write(dialect.Update)
	w.Rows = 2
	w.Arg = func(row, column int) (dialect.Arg, error) {
		switch column {
		case 0:
			return dialect.ArgOf(data.Int64(int64(row))), nil
		case 2:
			return dialect.ArgOf(data.TimestampMillis(0)), nil
		case 3:
			return dialect.ArgOf(data.Null), nil
		}
		return dialect.ArgOf(data.String("k")), nil
	}
	all, err := Dialect{}.arrays(w)
	if want := "[[1970-01-01 00:00:00.000000000 1970-01-01 00:00:00.000000000] [<nil> <nil>] [0 1] [k k]]"; err != nil || fmt.Sprint(all) != want {
		t.Errorf("%v %v", all, err)
	}
	w.Columns[1] = dialect.Column{Name: "k 2", Type: "CLOB", JDBC: dialect.Varchar}
	before := w.Arg
	w.Arg = func(row, column int) (dialect.Arg, error) {
		if row == 1 && column == 1 {
			return dialect.ArgOf(data.String(strings.Repeat("x", 4001))), nil
		}
		return before(row, column)
	}
	if all, err = (Dialect{}).arrays(w); err != nil || all != nil {
		t.Errorf("a LOB: %v %v", all, err)
	}
}

// TestTimeArg writes points in time as the formats of the session read them: that of a local time zone has none in its text.
func TestTimeArg(t *testing.T) {
	m := dialect.Moment{Millis: dialecttest.Moment.UnixMilli(), Nanos: 123456789, Zone: time.FixedZone("x", -5400)}
	for name, want := range map[string]string{"DATE": "2024-02-29 11:44:15", timestamp: "2024-02-29 11:44:15.123456789", withZone: "2024-02-29 11:44:15.123456789 -01:30", withLocal: "2024-02-29 13:14:15.123456789"} {
		if got := (Dialect{}).TimeArg(m, &dialect.Column{Type: name, JDBC: types[name]}); got != want {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
}
