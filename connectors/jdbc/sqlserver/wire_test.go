package sqlserver

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/dialect/dialecttest"
)

// scripted is a server that speaks as much of TDS as a login and the ends of statements need: each batch is answered by the error whose
// number it holds, CUT by closing the connection, everything else by nothing.
func scripted(t *testing.T, refuse int) string {
	t.Helper()
	return dialecttest.Server(t, func(c net.Conn) { serve(c, refuse) })
}

// The packets and tokens of MS-TDS that serve uses.
const (
	packetBatch, packetReply, packetLogin, packetPrelogin = 1, 4, 16, 18

	tokenError, tokenLoginAck, tokenDone = 0xaa, 0xad, 0xfd
)

func serve(c net.Conn, refuse int) {
	for {
		kind, text, err := request(c)
		if err != nil {
			return
		}
		var out []byte
		switch kind {
		case packetPrelogin: // a version, and that there is no encryption
			out = []byte{0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 16, 0, 0, 0, 0, 0, 2}
		case packetLogin:
			if refuse != 0 {
				out = done(failure(nil, refuse), 2)
				break
			}
			ack := append([]byte{1, 0x74, 0, 0, 4}, varchar("scripted")...)
			ack = append(ack, 16, 0, 0, 0)
			out = append(binary.LittleEndian.AppendUint16([]byte{tokenLoginAck}, uint16(len(ack))), ack...)
			out = done(out, 0)
		case packetBatch:
			_, number, _ := strings.Cut(text, "FAIL ")
			n, _ := strconv.Atoi(number)
			switch {
			case strings.HasSuffix(text, "CUT"):
				return
			case n != 0:
				out = done(failure(nil, n), 2)
			default:
				out = done(nil, 0)
			}
		default:
			return
		}
		header := []byte{packetReply, 1, 0, 0, 0, 0, 1, 0}
		binary.BigEndian.PutUint16(header[2:], uint16(8+len(out)))
		if _, err := c.Write(append(header, out...)); err != nil {
			return
		}
	}
}

// request reads the packets of a request, and the end of its text.
func request(c net.Conn) (byte, string, error) {
	var body []byte
	for {
		header := make([]byte, 8)
		if _, err := io.ReadFull(c, header); err != nil {
			return 0, "", err
		}
		part := make([]byte, binary.BigEndian.Uint16(header[2:])-8)
		if _, err := io.ReadFull(c, part); err != nil {
			return 0, "", err
		}
		body = append(body, part...)
		if header[1]&1 == 0 {
			continue
		}
		units := make([]uint16, 0, len(body)/2)
		for i := 0; i+1 < len(body); i += 2 {
			units = append(units, binary.LittleEndian.Uint16(body[i:]))
		}
		return header[0], string(utf16.Decode(units)), nil
	}
}

func varchar(s string) []byte {
	out := []byte{byte(len(s))}
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

func failure(dst []byte, number int) []byte {
	text := fmt.Sprintf("error %d", number)
	body := binary.LittleEndian.AppendUint32(nil, uint32(number))
	body = append(body, 1, 14)
	body = binary.LittleEndian.AppendUint16(body, uint16(len(text)))
	body = append(body, varchar(text)[1:]...)
	body = append(body, varchar("server")...)
	body = append(body, varchar("")...)
	body = binary.LittleEndian.AppendUint32(body, 1)
	dst = binary.LittleEndian.AppendUint16(append(dst, tokenError), uint16(len(body)))
	return append(dst, body...)
}

func done(dst []byte, status uint16) []byte {
	dst = binary.LittleEndian.AppendUint16(append(dst, tokenDone), status)
	return append(dst, make([]byte, 10)...)
}

func open(t *testing.T, address, more string) (dialect.Conn, error) {
	t.Helper()
	u, err := dialect.ParseURL("jdbc:jtds:sqlserver://" + address + "/shop;user=u;password=hidden" + more)
	if err != nil {
		t.Fatal(err)
	}
	return Dialect{}.Open(t.Context(), dialect.Target{URL: u})
}

// TestErrorsOfTheDriver reads errors as they come from the wire.
func TestErrorsOfTheDriver(t *testing.T) {
	c, err := open(t, scripted(t, 0), ";lockTimeout=100")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for number, want := range map[int]dialect.Fault{1205: dialect.Busy, 1222: dialect.Busy, 2627: dialect.Unique, 208: dialect.Changed, 8672: dialect.Twice, 102: dialect.Unknown} {
		_, err := c.Exec(t.Context(), fmt.Sprintf("FAIL %d", number))
		if got := (Dialect{}).Classify(err); err == nil || got != want || !c.Alive() {
			t.Errorf("%d: %v is %v, want %v; alive: %v", number, err, got, want, c.Alive())
		}
	}
	set, back, _ := Dialect{}.Savepoint()
	for _, sql := range []string{Dialect{}.BeginWrite(), set, back, "COMMIT", "ROLLBACK"} { // the driver calls a procedure where there is but one word that it does not know
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Errorf("%s after errors: %v", sql, err)
		}
	}
	_, err = c.Exec(t.Context(), "CUT")
	if got := (Dialect{}).Classify(err); err == nil || got != dialect.Network || c.Alive() {
		t.Errorf("a connection that is cut: %v is %v; alive: %v", err, got, c.Alive())
	}
}

func TestLoginRefused(t *testing.T) {
	for number, want := range map[int]dialect.Fault{18456: dialect.Login, 4060: dialect.Absent, 18401: dialect.Busy} {
		_, err := open(t, scripted(t, number), "")
		if got := (Dialect{}).Classify(err); err == nil || got != want || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%d: %v is %v, want %v", number, err, got, want)
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := ln.Addr().String()
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, address, ""); err == nil || (Dialect{}).Classify(err) != dialect.Network || errors.Is(err, io.EOF) {
		t.Errorf("nobody listens: %v is %v", err, Dialect{}.Classify(err))
	}
}
