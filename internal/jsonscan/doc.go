// Package jsonscan reads and writes JSON text as Jackson does in Java's Kafka Connect: the same texts are accepted, with the same limits, and the
// same bytes are written.
//
// The functions that scan take a document and an index and return the index where they stopped, -1 where the text is not valid; they allocate
// nothing. The document is UTF-8, see UTF8. Text is WTF-8: an unpaired surrogate is the three bytes that UTF-8 would give it.
//
// Jackson's leniencies: leading zeros, duplicate names, anything after the first value, overlong and out of range UTF-8 sequences, UTF-16 and
// UTF-32. Its limits: MaxDepth, MaxNumber, MaxText, MaxName.
package jsonscan

// The limits of Jackson's StreamReadConstraints.
const (
	// MaxDepth is how deep arrays and objects may nest.
	MaxDepth = 1000
	// MaxNumber is the most digits of a number, without leading zeros.
	MaxNumber = 1000
	// MaxText is the most UTF-16 units of a string.
	MaxText = 20_000_000
	// MaxName is the most bytes of the name of a member.
	MaxName = 50_000
)

// Space returns the index of the first byte at or after i that is no white space.
func Space(b []byte, i int) int {
	for uint(i) < uint(len(b)) && b[i] <= ' ' && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// Literal returns the index after the literal true, false or null that stands at i. Like Jackson it does not accept a letter or digit behind it.
func Literal(b []byte, i int, literal string) int {
	end := i + len(literal)
	if end > len(b) || string(b[i:end]) != literal {
		return -1
	}
	if end < len(b) && !endsLiteral(b[end]) {
		return -1
	}
	return end
}
