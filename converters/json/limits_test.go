package json

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/moldau/moldau/connect/data"
)

// TestAllocations guards the speed: reading and writing a batch costs a few slabs, nothing for each record.
func TestAllocations(t *testing.T) {
	for _, schemas := range []string{"true", "false"} {
		for _, k := range recordKinds {
			c := newConverter(t, "schemas.enable", schemas)
			docs := documents(t, k.name, c)
			dst := make([]byte, 0, 1<<16)
			shapes := data.NewShapes() // a task's own, whatever other tests have filled the shared ones with
			allocs := testing.AllocsPerRun(5, func() {
				a := data.NewArena()
				a.UseShapes(shapes)
				for _, doc := range docs {
					s, v, err := c.ToConnect(a, "t", nil, doc)
					if err != nil {
						t.Fatal(err)
					}
					if dst, _, err = c.FromConnect(dst[:0], "t", nil, s, v); err != nil {
						t.Fatal(err)
					}
				}
			})
			if allocs > recordCount/4 {
				t.Errorf("%s, schemas %s: %.0f allocations for %d records", k.name, schemas, allocs, len(docs))
			}
		}
	}
}

// TestHostileInput reads documents that are deep or wide out of proportion: the memory must stay in proportion to their length.
func TestHostileInput(t *testing.T) {
	c, plain := newConverter(t), newConverter(t, "schemas.enable", "false")
	const deep = 200000
	deepSchema := func(n int) string {
		return `{"schema":` + strings.Repeat(`{"type":"array","items":`, n) + `{"type":"int8"}` + strings.Repeat("}", n) + `,"payload":` + strings.Repeat("[", n) + strings.Repeat("]", n) + "}"
	}
	wide := strings.Builder{}
	for i := range 20000 {
		fmt.Fprintf(&wide, `"k%d":{"k%d":[]},`, i, i)
	}
	for name, doc := range map[string]string{
		"arrays":      strings.Repeat("[", deep),
		"objects":     strings.Repeat(`{"a":`, deep),
		"schema":      deepSchema(deep),
		"deep schema": deepSchema(900),
		"escapes":     `"` + strings.Repeat(`\u0041`, deep) + `"`,
		"number":      strings.Repeat("9", deep),
		"exponent":    `{"schema":{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"}},"payload":1e999999999}`,
		"integer":     `{"schema":{"type":"int64"},"payload":1e999999999}`,
		"scale":       `{"schema":{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"-2147483648"}},"payload":"AQ=="}`,
		"shapes":      "{" + strings.TrimSuffix(wide.String(), ",") + "}",
		"empty":       "[" + strings.Repeat("{},", deep) + "{}]",
		"nulls":       "[" + strings.Repeat("null,", deep) + "null]",
		"unfinished":  `{"schema":{"type":"struct","fields":[` + strings.Repeat(`{"type":"int8","field":"a"},`, deep/10),
	} {
		for _, x := range []*Converter{c, plain} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			s, v, err := x.ToConnect(data.NewArena(), "t", nil, []byte(doc))
			if err == nil {
				_, _, _ = x.FromConnect(nil, "t", nil, s, v)
			}
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20+200*uint64(len(doc)) {
				t.Errorf("%s: %d bytes took %d bytes of memory", name, len(doc), used)
			}
		}
	}
}

// TestSpansOnOtherGoroutines reads records on one goroutine while another reads further records into the same arena.
func TestSpansOnOtherGoroutines(t *testing.T) {
	t.Parallel()
	c := newConverter(t)
	docs := documents(t, "dbz", c)
	a := data.NewArena()
	values := make(chan data.Value)
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for v := range values {
				if after := v.Struct().Field("after").Struct(); after.Len() != 12 || after.Raw("price").Kind() != data.Float64Kind {
					t.Errorf("%s", v)
				}
			}
		})
	}
	for _, doc := range docs {
		_, v, err := c.ToConnect(a, "t", nil, doc)
		if err != nil {
			t.Error(err)
			break
		}
		values <- v
	}
	close(values)
	readers.Wait()
}
