package boards

import "strings"

// Board is a dashboard.
type Board struct {
	// UID names it in Grafana and is the name of its file.
	UID, Title, Help string
	// One says that it is about one connector, chosen in a variable, in place of all.
	One  bool
	Rows []Row
}

// Row is a headline and the panels below it.
type Row struct {
	Title  string
	Panels []Panel
}

// Kind is how a panel shows its queries.
type Kind string

// The kinds are Grafana's names of panels.
const (
	Number Kind = "stat"
	Lines  Kind = "timeseries"
	Table  Kind = "table"
)

// Panel is one picture of a board.
type Panel struct {
	Title, Help string
	Kind        Kind
	// Unit is Grafana's name of one: short, percentunit, s, bytes, Bps, ...
	Unit    string
	Queries []Query
	// Bad is the value from which on a number is shown in red, nil for none; Low says that it is bad below.
	Bad *float64
	Low bool
}

// Query is an expression of PromQL with the variables $job, $connector and $__rate_interval, and the legend of what it returns.
type Query struct{ Expr, Legend string }

// All are the dashboards of the kit.
func All() []Board { return []Board{executive(), onCall(), debug()} }

// Filled is the query with its variables replaced: job and connector are regular expressions, window is the length of a rate.
func (q Query) Filled(job, connector, window string) string {
	return strings.NewReplacer("$job", job, "$connector", connector, "$__rate_interval", window).Replace(q.Expr)
}

func number(title, unit string, bad *float64, help, expr string) Panel {
	return Panel{Title: title, Help: help, Kind: Number, Unit: unit, Bad: bad, Queries: []Query{{Expr: expr}}}
}

func lines(title, unit, help string, queries ...Query) Panel {
	return Panel{Title: title, Help: help, Kind: Lines, Unit: unit, Queries: queries}
}

func table(title, help, expr string) Panel {
	return Panel{Title: title, Help: help, Kind: Table, Unit: "short", Queries: []Query{{Expr: expr}}}
}

func below(p Panel) Panel {
	p.Low = true
	return p
}

func at(v float64) *float64 { return &v }

// quantile is a query for a quantile of a histogram, by labels.
func quantile(q, histogram, by, legend string) Query {
	return Query{"histogram_quantile(" + q + ", sum by (le" + by + ") (rate(" + histogram + "[$__rate_interval])))", legend}
}
