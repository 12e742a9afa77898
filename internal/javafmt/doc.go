// Package javafmt gives Java's text forms in Go: numbers, hash codes and the order of hash maps, regular expressions, dates and properties
// files, as JDK 17 makes them, and the names of Java's exceptions. Recorded cases (test/vectors, folder text) pin them.
//
// Text is a Go string in UTF-8. Java's strings may hold unpaired surrogates; here these are the three bytes that UTF-8 would give them (WTF-8).
package javafmt
