package workerconfig

import (
	"github.com/moldau/moldau/connect/config"
)

// groupKeys are the keys of membership in the Connect group and of the client that keeps it.
func groupKeys() []config.Key {
	return []config.Key{
		{Name: "group.id", Default: config.NoDefault, Importance: config.High,
			Doc: "Name of the Connect cluster this worker joins; it must differ from every consumer group."},
		{Name: "session.timeout.ms", Type: config.Int, Default: 10000, Importance: config.High,
			Doc: "Milliseconds without a heartbeat after which the group takes this worker for dead; the brokers bound it."},
		{Name: "rebalance.timeout.ms", Type: config.Int, Default: 60000, Importance: config.High,
			Doc: "Milliseconds that workers have to finish their tasks and join once a rebalance begins."},
		{Name: "heartbeat.interval.ms", Type: config.Int, Default: 3000, Importance: config.High,
			Doc: "Milliseconds between two heartbeats, at most a third of session.timeout.ms."},
		{Name: "exactly.once.source.support", Default: "disabled", Validator: config.CaseInsensitiveValidString("disabled", "enabled", "preparing"), Importance: config.High,
			Doc: "Whether sources may write exactly once. Switch a running cluster on in two rolling restarts, first to preparing and then to enabled."},
		{Name: "metadata.max.age.ms", Type: config.Long, Default: 300000, Validator: config.AtLeast(0),
			Doc: "Milliseconds after which topic and broker metadata is read again even without any sign of change."},
		{Name: "client.id", Default: "",
			Doc: "Name sent to brokers with requests, for their logs and quotas."},
		{Name: "send.buffer.bytes", Type: config.Int, Default: 131072, Validator: config.AtLeast(-1), Importance: config.Medium,
			Doc: "Bytes of the TCP send buffer, -1 for that of the system."},
		{Name: "receive.buffer.bytes", Type: config.Int, Default: 32768, Validator: config.AtLeast(-1), Importance: config.Medium,
			Doc: "Bytes of the TCP receive buffer, -1 for that of the system."},
		{Name: "reconnect.backoff.ms", Type: config.Long, Default: 50, Validator: config.AtLeast(0),
			Doc: "Milliseconds before a broker that was lost is connected again; doubles with each failure."},
		{Name: "reconnect.backoff.max.ms", Type: config.Long, Default: 1000, Validator: config.AtLeast(0),
			Doc: "Greatest number of milliseconds that reconnect.backoff.ms grows to."},
		{Name: "socket.connection.setup.timeout.ms", Type: config.Long, Default: 10000, Validator: config.AtLeast(0),
			Doc: "Milliseconds to wait for a connection to a broker; doubles with each failure."},
		{Name: "socket.connection.setup.timeout.max.ms", Type: config.Long, Default: 30000, Validator: config.AtLeast(0),
			Doc: "Greatest number of milliseconds that socket.connection.setup.timeout.ms grows to."},
		{Name: "retry.backoff.ms", Type: config.Long, Default: 100, Validator: config.AtLeast(0),
			Doc: "Milliseconds before a failed request is sent again; doubles with each failure."},
		{Name: "retry.backoff.max.ms", Type: config.Long, Default: 1000, Validator: config.AtLeast(0),
			Doc: "Greatest number of milliseconds that retry.backoff.ms grows to."},
		{Name: "request.timeout.ms", Type: config.Int, Default: 40000, Validator: config.AtLeast(0), Importance: config.Medium,
			Doc: "Milliseconds to wait for the answer to a request before it is sent again or fails."},
		{Name: "connections.max.idle.ms", Type: config.Long, Default: 540000, Importance: config.Medium,
			Doc: "Milliseconds after which an unused connection is closed."},
		{Name: "security.protocol", Default: "PLAINTEXT", Validator: config.CaseInsensitiveValidString("SASL_SSL", "PLAINTEXT", "SSL", "SASL_PLAINTEXT"), Importance: config.Medium,
			Doc: "Protocol towards the brokers."},
	}
}
