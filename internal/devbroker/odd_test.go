package devbroker

import (
	"io"
	"math/rand/v2"
	"net"
	"reflect"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// oddRequest fills a request with values at the edge of what a client may send.
func oddRequest(r *rand.Rand, v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Type().Field(i).Name != "Version" && v.Type().Field(i).Name != "UnknownTags" {
				oddRequest(r, v.Field(i), depth+1)
			}
		}
	case reflect.Slice:
		n := r.IntN(3)
		if n == 0 && r.IntN(2) == 0 {
			return // null
		}
		s := reflect.MakeSlice(v.Type(), n, n)
		for i := range n {
			oddRequest(r, s.Index(i), depth+1)
		}
		v.Set(s)
	case reflect.Array:
		for i := range v.Len() {
			oddRequest(r, v.Index(i), depth+1)
		}
	case reflect.Pointer:
		if r.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			oddRequest(r, v.Elem(), depth+1)
		}
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt([]int64{0, 0, 1, -1, 2, 127, -128}[r.IntN(7)])
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		v.SetUint(uint64(r.IntN(3)))
	case reflect.Float64:
		v.SetFloat(float64(r.IntN(3) - 1))
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.String:
		v.SetString([]string{"", "t", "g", "nosuch", "0"}[r.IntN(5)])
	}
}

// TestOddRequests sends every request of the protocol, in every version, with odd contents. A panic in kfake would end the process.
func TestOddRequests(t *testing.T) {
	b := start(t, Config{InMemory: true})
	_, err := admin(t, b.Addr()).CreateTopic(t.Context(), 2, 1, nil, "t")
	must(t, err)
	r := rand.New(rand.NewPCG(1, 2))
	for key := int16(0); key < 100; key++ {
		req := kmsg.RequestForKey(key)
		if req == nil {
			continue
		}
		for version := int16(0); version <= req.MaxVersion(); version++ {
			for range oddRounds {
				req := kmsg.RequestForKey(key)
				req.SetVersion(version)
				oddRequest(r, reflect.ValueOf(req).Elem(), 0)
				send(t, b.Addr(), kmsg.NewRequestFormatter(kmsg.FormatterClientID("odd")).AppendRequest(nil, req, 1))
			}
		}
	}
	if _, err := admin(t, b.Addr()).Metadata(t.Context()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

const oddRounds = 4

// send writes a frame and waits shortly for what comes: an answer, the end of the connection, or nothing at all.
func send(t *testing.T, addr string, frame []byte) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	must(t, err)
	defer c.Close()
	_, err = c.Write(frame)
	must(t, err)
	must(t, c.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
	_, _ = io.ReadFull(c, make([]byte, 8))
}
