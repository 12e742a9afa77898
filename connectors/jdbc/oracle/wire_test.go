package oracle

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/dialect/dialecttest"
)

// listener answers each connection as Oracle's listener does when it refuses it; 0 cuts the connection instead.
func listener(t *testing.T, code int) string {
	t.Helper()
	return dialecttest.Server(t, func(c net.Conn) { refuse(c, code) })
}

func refuse(c net.Conn, code int) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(c, head); err != nil {
		return
	}
	if _, err := io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint16(head))-2); err != nil || code == 0 {
		return
	}
	const refused = 4
	text := fmt.Sprintf("(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR=%d)(ERROR_STACK=(ERROR=(CODE=%d)(EMFI=4))))", code, code)
	out := binary.BigEndian.AppendUint16(nil, uint16(12+len(text)))
	out = append(out, 0, 0, refused, 0, 0, 0, 34, 0)
	out = binary.BigEndian.AppendUint16(out, uint16(len(text)))
	_, _ = c.Write(append(out, text...)) // the client may be gone
}

// TestRefused reads refusals as they come from the wire.
func TestRefused(t *testing.T) {
	for code, want := range map[int]dialect.Fault{12514: dialect.Absent, 12505: dialect.Absent, 12528: dialect.Busy, 12519: dialect.Busy, 0: dialect.Network} {
		x := target(t, "jdbc:oracle:thin:u/hidden@//"+listener(t, code)+"/shop")
		_, err := Dialect{}.Open(t.Context(), x)
		if got := (Dialect{}).Classify(err); err == nil || got != want || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%d: %v is %v, want %v", code, err, got, want)
		}
	}
}
