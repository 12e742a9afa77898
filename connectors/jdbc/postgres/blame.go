package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Blame implements dialect.Blamer. Errors of values in statements name no column; those of COPY do, so the row is copied into its temporary table once.
func (d Dialect) Blame(ctx context.Context, c dialect.Conn, w *dialect.Write, err error) string {
	pg, ok := c.(*conn)
	var refusal *pgconn.PgError
	if !ok || !errors.As(err, &refusal) || !strings.HasPrefix(refusal.Code, "22") {
		return ""
	}
	if column := copied(refusal); column != "" {
		return column
	}
	if _, err := pg.Exec(ctx, "SAVEPOINT moldau_blame"); err != nil {
		return ""
	}
	failure := pg.stage(ctx, w, staging(w), strings.Join(w.Quoted, ","))
	if _, err := pg.Exec(ctx, "ROLLBACK TO SAVEPOINT moldau_blame; RELEASE SAVEPOINT moldau_blame"); err != nil {
		return "" // the next statement finds it too
	}
	if errors.As(failure, &refusal) {
		return copied(refusal)
	}
	return ""
}

// copied reads the column from the context of an error of COPY, as in
//
//	COPY orders, line 1, column total: "many"
func copied(err *pgconn.PgError) string {
	if !strings.HasPrefix(err.Where, "COPY ") {
		return ""
	}
	line, _, _ := strings.Cut(err.Where, "\n")
	_, rest, ok := strings.Cut(line, ", column ")
	if !ok {
		return ""
	}
	if name, _, ok := strings.Cut(rest, ": \""); ok {
		return name
	}
	return strings.TrimSuffix(rest, ": null input")
}

var _ dialect.Blamer = Dialect{}
