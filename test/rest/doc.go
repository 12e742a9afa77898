// Package rest replays recorded conversations with Java Kafka Connect 4.3.1 against Moldau, standalone and in groups, and compares every answer. The case files in testdata
// say what is sent and what Java answered, by profile (worker configuration); exceptions.json lists the steps where Moldau answers otherwise,
// with the reason, as docs/compatibility.md does for users.
//
// Texts of JSON parser errors, bodies of HTML error pages and headers that Java leaves out are not compared: no client can depend on them.
package rest
