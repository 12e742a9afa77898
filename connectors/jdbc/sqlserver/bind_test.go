package sqlserver

import (
	"errors"
	"fmt"
	"io"
	"math"
	"testing"
	"time"

	"github.com/golang-sql/civil"
	mssql "github.com/microsoft/go-mssqldb"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/dialect/dialecttest"
)

func TestClassify(t *testing.T) {
	for number, want := range map[int32]dialect.Fault{18456: dialect.Login, 4060: dialect.Absent, 1205: dialect.Busy, 1222: dialect.Busy, 40613: dialect.Busy, 2601: dialect.Unique, 2627: dialect.Unique, 8152: dialect.Row,
		2628: dialect.Row, 515: dialect.Row, 245: dialect.Row, 8115: dialect.Row, 9420: dialect.Row, 50001: dialect.Row, 208: dialect.Changed, 207: dialect.Changed, 8672: dialect.Twice, 10054: dialect.Network, 102: dialect.Unknown} {
		if got := (Dialect{}).Classify(fmt.Errorf("x: %w", mssql.Error{Number: number})); got != want {
			t.Errorf("%d is %v, want %v", number, got, want)
		}
	}
	for _, c := range []struct {
		err  error
		want dialect.Fault
	}{
		{mssql.Error{Number: 547, Message: `The INSERT statement conflicted with the FOREIGN KEY constraint "f".`}, dialect.Parent},
		{mssql.Error{Number: 547, Message: `The INSERT statement conflicted with the CHECK constraint "c".`}, dialect.Row},
		{mssql.Error{Number: 18456, All: []mssql.Error{{Number: 4060}, {Number: 18456}}}, dialect.Absent},
		{mssql.Error{Number: 4711, Class: 21}, dialect.Network}, {mssql.StreamError{InnerError: io.EOF}, dialect.Network}, {io.ErrUnexpectedEOF, dialect.Network}, {errors.New("x"), dialect.Unknown},
	} {
		if got := (Dialect{}).Classify(c.err); got != c.want {
			t.Errorf("%v is %v, want %v", c.err, got, c.want)
		}
	}
}

func TestBind(t *testing.T) {
	text := func(s string) dialect.Arg { return dialect.ArgOf(data.String(s)) }
	stamp := dialect.ArgOf(data.TimestampMillis(dialecttest.Moment.UnixMilli()))
	prague := time.FixedZone("x", 3600)
	stamp.Time = dialecttest.Moment.In(prague)
	shown := time.Date(2024, 2, 29, 14, 14, 15, 123e6, time.UTC)
	for _, c := range []struct {
		arg    dialect.Arg
		column dialect.Column
		want   any // nil: refused
	}{
		{dialect.ArgOf(data.Bool(true)), dialect.Column{Type: "BIT", JDBC: dialect.Bit}, true},
		{dialect.ArgOf(data.Bool(true)), dialect.Column{Type: "INT", JDBC: dialect.Integer}, int64(1)},
		{dialect.ArgOf(data.Null), dialect.Column{Type: "VARBINARY", JDBC: dialect.Binary}, []byte(nil)},
		{dialect.ArgOf(data.Float64(math.NaN())), dialect.Column{Type: "FLOAT", JDBC: dialect.Double}, nil},
		{text("12"), dialect.Column{Type: "INT", JDBC: dialect.Integer}, "12"}, {text("twelve"), dialect.Column{Type: "INT", JDBC: dialect.Integer}, nil},
		{text("x"), dialect.Column{Type: "VARBINARY", JDBC: dialect.Binary}, nil}, {text("1,5"), dialect.Column{Type: "DECIMAL", JDBC: dialect.Decimal}, nil},
		{text("no"), dialect.Column{Type: "UNIQUEIDENTIFIER", JDBC: dialect.Varchar}, nil},
		{text("6F9619FF-8B86-D011-B42D-00C04FC964FF"), dialect.Column{Type: "UNIQUEIDENTIFIER", JDBC: dialect.Varchar}, "6F9619FF-8B86-D011-B42D-00C04FC964FF"},
		{dialect.ArgOf(data.BytesOf([]byte{1})), dialect.Column{Type: "INT", JDBC: dialect.Integer}, nil},
		{stamp, dialect.Column{Type: "DATETIMEOFFSET", JDBC: dialect.Timestamp}, mssql.DateTimeOffset(stamp.Time)}, {stamp, dialect.Column{Type: "DATETIME", JDBC: dialect.Timestamp}, mssql.DateTime1(shown)},
		{stamp, dialect.Column{Type: "DATETIME2", JDBC: dialect.Timestamp}, civil.DateTimeOf(shown)}, {stamp, dialect.Column{Type: "DATE", JDBC: dialect.Date}, civil.DateOf(shown)},
		{stamp, dialect.Column{Type: "TIME", JDBC: dialect.Time}, civil.TimeOf(shown)},
	} {
		got, err := Dialect{}.Bind(c.arg, &c.column)
		if c.want == nil && err == nil || c.want != nil && (err != nil || fmt.Sprintf("%T %v", got, got) != fmt.Sprintf("%T %v", c.want, c.want)) {
			t.Errorf("%s for %s is %T %v, %v; want %T %v", c.arg.Kind, c.column.Type, got, got, err, c.want, c.want)
		}
	}
}

func TestTimeArg(t *testing.T) {
	m := dialect.Moment{Millis: dialecttest.Moment.UnixMilli(), Nanos: dialecttest.Moment.Nanosecond(), Zone: time.FixedZone("x", -3600)}
	for name, want := range map[string]string{"DATETIME2": "civil.DateTime 2024-02-29T12:14:15.123000000", "DATETIME": "mssql.DateTime1", "DATETIMEOFFSET": "mssql.DateTimeOffset", "DATE": "civil.Date 2024-02-29"} {
		if got := fmt.Sprintf("%T %v", Dialect{}.TimeArg(m, &dialect.Column{Type: name}), Dialect{}.TimeArg(m, &dialect.Column{Type: name})); len(got) < len(want) || got[:len(want)] != want {
			t.Errorf("%s is compared with %s", name, got)
		}
	}
}

func TestCells(t *testing.T) {
	for _, c := range []struct {
		name string
		in   dialect.Cell
		want string
	}{
		{"DATETIME2", dialect.Cell{Value: dialecttest.Moment}, "2024-02-29 13:14:15.123"}, {"DATE", dialect.Cell{Value: dialecttest.Moment}, "2024-02-29"}, {"TIME", dialect.Cell{Value: dialecttest.Moment}, "13:14:15.123"},
		{"BIT", dialect.Cell{Value: true}, "1"}, {"NVARCHAR", dialect.Cell{Text: []byte("0123456789abcdef")}, "0123456789abcdef"},
		{"UNIQUEIDENTIFIER", dialect.Cell{Text: []byte{0xff, 0x19, 0x96, 0x6f, 0x86, 0x8b, 0x11, 0xd0, 0xb4, 0x2d, 0, 0xc0, 0x4f, 0xc9, 0x64, 0xff}}, "6F9619FF-8B86-D011-B42D-00C04FC964FF"},
	} {
		cell(&dialect.Result{Type: c.name}, &c.in)
		if got := c.in.String(); got != c.want {
			t.Errorf("%s is %s, want %s", c.name, got, c.want)
		}
	}
}
