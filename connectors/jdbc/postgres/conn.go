package postgres

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// readBuffer is how much is asked of the socket at once: a server that is ahead has filled it with rows, which pgx would take 8 kB at a time.
const readBuffer = 64 << 10

// Open implements dialect.Dialect.
func (d Dialect) Open(ctx context.Context, t dialect.Target) (dialect.Conn, error) {
	c, _, err := configure(t)
	if err != nil {
		return nil, err
	}
	c.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		return pgproto3.NewFrontend(bufio.NewReaderSize(r, readBuffer), w)
	}
	c.OnNotice = func(*pgconn.PgConn, *pgconn.Notice) {}
	pg, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	return &conn{pg: pg}, nil
}

type conn struct {
	pg    *pgx.Conn
	types map[uint32]userType // those that the database adds to PostgreSQL's own
	buf   []byte              // of COPY
	// staged are the temporary tables that are there.
	staged map[string]stagedState
	// tries are how upserts without detour went, by the same names.
	tries map[string]*tries
}

// userType is a row of pg_type.
type userType struct {
	name string
	kind byte   // typtype: e enum, d domain, c composite, b base, r range
	base uint32 // of a domain
	elem uint32 // of an array
}

// firstUserOID is FirstNormalObjectId: types before it are PostgreSQL's own.
const firstUserOID = 16384

func (c *conn) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	if len(args) == 0 { // several statements may stand in one text
		results, err := c.pg.PgConn().Exec(ctx, sql).ReadAll()
		c.ended(sql)
		if err != nil || len(results) == 0 {
			return 0, err
		}
		return results[len(results)-1].CommandTag.RowsAffected(), nil
	}
	tag, err := c.pg.Exec(ctx, sql, args...)
	return tag.RowsAffected(), err
}

func (c *conn) Query(ctx context.Context, sql string, args ...any) (dialect.Rows, error) {
	for {
		// A prepared SELECT * fails once the table has another column.
		mode := pgx.QueryExecModeDescribeExec
		if m := c.pg.Config().DefaultQueryExecMode; m == pgx.QueryExecModeExec || m == pgx.QueryExecModeSimpleProtocol {
			mode = m
		}
		r, err := c.pg.Query(ctx, sql, append([]any{mode, formats}, args...)...)
		if err != nil {
			return nil, err
		}
		out := &rows{r: r}
		known := true
		for _, f := range r.FieldDescriptions() {
			x := dialect.Result{Name: f.Name, OID: f.DataTypeOID, Precision: -1, Scale: -1}
			typmod := f.TypeModifier
			if f.DataTypeOID >= firstUserOID {
				if c.types == nil {
					known = false
					break
				}
				x.OID = c.resolve(f.DataTypeOID)
			}
			describe(&x, typmod)
			out.columns = append(out.columns, x)
			oid := uint32(0)
			if f.Format == pgx.BinaryFormatCode {
				oid = f.DataTypeOID
			}
			out.binary = append(out.binary, oid)
		}
		if known {
			if len(out.columns) == 0 { // pgx reports an error of the statement here only
				r.Close()
				if err := r.Err(); err != nil {
					return nil, err
				}
			}
			return out, nil
		}
		r.Close()
		if err := r.Err(); err != nil {
			return nil, err
		}
		if err := c.loadTypes(ctx); err != nil {
			return nil, err
		}
	}
}

func (c *conn) loadTypes(ctx context.Context) error {
	all, err := dialect.Read(ctx, c, fmt.Sprintf("SELECT oid::int8, typname::text, typtype::text, typbasetype::int8, CASE WHEN typcategory = 'A' THEN typelem::int8 ELSE 0 END "+
		"FROM pg_catalog.pg_type WHERE oid >= %d", firstUserOID))
	if err != nil {
		return fmt.Errorf("reading the types of the database: %w", err)
	}
	c.types = map[uint32]userType{}
	for _, row := range all {
		c.types[number(row[0])] = userType{name: row[1], kind: row[2][0], base: number(row[3]), elem: number(row[4])}
	}
	return nil
}

// resolve returns the OID of a type of PostgreSQL that stands for one of the user: the base of a domain, text for an enum, 0 where there is none.
func (c *conn) resolve(oid uint32) uint32 {
	for range 16 { // domains of domains
		if oid < firstUserOID {
			return oid
		}
		switch t := c.types[oid]; {
		case t.kind == 'e', t.name == "citext":
			return oidText
		case t.kind == 'd':
			oid = t.base
		case t.elem != 0 && c.resolve(t.elem) == oidText:
			return oidTextArray
		default:
			return 0
		}
	}
	return 0
}

func (c *conn) Alive() bool { return !c.pg.IsClosed() }

// closePatience bounds the farewell to a server that does not answer any more.
const closePatience = 5 * time.Second

func (c *conn) Close() error {
	if c.pg.IsClosed() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closePatience)
	defer cancel()
	return c.pg.Close(ctx)
}
