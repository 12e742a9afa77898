// Package kafka turns the properties that people have for Java's producers, consumers and admin clients into clients of franz-go.
//
// Worker computes, on maps alone, which properties each client of a Connect worker has (layers.go, internal_topics.go).
// ParseConfig reads such properties with Java's rules and messages, by the table of all keys in keys_table.go. Environment builds
// clients from them: common options (common.go), producers, consumers and admin clients, TLS from PEM, JKS and PKCS12 stores
// (tls.go, stores.go), SASL with JAAS (sasl.go, jaas.go), and the connections below (dial.go). Admin asks a cluster and changes it.
//
// What Java runs as a class (interceptors, custom partitioners, callback handlers) is refused with the key's name; what only
// concerns a Java virtual machine is accepted and reported once. No error, notice or log line holds a password.
package kafka
