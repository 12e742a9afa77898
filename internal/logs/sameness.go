package logs

import (
	"hash/maphash"
	"log/slog"
	"strconv"
	"strings"

	"github.com/moldau/moldau/internal/javafmt"
)

// longNumber is from how many digits on a number is none of an error: those of SQLSTATE, ORA, HTTP and Kafka have five at most.
const longNumber = 6

// counting are words before numbers that differ from one event to the next of the same kind.
var counting = words("at attempt attempts before bytes count delivered elapsed epoch generation goroutine lag latency length line micros millis ms nanos offset offsets " +
	"position positions record records retries retry row rows seconds seq sequence size time timestamp took")

// units are words behind such numbers.
var units = words("attempts b byte bytes gb gib h hours kb kib lines m mb messages mib milliseconds minutes ms ns records retries rows s seconds times us")

func words(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

// key is the same for events that differ in no more than what is counted or measured: offsets, times, durations, sizes and ports in their attributes,
// their error and its causes. Other numbers tell errors apart, as those of SQLSTATE and HTTP do. The message is taken as it is: where it quotes a
// record, each is an event of its own.
func (r *repeats) key(e *event) uint64 {
	var h maphash.Hash
	h.SetSeed(r.seed)
	for _, part := range [...]string{e.logger, strconv.Itoa(e.line), LevelName(e.level), e.connector, e.task, e.scope, e.message} {
		_, _ = h.WriteString(part)
		_ = h.WriteByte(0)
	}
	for _, f := range e.fields {
		switch f.Value.Kind() {
		case slog.KindDuration, slog.KindTime:
			_, _ = h.WriteString(f.Key)
			_ = h.WriteByte(0)
		default:
			writeSteady(&h, f.Key+"="+f.Value.String())
		}
	}
	if e.err != nil {
		writeSteady(&h, javafmt.Trace(e.err, nil))
		return h.Sum64()
	}
	// Frames have addresses, which are others each time.
	for n, line := range strings.Split(e.trace, "\n") {
		if n == 0 || strings.HasPrefix(line, "Caused by: ") {
			writeSteady(&h, line)
		}
	}
	return h.Sum64()
}

// writeSteady writes a text with # for the numbers that are counted or measured.
func writeSteady(h *maphash.Hash, text string) {
	dropped := -1 // where the last such number ended
	for i := 0; i < len(text); {
		if !digit(text, i) {
			_ = h.WriteByte(text[i])
			i++
			continue
		}
		end := digitsEnd(text, i)
		switch next := passing(text, i, end); {
		case next > 0:
			end = next
		case i > 0 && dropped == i-1 && strings.IndexByte(".,", text[i-1]) >= 0: // its fraction
		default:
			_, _ = h.WriteString(text[i:end])
			i = end
			continue
		}
		_ = h.WriteByte('#')
		i, dropped = end, end
	}
	_ = h.WriteByte(0)
}

// passing returns the end of a counted or measured number whose digits are text[i:end], 0 where it is none.
func passing(text string, i, end int) int {
	before, after := text[:i], text[end:]
	switch {
	case date(text, i):
		return i + len("2006-01-02")
	case end-i >= longNumber, clock(text, i, end), port(before, after):
		return end
	}
	if word := strings.TrimRight(before, " =:#'\"(["); word != before && counting[lastWord(word)] {
		return end
	}
	measured := end
	if strings.HasPrefix(after, ".") && digit(text, end+1) {
		measured = digitsEnd(text, end+1)
	}
	if units[firstWord(text[measured:])] {
		return measured
	}
	return 0
}

func digit(text string, i int) bool {
	return i >= 0 && i < len(text) && '0' <= text[i] && text[i] <= '9'
}

func digitsEnd(text string, i int) int {
	for digit(text, i) {
		i++
	}
	return i
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// lastWord is the word that a text ends with, in small letters.
func lastWord(text string) string {
	i := len(text)
	for i > 0 && letter(text[i-1]) {
		i--
	}
	return strings.ToLower(text[i:])
}

// firstWord is the word that a text begins with, behind a blank or none.
func firstWord(text string) string {
	text = strings.TrimPrefix(text, " ")
	text = strings.TrimPrefix(text, "µ") // of µs
	i := 0
	for i < len(text) && letter(text[i]) {
		i++
	}
	return strings.ToLower(text[:i])
}

// date reports whether a date such as 2006-01-02 begins at i.
func date(text string, i int) bool {
	return digitsEnd(text, i) == i+4 && len(text) >= i+10 && text[i+4] == '-' && digitsEnd(text, i+5) == i+7 && text[i+7] == '-' && digitsEnd(text, i+8) == i+10
}

// clock reports whether two digits are of a time such as 15:04:05.
func clock(text string, i, end int) bool {
	if end-i != 2 || i > 0 && text[i-1] == '.' {
		return false
	}
	behind := end < len(text) && text[end] == ':' && digitsEnd(text, end+1) == end+3
	ahead := i >= 3 && text[i-1] == ':' && digit(text, i-2) && digit(text, i-3) && !digit(text, i-4)
	return behind || ahead
}

// port reports whether a number between two texts is the port of a numeric address, or of the own end of a connection: "10.0.0.1:43210->".
func port(before, after string) bool {
	host, ok := strings.CutSuffix(before, ":")
	if !ok {
		return false
	}
	address := host[len(strings.TrimRight(host, "0123456789.")):]
	return strings.HasPrefix(after, "->") || strings.HasSuffix(host, "]") || strings.Count(address, ".") == 3
}
