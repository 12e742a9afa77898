// Package compat runs Moldau and Java Connect in turns on the same files, offsets and consumer groups. It needs real servers (see
// test/servers) and is skipped without them.
package compat
