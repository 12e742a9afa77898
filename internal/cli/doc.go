// Package cli is the client commands of moldau: each talks to the REST API of a running worker, prints tables for people or JSON for programs,
// and asks nothing.
package cli
