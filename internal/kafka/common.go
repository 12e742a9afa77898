package kafka

import (
	"crypto/x509"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"
)

var softwareVersion = regexp.MustCompile(`^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?$`)

// versions are the API versions of the client library, 2 kB which all clients share.
var versions = sync.OnceValue(kversion.Stable)

// logNames are what Java's clients call themselves in their logs.
var logNames = map[Client]string{Producer: "Producer", Consumer: "Consumer", AdminClient: "AdminClient"}

// presenter is a hook that wants to know which certificates the client shows to brokers. It is told before the client is made.
type presenter interface {
	Presents(certificates func() []*x509.Certificate)
}

// common adds what the three clients share.
func (b *builder) common() error {
	c := b.config
	seeds, err := ParseBootstrap(c.list("bootstrap.servers"))
	if err != nil {
		return err
	}
	dial, err := b.dialer()
	if err != nil {
		return err
	}
	id := b.clientID()
	b.add(kgo.SeedBrokers(seeds...), kgo.ClientID(id), kgo.Dialer(dial),
		kgo.MaxVersions(versions()), // what the client would make for itself
		kgo.AlwaysRetryEOF())        // a broker that goes away during a handshake is no reason to give up
	logger := newLogger(b.log, logNames[c.client]+" clientId="+id, &b.environment.repeats)
	logger.client, logger.watch = c.client, b.watch
	b.add(kgo.WithLogger(logger))
	if c.client != AdminClient { // those of tasks, which live long
		b.add(kgo.WithHooks(&seedHook{rest: seedRest}))
	}
	if b.environment.Hook != nil {
		hook := b.environment.Hook(c.client, b.source, id)
		if h, ok := hook.(presenter); ok && b.security != nil {
			h.Presents(b.security.Certificates)
		}
		b.add(kgo.WithHooks(hook))
	}
	if b.environment.Reach != nil {
		b.add(kgo.WithHooks(b.environment.Reach))
	}
	version := b.environment.Version
	if !softwareVersion.MatchString(version) {
		version = "unknown"
	}
	b.add(kgo.SoftwareNameAndVersion("moldau", version))

	// Java looks for a new leader as often as it may retry; so do we, rather than every five seconds.
	maxAge := b.within("metadata.max.age.ms", 10*time.Millisecond, time.Hour)
	b.add(
		kgo.MetadataMaxAge(maxAge),
		kgo.MetadataMinAge(min(maxAge, max(c.millis("retry.backoff.max.ms"), 10*time.Millisecond))),
		kgo.RetryBackoffFn(backoff(c.millis("retry.backoff.ms"), c.millis("retry.backoff.max.ms"))),
		kgo.RequestTimeoutOverhead(b.within("request.timeout.ms", 100*time.Millisecond, 15*time.Minute)),
		kgo.ConnIdleTimeout(b.idleTimeout()),
	)
	if !c.flag("enable.metrics.push") {
		b.add(kgo.DisableClientMetrics())
	}
	if strings.EqualFold(c.text("metadata.recovery.strategy"), "rebootstrap") {
		b.add(kgo.OnRebootstrapRequired(func() ([]string, error) { return seeds, nil }))
	}
	return b.sasl()
}

// idleTimeout is connections.max.idle.ms; a negative value is Java's way to say never. Closing an idle connection earlier is
// harmless, so the client's upper limit needs no notice.
func (b *builder) idleTimeout() time.Duration {
	idle := b.config.millis("connections.max.idle.ms")
	if idle < 0 {
		idle = 15 * time.Minute
	}
	return min(max(idle, 100*time.Millisecond), 15*time.Minute)
}

// clientID is client.id, or the name that Java's clients give themselves when they have none.
func (b *builder) clientID() string {
	c := b.config
	id := c.text("client.id")
	if id == "" {
		n := strconv.FormatInt(b.environment.clients.Add(1), 10)
		switch {
		case c.client == Producer && c.text("transactional.id") != "":
			id = "producer-" + c.text("transactional.id")
		case c.client == Producer:
			id = "producer-" + n
		case c.client == Consumer && c.text("group.instance.id") != "":
			id = "consumer-" + c.text("group.id") + "-" + c.text("group.instance.id")
		case c.client == Consumer:
			group := c.text("group.id")
			if c.isNull("group.id") {
				group = "null"
			}
			id = "consumer-" + group + "-" + n
		default:
			id = "adminclient-" + n
		}
	}
	const limit = 256 // of kgo
	if len(id) > limit {
		b.notice(Adjusted, "client.id", "the name is cut to "+strconv.Itoa(limit)+" bytes")
		id = strings.ToValidUTF8(id[:limit], "")
	}
	return id
}

// backoff is org.apache.kafka.common.utils.ExponentialBackoff: doubling, with up to a fifth more or less.
func backoff(initial, limit time.Duration) func(int) time.Duration {
	if initial > limit { // CommonClientConfigs.warnDisablingExponentialBackoff: a constant backoff
		initial = limit
	}
	return func(failures int) time.Duration {
		d := float64(initial)
		for range min(max(failures-1, 0), 62) {
			if d *= 2; d >= float64(limit) {
				d = float64(limit)
				break
			}
		}
		return time.Duration(d * (0.8 + 0.4*rand.Float64()))
	}
}
