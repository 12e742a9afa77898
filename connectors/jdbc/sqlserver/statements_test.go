package sqlserver

import (
	"strings"
	"testing"

	"github.com/sqlc-dev/teesql/parser"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/dialect/dialecttest"
)

// parses lets an independent parser of T-SQL judge a statement. It knows MERGE between two names only, without a hint: what stands for
// these here is judged as the source of a SELECT.
func parses(t *testing.T, sql string) {
	t.Helper()
	if merge, rest, ok := strings.Cut(sql, " USING "); ok && strings.HasPrefix(merge, "MERGE") {
		source, on, ok := strings.Cut(rest, " ON target.")
		if !ok {
			t.Fatalf("%s has no condition", sql)
		}
		parses(t, "SELECT * FROM "+source)
		parses(t, "SELECT * FROM "+strings.TrimPrefix(strings.TrimSuffix(merge, " AS target"), "MERGE INTO "))
		sql = strings.Replace(merge, " WITH (HOLDLOCK)", "", 1) + " USING [x] AS incoming ON target." + on
	}
	if _, err := parser.Parse(t.Context(), strings.NewReader(sql)); err != nil {
		t.Errorf("%s\nis no T-SQL: %v", sql, err)
	}
}

func TestParserRefuses(t *testing.T) {
	for _, sql := range []string{"MERGE INTO [t USING", "INSERT INTO [t] ([a] VALUES (@p1)", "SELECT TOP (0) FROM", "MERGE INTO [t] AS target USING (VALUES (@p1) AS incoming"} {
		if _, err := parser.Parse(t.Context(), strings.NewReader(sql)); err == nil {
			t.Errorf("the parser takes %q, so that what it takes says nothing", sql)
		}
	}
}

func write(op dialect.Op) *dialect.Write {
	w := &dialect.Write{Op: op, Table: "[dbo].[o]]rders]", Keys: 2, Holdlock: true}
	for _, c := range []dialect.Column{{Name: "id", Type: "BIGINT", JDBC: dialect.BigInt}, {Name: "k 2", Type: "NVARCHAR", JDBC: dialect.Varchar},
		{Name: "price", Type: "MONEY", JDBC: dialect.Decimal}, {Name: "select", Type: "VARCHAR", JDBC: dialect.Varchar}} {
		if op == dialect.Delete && len(w.Columns) == w.Keys {
			break
		}
		w.Columns = append(w.Columns, c)
		w.Quoted = append(w.Quoted, Dialect{}.Quote(c.Name))
	}
	return w
}

func TestStatements(t *testing.T) {
	onKeys := " ON target.[id]=incoming.[id] AND target.[k 2]=incoming.[k 2]"
	for op, want := range map[dialect.Op]string{
		dialect.Insert: "INSERT INTO [dbo].[o]]rders] ([id],[k 2],[price],[select]) VALUES (@p1,@p2,CAST(@p3 AS decimal(19,4)),@p4),(@p5,@p6,CAST(@p7 AS decimal(19,4)),@p8)",
		dialect.Upsert: "MERGE INTO [dbo].[o]]rders] WITH (HOLDLOCK) AS target USING (VALUES (@p1,@p2,CAST(@p3 AS decimal(19,4)),@p4),(@p5,@p6,CAST(@p7 AS decimal(19,4)),@p8)) " +
			"AS incoming ([id],[k 2],[price],[select])" + onKeys + " WHEN MATCHED THEN UPDATE SET [price]=incoming.[price],[select]=incoming.[select] " +
			"WHEN NOT MATCHED THEN INSERT ([id],[k 2],[price],[select]) VALUES (incoming.[id],incoming.[k 2],incoming.[price],incoming.[select]);",
		dialect.Update: "UPDATE target SET [price]=incoming.[price],[select]=incoming.[select] FROM [dbo].[o]]rders] AS target JOIN " +
			"(VALUES (CAST(@p1 AS decimal(19,4)),@p2,@p3,@p4),(CAST(@p5 AS decimal(19,4)),@p6,@p7,@p8)) AS incoming ([price],[select],[id],[k 2])" + onKeys,
		dialect.Delete: "DELETE target FROM [dbo].[o]]rders] AS target JOIN (VALUES (@p1,@p2),(@p3,@p4)) AS incoming ([id],[k 2])" + onKeys,
	} {
		got := Dialect{}.Statement(write(op), 2)
		if got != want {
			t.Errorf("%s:\n%s\nwant\n%s", op, got, want)
		}
		parses(t, got)
		parses(t, fromStage(write(op), "#moldau_1"))
		parses(t, stage(write(op), "#moldau_1"))
	}
	keysOnly := write(dialect.Upsert)
	keysOnly.Columns, keysOnly.Quoted, keysOnly.Holdlock = keysOnly.Columns[:2], keysOnly.Quoted[:2], false
	if got := (Dialect{}).Statement(keysOnly, 1); strings.Contains(got, "WHEN MATCHED") || strings.Contains(got, "HOLDLOCK") {
		t.Errorf("%s", got)
	} else {
		parses(t, got)
	}
	if got := fromStage(write(dialect.Upsert), "#m"); !strings.Contains(got, "USING (SELECT [id],[k 2],CAST([price] AS decimal(19,4)) AS [price],[select] FROM #m) AS incoming ON") {
		t.Errorf("%s", got)
	}
}

func TestOtherStatements(t *testing.T) {
	d := Dialect{}
	for _, mode := range []string{"READ_UNCOMMITED", "READ_COMMITED", "REPEATABLE_READ", "SERIALIZABLE", "SQL_SERVER_SNAPSHOT"} {
		sql, err := d.BeginRead(mode)
		if err != nil || sql == "" {
			t.Errorf("%s: %q %v", mode, sql, err)
		}
		parses(t, sql)
	}
	if _, err := d.BeginRead("CHAOS"); err == nil {
		t.Error("CHAOS is taken")
	}
	set, back, release := d.Savepoint()
	if release != "" {
		t.Errorf("release %q", release)
	}
	for _, sql := range []string{set, back, d.BeginWrite(), d.Now(), d.OffsetTable("[dbo].[it's]"), d.columnsOf(""), d.columnsOf("sh]op"), d.baseOf("sh]op"), d.AddColumns("[t]", []string{"[a] int NULL", "[b] varchar(max) NULL"})[0]} {
		parses(t, sql)
	}
	if got, want := d.OffsetTable("[it's]"), "IF OBJECT_ID(N'[it''s]', N'U') IS NULL CREATE TABLE [it's] (connector nvarchar(255)"; !strings.HasPrefix(got, want) {
		t.Errorf("%s", got)
	}
	for columns, want := range map[int]int{1: 1000, 2: 1000, 3: 699, 21: 99, 3000: 1} {
		if got := d.MostRows(dialect.Update, columns); got != want {
			t.Errorf("%d columns: %d rows, want %d", columns, got, want)
		}
	}
}

// TestTypes makes a table with a column and a default of every type.
func TestTypes(t *testing.T) {
	want := []string{"[bool] bit DEFAULT 1", "[int8] tinyint DEFAULT 8", "[int16] smallint DEFAULT -16", "[int32] int DEFAULT 32", "[int64] bigint DEFAULT -64", "[float32] real DEFAULT 5e-01",
		"[float64] float DEFAULT 2.5e+00", "[text] varchar(max) DEFAULT N'it''s'", "[bytes] varbinary(max) DEFAULT 0x01fe", "[decimal] decimal(38,2) DEFAULT N'123.45'", "[date] date DEFAULT '2024-02-29'",
		"[time] time DEFAULT '13:14:15.000'", "[timestamp] datetime2 DEFAULT '2024-02-29T13:14:15.123'"}
	for i, f := range dialecttest.Fields() {
		got := dialecttest.Column(t, Dialect{}, f)
		if got != want[i] {
			t.Errorf("%s\nwant\n%s", got, want[i])
		}
		parses(t, "CREATE TABLE [t] ("+got+")")
	}
	if got := dialecttest.Key(t, Dialect{}); got != "varchar(900)" {
		t.Errorf("texts in keys are %s", got)
	}
	stamp, err := Dialect{}.TypeFor(dialect.NewColumn{Name: "s", Schema: data.Int64Schema, Timestamp: true})
	if err != nil || stamp != "datetime2" {
		t.Errorf("%s %v", stamp, err)
	}
}
