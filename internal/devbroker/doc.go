// Package devbroker is the embedded broker of `moldau dev` and of fast tests: one Kafka node inside this process, over the pinned
// upstream module kfake, behind a guard that closes what would lose data or crash the process.
//
// Every client connection passes the guard (listener.go, conn.go). It checks frames before kfake sees them, and lets the filters of
// filter.go rewrite a few administrative requests and their answers. Nothing of kfake is patched.
//
// What bare kfake does and what happens here (numbers as in the project's study of kfake):
//
//	B1   compact topics get time retention      retention.ms and retention.bytes of -1 are added to them, and the broker's own
//	                                            retention (retention.go) never looks at a topic that is only compacted
//	B2   compaction is not crash-safe           the cleaner never runs: compacted topics grow, every read of them sees all versions
//	B3   compaction ignores open transactions   the cleaner never runs
//	B4   topic configs are not validated        keys and values are checked as Kafka checks them: INVALID_CONFIG with Kafka's text
//	B5   an unknown API key crashes the process such a frame closes its connection
//	B6   any frame length is allocated          frames above Config.MaxRequestBytes close their connection
//	B7   no cleaning after a restart            own ticker, from the start
//	B8   broker-wide retention is not enforced  own ticker, from the start
//	B9   one goroutine serves everything        LIMIT: fine for a laptop, not for a cluster
//	B10  compaction moves the log start         the cleaner never runs
//	B11  LogAppendTime of a topic is ignored    LIMIT: the timestamp of the producer is kept, whatever message.timestamp.type says
//	B12  null keys on compacted topics accepted LIMIT, except with Config.RefuseNullKeys (for tests): it costs a decode per batch
//	B13  quotas are stored, not enforced        LIMIT
//	B14  no initial rebalance delay             LIMIT: members that start together make several generations of their group
//	B15  replication is decoration              LIMIT: one node, replication factor 1, no min.insync.replicas to fail
//	B16  listens on and advertises 127.0.0.1    Config.Addr and Config.Advertised
//	B17  kfake's go.mod names an older client   this module requires kgo 1.22.2 or newer itself
//	B18  odd defaults                           one partition, a random cluster id, all topic configs described
//	B19  Java cannot create or describe topics  answers carry partitions, replication factor and configs with their sources, and no null lists
//
// Found while building this package, and closed here too: topics created automatically were not written to disk until some other
// topic was (create.go); a topic emptied by retention or DeleteRecords began again at offset 0 after a restart (emptylog.go); one
// record with an old timestamp made time retention delete every newer record before it (retention.go works by whole segments, as
// Kafka does); sequence windows of an earlier clean stop were believed after a kill -9, and then none, so that batches on their way
// came twice or out of order (broker.go removes them, windows.go makes them anew); topic names,
// partition counts and replication factors were not checked (names.go); one failing accept ended the listener (listener.go);
// clients could start the unsafe cleaner through broker configs (brokerconfig.go); after a crash in an open transaction, whatever the
// same transactional id committed later was hidden from readers of committed records (recover.go); Java's consumer-groups tool listed
// no group (groups.go); a member of a group that died while it joined stayed in it until the rebalance timeout of the others, one whose
// session ended while it waited for others to join was dropped without an answer, and after one that ended while it waited for its leader's assignment the
// group waited until that timeout for a member it did not have (joins.go); and a producer whose topics were deleted crashed the process (filter.go).
//
// Transactions are those of Kafka: exactly-once sources run on it, also through a kill -9, after which an open transaction counts as aborted. Not as
// in Kafka: nobody asks for rights on transactional ids, and there is one coordinator, which is never elsewhere.
//
// Further LIMITS: data survives kill -9 of the process but not a power failure, because nothing is synced to the disk per batch;
// DeleteRecords into the middle of a segment is forgotten by a
// kill -9; a start reads every segment, so it takes about 1.5 s and 0.6 GB of memory per GB of data; OAUTHBEARER, GSSAPI and
// delegation tokens are absent; a kill -9 between the markers of a commit and the consumer offsets in it loses those offsets.
package devbroker

// Banner is the sentence that whoever starts an embedded broker shows to the user.
const Banner = "Embedded broker: for development only. A single node; acknowledged records survive a crash of this process but not a power failure. " +
	"For production run Moldau against Apache Kafka or another Kafka cluster."
