// Package boards holds the dashboards of the operations kit as data: rows of panels, each with its queries to Prometheus. ops/generate writes them as
// Grafana's JSON, ops/draw draws them from a Prometheus' answers, and a test asks every query of a Prometheus that scrapes real workers.
package boards
