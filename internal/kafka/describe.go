package kafka

import (
	"slices"
	"strings"

	"github.com/moldau/moldau/connect/config"
)

// Description says of a client property what people who write one need to know.
type Description struct {
	Name string
	// Clients are the clients that know the property.
	Clients []Client
	Type    config.Type
	// Default is nil where there is none; Required says that the property must be given.
	Default  *string
	Required bool
	// Effect says what becomes of the property here.
	Effect Effect
	// Note says how far it is honoured, or why it has no effect or is refused; empty where it is honoured as in Java.
	Note string
}

// Effect is what becomes of a client property.
type Effect uint8

// The effects.
const (
	Honoured Effect = iota // the client does what the property says
	Inert                  // checked as Java checks it, then without effect
	Refused                // any value but the default is an error
)

// Describe returns every property of Kafka's producer, consumer and admin client in Java's order. A property whose default or treatment
// differs between clients is described once for each.
func Describe() []Description {
	list := make([]Description, 0, len(keys))
	for _, k := range keys {
		d := Description{Name: k.name, Type: configTypes[k.typ], Required: k.def == required, Effect: Effect(k.treatment.kind), Note: k.treatment.reason}
		for _, c := range []Client{Producer, Consumer, AdminClient} {
			if k.clients&c != 0 {
				d.Clients = append(d.Clients, c)
			}
		}
		if k.def != none && k.def != required {
			d.Default = &k.def
		}
		switch {
		case refusedAcrossKeys[k.name] != "":
			d.Effect, d.Note = Refused, refusedAcrossKeys[k.name]
		case k.treatment.only != nil:
			d.Note = "the classes that are built in: " + simpleNames(k.treatment.only) + "; others are refused"
		case d.Effect == Honoured:
			d.Note = honouredInPart[k.name]
		}
		list = append(list, d)
	}
	return list
}

// refusedAcrossKeys are the reasons of postprocess.go, whose messages are Java's where Java refuses a combination too.
var refusedAcrossKeys = map[string]string{
	"bootstrap.controllers":               "a worker talks to brokers",
	"transaction.two.phase.commit.enable": "exactly-once sources commit their transactions themselves",
}

// honouredInPart says what differs for keys that are honoured.
var honouredInPart = map[string]string{
	"batch.size":                           "a lower bound: batches are filled further where that costs no time, up to 1 MiB or what the topic takes",
	"client.id":                            "cut to 256 bytes",
	"compression.zstd.level":               "the nearest of four speeds: below 3, 3 to 5, 6 to 9, 10 and more",
	"connections.max.idle.ms":              "at most 15 minutes; the consumer of a sink for which nothing is set closes idle connections after 20 seconds",
	"enable.idempotence":                   "where it is not set and the cluster refuses idempotent writes, the producer goes without",
	"group.remote.assignor":                "uniform and range",
	"linger.ms":                            "where it is not set, for source tasks as in Java; what else is written leaves as soon as a request is free",
	"partition.assignment.strategy":        "Java's four assignors; other classes are refused",
	"partitioner.class":                    "RoundRobinPartitioner, UniformStickyPartitioner and DefaultPartitioner; other classes are refused",
	"request.timeout.ms":                   "at most 15 minutes",
	"sasl.jaas.config":                     "the login modules of the mechanisms",
	"sasl.mechanism":                       "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER, GSSAPI and AWS_MSK_IAM",
	"sasl.oauthbearer.jwt.retriever.class": "Java's four retrievers; other classes are refused",
	"sasl.oauthbearer.jwt.validator.class": "DefaultJwtValidator and ClientJwtValidator; other classes are refused",
	"sasl.login.connect.timeout.ms":        "10 seconds where it is not set",
	"sasl.login.read.timeout.ms":           "30 seconds where it is not set",
}

func simpleNames(classes []string) string {
	names := make([]string, len(classes))
	for i, class := range classes {
		names[i] = simpleName(class)
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}
