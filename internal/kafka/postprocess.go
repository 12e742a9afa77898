package kafka

import (
	"fmt"
	"strings"
)

// postProcess applies what Java's config classes and client constructors check across keys, in their order, with their texts.
func (c *Config) postProcess() error {
	if protocol := strings.ToUpper(c.text("security.protocol")); strings.HasPrefix(protocol, "SASL_") && c.text("sasl.mechanism") == "" {
		return invalid("sasl.mechanism", "null", "When the security.protocol configuration enables SASL, mechanism must be non-null and non-empty string.")
	}
	// CommonClientConfigs.postProcessReconnectBackoffConfigs
	if c.given("reconnect.backoff.ms") && !c.given("reconnect.backoff.max.ms") {
		c.values["reconnect.backoff.max.ms"] = c.value("reconnect.backoff.ms")
	}
	switch c.client {
	case Producer:
		return c.postProcessProducer()
	case Consumer:
		return c.postProcessConsumer()
	default:
		return c.postProcessAdmin()
	}
}

// postProcessProducer is ProducerConfig.postProcessAndValidateIdempotenceConfigs and KafkaProducer.configureDeliveryTimeout.
func (c *Config) postProcessProducer() error {
	const idempotence = "enable.idempotence"
	asked := c.given(idempotence)
	if c.flag(idempotence) {
		if c.number("retries") == 0 {
			if asked {
				return &ConfigError{"retries", "Must set retries to non-zero when using the idempotent producer."}
			}
			c.values[idempotence] = false
		}
		if acks := c.text("acks"); acks != "all" && acks != "-1" {
			if asked {
				return &ConfigError{"acks", "Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence."}
			}
			c.values[idempotence] = false
		}
		if n := c.number("max.in.flight.requests.per.connection"); n > 5 {
			// Connect's Java producers are not idempotent by default, so there a large value is legal: it wins over a default.
			if asked {
				return &ConfigError{"max.in.flight.requests.per.connection", fmt.Sprintf("To use the idempotent producer, max.in.flight.requests.per.connection must be set to at most 5. Current value is %d.", n)}
			}
			c.values[idempotence] = false
		}
	}
	if c.text("transactional.id") != "" {
		if !c.flag(idempotence) {
			return &ConfigError{"transactional.id", "Cannot set a transactional.id without also enabling idempotence."}
		}
	}
	if c.flag("transaction.two.phase.commit.enable") {
		if c.given("transaction.timeout.ms") {
			return &ConfigError{"transaction.timeout.ms", "Cannot set transaction.timeout.ms when transaction.two.phase.commit.enable is set to true. Transactions will not expire with two-phase commit enabled."}
		}
		return &ConfigError{"transaction.two.phase.commit.enable", "Configuration transaction.two.phase.commit.enable is not supported: exactly-once sources commit their transactions themselves. Remove the key."}
	}
	if c.given("delivery.timeout.ms") && c.number("delivery.timeout.ms") < c.number("linger.ms")+c.number("request.timeout.ms") {
		return &ConfigError{"delivery.timeout.ms", "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms"}
	}
	return nil
}

// postProcessConsumer is ConsumerConfig.postProcessParsedConfig and the checks of the consumers' constructors.
func (c *Config) postProcessConsumer() error {
	classic := !strings.EqualFold(c.text("group.protocol"), "consumer")
	if classic {
		if c.given("group.remote.assignor") && c.text("group.remote.assignor") != "" {
			return &ConfigError{"group.remote.assignor", "group.remote.assignor cannot be set when group.protocol=CLASSIC"}
		}
	} else {
		for _, name := range []string{"partition.assignment.strategy", "heartbeat.interval.ms", "session.timeout.ms"} {
			if c.given(name) && show(c.value(name)) != "" {
				return &ConfigError{name, name + " cannot be set when group.protocol=CONSUMER"}
			}
		}
	}
	if c.isNull("group.id") {
		if c.given("enable.auto.commit") && c.flag("enable.auto.commit") {
			return &ConfigError{"enable.auto.commit", "enable.auto.commit cannot be set to true when default group id (null) is used."}
		}
		return nil
	}
	if strings.TrimSpace(c.text("group.id")) == "" {
		return &ConfigError{"group.id", "The configured group.id should not be an empty string or whitespace."}
	}
	if classic && c.number("heartbeat.interval.ms") >= c.number("session.timeout.ms") {
		return &ConfigError{"heartbeat.interval.ms", "Heartbeat must be set lower than the session timeout"}
	}
	return nil
}

// postProcessAdmin is the part of AdminBootstrapAddresses and KafkaAdminClient that looks at several keys.
func (c *Config) postProcessAdmin() error {
	if len(c.list("bootstrap.controllers")) > 0 {
		if len(c.list("bootstrap.servers")) > 0 {
			return &ConfigError{"bootstrap.controllers", "You cannot set both bootstrap.servers and bootstrap.controllers"}
		}
		return &ConfigError{"bootstrap.controllers", "Configuration bootstrap.controllers is not supported: a worker talks to brokers. Set bootstrap.servers."}
	}
	if len(c.list("bootstrap.servers")) == 0 {
		return &ConfigError{"bootstrap.servers", "You must set either bootstrap.servers or bootstrap.controllers"}
	}
	if api, request := c.number("default.api.timeout.ms"), c.number("request.timeout.ms"); api < request {
		if c.given("default.api.timeout.ms") {
			return &ConfigError{"default.api.timeout.ms", "The specified value of default.api.timeout.ms must be no smaller than the value of request.timeout.ms."}
		}
		c.values["default.api.timeout.ms"] = request
	}
	return nil
}
