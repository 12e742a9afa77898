// Package jackson reads JSON request bodies the way Jackson does for Java Connect: in one pass, with its leniencies (numbers and booleans where
// text is asked for, the last of several equal keys) and with its messages, which clients of the REST API see.
package jackson
