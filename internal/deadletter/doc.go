// Package deadletter reads the dead letter queues of connectors and sends letters back: to the topic they came from, or through their
// connector once more. It says of every letter what failed, where it came from and whether it was redriven, and redrives none twice unless it
// is forced to.
//
// What was redriven is told by marks: records that Moldau appends to the dead letter topic itself, each in the partition of its letter. So
// marks need no topic and no rights of their own, live as long as their letters, and go with the topic. A redrive to a topic writes its records
// and their marks in one transaction. A redrive through a connector, which no transaction covers, marks its letters as begun before the
// connector gets the first of them, and as redriven or failed afterwards; letters for which the second mark is missing are uncertain, and left
// alone. All redrives of a topic use one transactional id, so that of two at the same time the first is fenced before it can send what the
// second has read as open.
package deadletter
