package kafka

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/logs"
)

// Environment is what all Kafka clients of a process share. The zero value works: it logs and reports nothing and knows no JAAS
// file. Do not copy it after the first use; its methods may be called by several goroutines.
type Environment struct {
	// Logger receives what the clients log.
	Logger *slog.Logger
	// Reporter is told about properties that are unknown or have no effect.
	Reporter *Reporter
	// JAAS is the file that java.security.auth.login.config names (see LoadJAAS), nil where there is none.
	JAAS *JAAS
	// SystemProperties are Java's, as the -D options of KAFKA_OPTS set them (see JavaProperties): Kerberos and OAuth read some.
	SystemProperties map[string]string
	// Mechanisms adds SASL mechanisms to the built-in ones, or replaces them, by name.
	Mechanisms map[string]Mechanism
	// Version is told to brokers as the version of the client software.
	Version string
	// Resolver looks up bootstrap servers; nil is the system's.
	Resolver Resolver
	// Dial opens the TCP connections below TLS; nil is the system's. Tests and the embedded broker set it.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Hook, where there is one, gives each client a hook that counts what the client does; source and id are those of the client. Options may be built and thrown away: a hook begins when its
	// client is made (kgo.HookNewClient).
	Hook func(client Client, source, id string) kgo.Hook
	// Reach hears what the clients learn of the brokers; nil where nobody asks.
	Reach *Reach

	clients atomic.Int64
	repeats repeats
	logins  logins
}

// NewProducer builds a client from the properties of a Java producer; source names them in notices, and what it logs belongs to the connector of ctx (logs.NewContext). It resolves the bootstrap
// servers, so it may block until ctx ends, but makes no connection. Options given here win over the properties. The caller
// closes the client.
func (e *Environment) NewProducer(ctx context.Context, source string, properties map[string]string, options ...kgo.Opt) (*kgo.Client, error) {
	return e.newClient(ctx, Producer, source, properties, options)
}

// NewConsumer builds a client from the properties of a Java consumer, as NewProducer does. What it consumes (topics, group
// callbacks, partitions) is up to the options.
func (e *Environment) NewConsumer(ctx context.Context, source string, properties map[string]string, options ...kgo.Opt) (*kgo.Client, error) {
	return e.newClient(ctx, Consumer, source, properties, options)
}

// NewAdmin builds an Admin from the properties of a Java admin client, as NewProducer does.
func (e *Environment) NewAdmin(ctx context.Context, source string, properties map[string]string, options ...kgo.Opt) (*Admin, error) {
	client, err := e.newClient(ctx, AdminClient, source, properties, options)
	if err != nil {
		return nil, err
	}
	return newAdmin(client, properties["bootstrap.servers"]), nil
}

func (e *Environment) newClient(ctx context.Context, client Client, source string, properties map[string]string, options []kgo.Opt, changes ...func(*builder)) (*kgo.Client, error) {
	config, err := ParseConfig(client, properties)
	if err != nil {
		return nil, err
	}
	built, err := e.options(ctx, config, source, changes...)
	if err != nil {
		return nil, err
	}
	addresses, err := ParseBootstrap(config.list("bootstrap.servers"))
	if err != nil {
		return nil, err
	}
	var resolver Resolver = net.DefaultResolver
	if e.Resolver != nil {
		resolver = e.Resolver
	}
	canonical := config.text("client.dns.lookup") == "resolve_canonical_bootstrap_servers_only"
	usable, unresolved, err := resolveBootstrap(ctx, resolver, addresses, canonical)
	if err != nil {
		return nil, err
	}
	for _, address := range unresolved {
		e.Reporter.report(Notice{source, "bootstrap.servers", Warning, "couldn't resolve server " + address + " as DNS resolution failed"})
	}
	if canonical {
		built = append(built, kgo.SeedBrokers(usable...))
	}
	return kgo.NewClient(append(built, options...)...)
}

// ProducerOptions maps the properties of a Java producer to options of a client. It reads key stores and trust stores, and makes
// no connection.
func (e *Environment) ProducerOptions(source string, properties map[string]string) ([]kgo.Opt, error) {
	return e.clientOptions(Producer, source, properties)
}

// ConsumerOptions maps the properties of a Java consumer to options of a client, as ProducerOptions does.
func (e *Environment) ConsumerOptions(source string, properties map[string]string) ([]kgo.Opt, error) {
	return e.clientOptions(Consumer, source, properties)
}

// AdminOptions maps the properties of a Java admin client to options of a client, as ProducerOptions does.
func (e *Environment) AdminOptions(source string, properties map[string]string) ([]kgo.Opt, error) {
	return e.clientOptions(AdminClient, source, properties)
}

func (e *Environment) clientOptions(client Client, source string, properties map[string]string) ([]kgo.Opt, error) {
	config, err := ParseConfig(client, properties)
	if err != nil {
		return nil, err
	}
	return e.options(context.Background(), config, source)
}

func (e *Environment) options(ctx context.Context, config *Config, source string, changes ...func(*builder)) ([]kgo.Opt, error) {
	for _, name := range config.Unknown() {
		e.Reporter.report(Notice{source, name, UnknownKey, ""})
	}
	for name, reason := range config.WithoutEffect() {
		e.Reporter.report(Notice{source, name, WithoutEffect, reason})
	}
	b := &builder{environment: e, config: config, source: source, log: logs.Within(ctx, cmp.Or(e.Logger, slog.New(slog.DiscardHandler))), watch: &loginWatch{source: source}}
	for _, change := range changes {
		change(b)
	}
	if err := b.common(); err != nil {
		return nil, err
	}
	var err error
	switch config.client {
	case Producer:
		err = b.producer()
	case Consumer:
		err = b.consumer()
	default:
		b.admin()
	}
	return b.options, err
}

// builder gathers the options of one client.
type builder struct {
	environment *Environment
	config      *Config
	source      string
	log         *slog.Logger // of the connector or task that the client is made for
	watch       *loginWatch
	gate        FetchGate // nil for none
	security    *TLS      // nil for none
	options     []kgo.Opt
}

func (b *builder) add(options ...kgo.Opt) { b.options = append(b.options, options...) }

func (b *builder) notice(kind NoticeKind, key, reason string) {
	b.environment.Reporter.report(Notice{b.source, key, kind, reason})
}

// within cuts a duration to what the client allows and says so where the user asked for more.
func (b *builder) within(key string, low, high time.Duration) time.Duration {
	asked := b.config.millis(key)
	got := min(max(asked, low), high)
	if got != asked && b.config.given(key) {
		b.notice(Adjusted, key, "the value is cut to "+strconv.FormatInt(got.Milliseconds(), 10)+" ms, the nearest this client allows")
	}
	return got
}
