package jsonpath

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/data"
)

// store is the document of the documentation of Jayway's JsonPath.
const store = `{"store": {
	"book": [
		{"category": "reference", "author": "Nigel Rees", "title": "Sayings of the Century", "price": 8.95},
		{"category": "fiction", "author": "Evelyn Waugh", "title": "Sword of Honour", "price": 12.99},
		{"category": "fiction", "author": "Herman Melville", "title": "Moby Dick", "isbn": "0-553-21311-3", "price": 8.99},
		{"category": "fiction", "author": "J. R. R. Tolkien", "title": "The Lord of the Rings", "isbn": "0-395-19395-8", "price": 22.99}
	],
	"bicycle": {"color": "red", "price": 19.95}},
	"expensive": 10, "null": null, "tags": ["a", "b"], "my key": 1, "n": {"1": "x"}, "s": "7", "big": 12345678901234567890}`

func value(t testing.TB, text string) data.Value {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var x any
	if err := d.Decode(&x); err != nil {
		t.Fatal(err)
	}
	return convert(t, x)
}

func convert(t testing.TB, x any) data.Value {
	switch x := x.(type) {
	case json.Number:
		if n, err := x.Int64(); err == nil {
			return data.Int64(n)
		}
		if !strings.ContainsAny(x.String(), ".eE") {
			d, err := data.ParseDecimal(x.String())
			if err != nil {
				t.Fatal(err)
			}
			return d.Value()
		}
		f, err := x.Float64()
		if err != nil {
			t.Fatal(err)
		}
		return data.Float64(f)
	case []any:
		list := make([]data.Value, len(x))
		for i, e := range x {
			list[i] = convert(t, e)
		}
		return data.ListOf(list...)
	case map[string]any:
		var pairs []data.Value
		for k, e := range x {
			pairs = append(pairs, data.String(k), convert(t, e))
		}
		return data.MapOf(pairs...)
	}
	v, err := data.NewArena().FromAny(x)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// read returns what a path finds, or its error.
func read(t testing.TB, path string, doc data.Value) string {
	t.Helper()
	p, err := Parse(path)
	if err != nil {
		return "parse: " + err.Error()
	}
	found, err := p.Read(doc)
	switch {
	case IsNotFound(err):
		return "not found: " + err.Error()
	case err != nil:
		return "error: " + err.Error()
	}
	parts := make([]string, len(found))
	for i, v := range found {
		parts[i] = v.String()
	}
	return strings.Join(parts, " | ")
}

func TestRead(t *testing.T) {
	t.Parallel()
	doc := value(t, store)
	titles := func(n ...int) string {
		all := []string{"Sayings of the Century", "Sword of Honour", "Moby Dick", "The Lord of the Rings"}
		var out []string
		for _, i := range n {
			out = append(out, all[i])
		}
		return strings.Join(out, " | ")
	}
	for _, c := range []struct{ path, want string }{
		// Examples of the documentation.
		{"$.store.book[*].author", "Nigel Rees | Evelyn Waugh | Herman Melville | J. R. R. Tolkien"},
		{"$..author", "Nigel Rees | Evelyn Waugh | Herman Melville | J. R. R. Tolkien"},
		{"$..book[2].title", titles(2)},
		{"$..book[-2].title", titles(2)},
		{"$..book[0,1].title", titles(0, 1)},
		{"$..book[:2].title", titles(0, 1)},
		{"$..book[1:2].title", titles(1)},
		{"$..book[-2:].title", titles(2, 3)},
		{"$..book[2:].title", titles(2, 3)},
		{"$..book[?(@.isbn)].title", titles(2, 3)},
		{"$.store.book[?(@.price < 10)].title", titles(0, 2)},
		{"$..book[?(@.price <= $['expensive'])].title", titles(0, 2)},
		{"$..book[?(@.author =~ /.*REES/i)].title", titles(0)},
		{"$..book.length()", "4"},
		{"$.store.book.length()", "4"},
		{"$..book[?(@.category == 'fiction' && @.price < 10)].title", titles(2)},
		{"$..book[?(@.category == 'reference' || @.price > 20)].title", titles(0, 3)},
		{"$..book[?(!(@.price < 10 && @.category == 'fiction'))].title", titles(0, 1, 3)},
		{"$.store.book[*].price.max()", "error: Aggregation function attempted to calculate value using empty array"},

		{"$", doc.String()},
		{"$.tags", "[a, b]"},
		{"tags[1]", "b"},
		{"$['store']['bicycle'].color", "red"},
		{`$["store"]["bicycle"]["color"]`, "red"},
		{"$['my key']", "1"},
		{`$['my\u0020key']`, "1"},
		{"$.n.1", "x"},
		{"$.['tags'][0]", "a"},
		{"$.tags[5]", "not found: No results for path: $['tags'][5]"},
		{"$.tags[-3]", "not found: No results for path: $['tags'][-3]"},
		{"$.store.bicycle['color','price','gone']", "{color=red, price=19.95}"},
		{"$.null", "null"},
		{"$.gone", "not found: No results for path: $['gone']"},
		{"$.gone.more", "not found: Missing property in path $['gone']"},
		{"$.null.more", "not found: Expected to find an object with property ['more'] in path $['null'] but found 'null'."},
		{"$.expensive[0]", "not found: Filter: [0] can only be applied to arrays. Current context is: 10"},
		{"$.null[0]", "not found: The path $['null'] is null"},
		{"$..gone", ""},
		{"$.store.*.price", "19.95"},
		{"$.*.gone", ""},
		{"$.gone[?(@.a)]", "not found: Missing property in path $['gone']"},
		{"$.null[?(@.a)]", "not found: Filter: [?] can not be applied to primitives. Current context is: null"},
		{"$.expensive[?(@.a)]", "error: Filter: [?] can not be applied to primitives. Current context is: 10"},
		{"$.tags.size()", "2"}, {"$.tags.first()", "a"}, {"$.tags.last()", "b"}, {"$.tags.index(-1)", "b"}, {"$.n.keys()", "[1]"},

		// Conditions on the document itself, as for Confluent's Filter.
		{"$[?(@.expensive == 10)].s", "7"},
		{"$[?(@.expensive == '10')].s", "7"},
		{"$[?(@.expensive == 10.0)].s", "7"},
		{"$[?(@.s == 7)].s", "7"},
		{"$[?(@.s === 7)].s", ""},
		{"$[?(@.s > 6)].s", ""},
		{"$[?(@.s > '6')].s", "7"},
		{"$[?(@.gone != 'x')].s", "7"},
		{"$[?(@.gone == null)].s", ""},
		{"$[?(@.null == null)].s", "7"},
		{"$[?(@.null)].s", "7"},
		{"$[?(!@.gone)].s", "7"},
		{"$.[?(@.s)].s", "7"},
		{"$[?(@.tags size 2)].s", "7"},
		{"$[?(@.tags empty false)].s", "7"},
		{"$[?(@.s in ['7', 8])].s", "7"},
		{"$[?(@.s nin ['7', 8])].s", ""},
		{"$[?(@.s in [7])].s", "7"},
		{"$[?(@.s in @.tags)].s", ""},
		{"$[?('b' in @.tags)].s", "7"},
		{"$[?(@.s in 'x')].s", ""},
		{"$[?(@.s nin 'x')].s", ""},
		{"$[?(@.tags contains 'a')].s", "7"},
		{"$[?(@.store.bicycle.color contains 'ed')].s", "7"},
		{"$[?(@.tags subsetof ['a', 'b', 'c'])].s", "7"},
		{"$[?(@.tags anyof [b, c])].s", "7"},
		{"$[?(@.tags noneof [b, c])].s", ""},
		{"$[?(@.tags all ['a'])].s", "7"},
		{"$[?(@.tags == ['a','b'])].s", "7"},
		{"$[?(@.n == {'1': 'x'})].s", "7"},
		{"$[?(@.tags =~ /B/i)].s", "7"},
		{"$[?(@.expensive =~ /\\d+/)].s", "7"},
		{"$[?(@.expensive =~ /1/)].s", ""},
		{"$[?(@.tags.length() >= 2)].s", "7"},
		{"$[?(@.big > 12345678901234567889)].s", "7"},
		{"$[?(@.big == 12345678901234567890)].s", "7"},
		{"$[?(@.store.book[0].price==8.95&&@.s=='7')].s", "7"},
		{"$[?( ( @.s == '7' ) && !( @.s == '8' ) )].s", "7"},
		{`$[?(@.s == "7")].s`, "7"},
		{"$[?($.s == '7')].s", "7"},
		{"$[?(@.store.book[?(@.price > 20)])].s", "7"},
		{"$[?(@['my key'] == 1)].s", "7"},
		{"$[?(true == true)].s", "7"},

		{"$.status == 'X'", "parse: Use bracket notion ['my prop'] if your property contains blank characters. position: 2"},
		{"", "parse: json can not be null or empty"},
		{"$.a.", "parse: Path must not end with a '.' or '..'"},
		{"$a", `parse: expected '.' or '[' at position 1 of "$a", not "a"`},
		{"$.a.nope()", "parse: Function with name: nope does not exist."},
		{"$[?(@.a ~~ 1)]", "parse: Filter operator ~~ is not supported!"},
		{"$[?(@.a", `parse: expected ")" at position 7 of "$[?(@.a", not the end`},
		{"$['a", `parse: the quote is not closed at position 2 of "$['a", not "'a"`},
		{"$[?(@.a =~ /[/)]", "parse: wrong pattern /[/: Unclosed character class near index 0\n[\n^"},
	} {
		if got := read(t, c.path, doc); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.path, got, c.want)
		}
	}
}

func TestReadStruct(t *testing.T) {
	t.Parallel()
	inner := data.NewStructSchema("in", data.Field{Name: "at", Schema: data.TimestampSchema}, data.Field{Name: "d", Schema: data.NewSchema(data.StringKind).Optional().Default(data.String("x")).MustBuild()}).MustBuild()
	outer := data.NewStructSchema("out", data.Field{Name: "in", Schema: inner}, data.Field{Name: "l", Schema: data.NewListSchema(data.Int8Schema).MustBuild()},
		data.Field{Name: "b", Schema: data.OptionalBytesSchema}).MustBuild()
	doc := data.MustStruct(outer, data.MustStruct(inner, data.TimestampMillis(1592300893000), data.Null).Value(), data.ListOf(data.Int8(1), data.Int8(2)), data.BytesOf([]byte("x"))).Value()
	for _, c := range []struct{ path, want string }{
		{"$.in.d", "x"},
		{"$[?(@.in.at < 1592300893001)].l[0]", "1"},
		{"$..d", "x"},
		{"$.l[*]", "1 | 2"},
		{"$[?(@.b == 'x')].l", ""},
		{"$.keys()", "[in, l, b]"},
		{"$.l.sum()", "3.0"}, {"$.l.avg()", "1.5"}, {"$.l.min()", "1.0"}, {"$.l.max()", "2.0"}, {"$.l.stddev()", "0.5"},
	} {
		if got := read(t, c.path, doc); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.path, got, c.want)
		}
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"$[?(" + strings.Repeat("(", 1_000_000), "$[?(" + strings.Repeat("!", 60_000) + "@.a)]", "$[?(@.a in " + strings.Repeat("[", 60_000),
		strings.Repeat("$[?(@", 10_000), "$." + strings.Repeat("a", longestText),
	} {
		if _, err := Parse(path); err == nil || !isInvalid(err) {
			t.Errorf("%.20s: %v", path, err)
		}
	}
	hostile := strings.Repeat("$.*[?(", 30) + "@.a" + strings.Repeat(")]", 30)
	if got := read(t, hostile, value(t, store)); got != "error: "+errTooLong.Error() {
		t.Error(got)
	}
	huge := value(t, `{"a": "1e999999999", "b": 1}`)
	if got := read(t, "$[?(@.b == @.a)].b", huge); got != "" {
		t.Error(got)
	}
}

func BenchmarkFilter(b *testing.B) {
	doc := value(b, store)
	for _, path := range []string{"$[?(@.expensive == 10 && @.s == '7')]", "$.store.bicycle.color", "$..author"} {
		p, err := Parse(path)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if found, err := p.Read(doc); err != nil || len(found) == 0 {
					b.Fatal(found, err)
				}
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, path := range []string{"$.store.book[*].author", "$..book[-2:].title", "$..book[?(@.price <= $['expensive'])]", "$[?(@.a =~ /x/i || !(@.b in ['c', 1e3]))]",
		"$['a\\u0041','b'].length()", "$[1,2][:3][4:]", "$[?(@.a == {b: [null, true]})]", "$.tags.index(-1)"} {
		f.Add(path)
	}
	doc := value(f, store)
	f.Fuzz(func(t *testing.T, path string) {
		if strings.Count(path, "..") > 2 || strings.Contains(path, "=~") {
			return // costs more than a fuzzer has
		}
		p, err := Parse(path)
		if err != nil {
			return
		}
		// What a path prints is a path again, unless it has a filter or a quote in a name.
		if text := p.String(); !strings.ContainsAny(text, `?\()`) && strings.Count(text, "'")%2 == 0 && !strings.Contains(path, `"`) && !p.ofItem {
			if again, err := Parse(text); err == nil && again.Definite() != p.Definite() {
				t.Errorf("%q prints as %q, which is another path", path, text)
			}
		}
		found, err := p.Read(doc)
		if p.Definite() && err == nil && len(found) != 1 {
			t.Errorf("%q is definite and finds %d", path, len(found))
		}
		_ = fmt.Sprint(found, err)
	})
}
