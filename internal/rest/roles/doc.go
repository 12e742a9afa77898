// Package roles says who may do what with which connectors: a file names roles, which are rules of connector names and verbs, and who has them.
package roles
