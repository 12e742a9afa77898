package kafka

import "sync"

// Client names the Java client that a set of properties configures.
type Client uint8

// The three clients whose properties Connect hands through.
const (
	Producer Client = 1 << iota
	Consumer
	AdminClient
)

// String returns the word Java uses for the client in its messages and key prefixes.
func (c Client) String() string {
	switch c {
	case Producer:
		return "producer"
	case Consumer:
		return "consumer"
	default:
		return "admin"
	}
}

const (
	onProducer  = Producer
	onConsumer  = Consumer
	onAdmin     = AdminClient
	everyClient = Producer | Consumer | AdminClient
)

// keyType is ConfigDef.Type; its text appears in Java's messages.
type keyType string

const (
	typeBoolean  keyType = "BOOLEAN"
	typeString   keyType = "STRING"
	typeInt      keyType = "INT"
	typeShort    keyType = "SHORT"
	typeLong     keyType = "LONG"
	typeDouble   keyType = "DOUBLE"
	typeList     keyType = "LIST"
	typeClass    keyType = "CLASS"
	typePassword keyType = "PASSWORD"
)

// Defaults that are not texts: a key without a value, and a key that must be given.
const (
	none     = "\x00none"
	required = "\x00required"
)

// A treatment says what becomes of a key's value.
type treatment struct {
	kind   treatmentKind
	reason string
	only   []string // the classes that are built in; every other one is refused
}

type treatmentKind uint8

const (
	isMapped  treatmentKind = iota // an option of the client follows from it
	isInert                        // checked, then without effect
	isRefused                      // a value other than the default is an error
)

var mapped = treatment{}

func inert(reason string) treatment   { return treatment{kind: isInert, reason: reason} }
func refused(reason string) treatment { return treatment{kind: isRefused, reason: reason} }

// classes is of keys that name a Java class, of which some are built in.
func classes(reason string, names ...string) treatment { return treatment{reason: reason, only: names} }

// key is one row of the table of configuration keys.
type key struct {
	name      string
	clients   Client
	typ       keyType
	def       string
	validator validator
	treatment treatment
}

// keysOf returns the rows that a client knows, in Java's order. They are shared.
func keysOf(c Client) []key { return tables()[c].keys }

// table holds what is known of one client's keys before any property is given.
type table struct {
	keys  []key
	known map[string]bool // their names
	// defaults are the parsed values of keys that are not given.
	defaults map[string]any
}

// tables are made once: a worker parses the properties of several clients for each task that it starts.
var tables = sync.OnceValue(func() map[Client]*table {
	all := map[Client]*table{}
	for _, c := range []Client{Producer, Consumer, AdminClient} {
		t := &table{known: map[string]bool{}, defaults: map[string]any{}}
		for _, k := range keys {
			if k.clients&c == 0 {
				continue
			}
			t.known[k.name] = true
			t.keys = append(t.keys, k)
			if k.def != required && k.def != none {
				t.defaults[k.name], _ = parseValue(k.typ, k.def)
			}
		}
		all[c] = t
	}
	return all
})
