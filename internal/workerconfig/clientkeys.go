package workerconfig

import "strings"

// workerOnly are the keys of groupKeys that are no settings of a Kafka client.
const workerOnly = " group.id session.timeout.ms rebalance.timeout.ms heartbeat.interval.ms exactly.once.source.support "

// moreClientKeys are the settings of Kafka's admin client, producer and consumer that no worker declares. A worker passes what it is given at the
// top level on to its own clients.
const moreClientKeys = " " +
	"acks allow.auto.create.topics auto.commit.interval.ms auto.offset.reset batch.size bootstrap.controllers buffer.memory check.crcs " +
	"client.rack compression.gzip.level compression.lz4.level compression.type compression.zstd.level default.api.timeout.ms " +
	"delivery.timeout.ms enable.auto.commit enable.idempotence enable.metrics.push exclude.internal.topics fetch.max.bytes " +
	"fetch.max.wait.ms fetch.min.bytes group.instance.id group.protocol group.remote.assignor interceptor.classes isolation.level " +
	"key.deserializer key.serializer linger.ms max.block.ms max.in.flight.requests.per.connection max.partition.fetch.bytes " +
	"max.poll.interval.ms max.poll.records max.request.size metadata.max.idle.ms partition.assignment.strategy " +
	"partitioner.adaptive.partitioning.enable partitioner.availability.timeout.ms partitioner.class partitioner.ignore.keys retries " +
	"security.providers share.acknowledgement.mode share.acquire.mode transaction.timeout.ms transaction.two.phase.commit.enable " +
	"transactional.id value.deserializer value.serializer "

// isClientKey reports whether a worker's key is meant for its own Kafka clients.
func isClientKey(name string) bool {
	if strings.Contains(moreClientKeys, " "+name+" ") {
		return true
	}
	for _, k := range append(groupKeys(), saslKeys()...) {
		if k.Name == name {
			return !strings.Contains(workerOnly, " "+name+" ")
		}
	}
	return strings.HasPrefix(name, "metadata.recovery.")
}
