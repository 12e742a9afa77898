// Package e2e tests the built binary from outside: its commands, files, exit codes, logs and REST API, with Go alone installed and
// offline. Every test has a folder of its own and free ports; what it waits for it reads from the process's output, its REST API or
// its files, with a deadline.
package e2e
