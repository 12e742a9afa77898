// Package ops tests the operations kit: the queries of dashboards and rules against a real Prometheus that scrapes real workers, the rules by
// promtool, and the runbooks, whose commands it runs against workers that it broke in the way that the page is about.
//
// What needs Prometheus, curl or jq runs with MOLDAU_INTEGRATION=1 only, as in package servers. MOLDAU_SESSIONS=write keeps what the commands of
// the runbooks printed in docs/runbooks/sessions, MOLDAU_PICTURES=write draws the dashboards in docs/pictures.
package ops
