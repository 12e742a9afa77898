package metrics

// Bean is what Java registers as one MBean: figures about one thing.
type Bean struct {
	// Domain is kafka.connect, kafka.producer, kafka.consumer or kafka.admin.client.
	Domain string
	// Type is the key property type, connector-task-metrics say.
	Type string
	// Tags are the other key properties in their order.
	Tags   []Tag
	Values []Value
}

// Tag is a key property of a bean.
type Tag struct{ Name, Value string }

// Value is an attribute of a bean: a number, or a text where Text is not "".
type Value struct {
	Attribute string
	Number    float64
	Text      string
}

// Source gives beans when they are asked for. It must not block; it is called from any goroutine.
type Source interface {
	Beans(give func(Bean))
}

// number and text make a bean's attributes shorter to write.
func (b *Bean) number(attribute string, n float64) {
	b.Values = append(b.Values, Value{Attribute: attribute, Number: n})
}

func (b *Bean) text(attribute, text string) {
	if text != "" {
		b.Values = append(b.Values, Value{Attribute: attribute, Text: text})
	}
}

func (b *Bean) stats(now Stats, rate, total string) {
	b.number(rate, now.Rate)
	b.number(total, now.Total)
}
