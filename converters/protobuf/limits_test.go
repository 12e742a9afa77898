package protobuf

import (
	"bytes"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/protobuf/internal/protofile"
)

// A message in a million parts, a list that claims two gigabytes and groups without end cost no more than their bytes.
func TestHostileData(t *testing.T) {
	t.Parallel()
	file, err := protofile.ParseAll(`syntax = "proto3"; message M { M one = 1; repeated fixed64 list = 2; map<int32, M> m = 3; oneof o { M a = 4; M b = 5; } }`, nil)
	if err != nil {
		t.Fatal(err)
	}
	d := NewData(Options{StructForNull: true})
	m := file.Messages[0]
	s, err := d.ConnectSchema(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	plan := NewData(Options{}).ReadPlan(m, s)
	var decoder Decoder
	for name, raw := range map[string][]byte{
		"parts":  bytes.Repeat([]byte{0x0a, 2, 0x0a, 0}, 1<<19),
		"oneof":  bytes.Repeat([]byte{0x22, 0, 0x2a, 0}, 1<<18),
		"map":    bytes.Repeat([]byte{0x1a, 0}, 1<<18),
		"claims": {0x12, 0xff, 0xff, 0xff, 0xff, 0x07},
		"groups": bytes.Repeat([]byte{0x33}, 1<<20),
		"levels": bytes.Repeat([]byte{0x0a, 0x7f}, 1<<20),
	} {
		_, malformed, err := decoder.Decode(plan, data.NewArena(), raw)
		if wantBad := name == "claims" || name == "groups" || name == "levels"; malformed != wantBad {
			t.Errorf("%s: malformed %v, %v", name, malformed, err)
		}
	}
	if _, malformed, _ := decoder.Decode(d.ReadPlan(m, s), data.NewArena(), nil); !malformed {
		t.Error("a message that contains itself has a struct for its null")
	}
}

func TestHostileSchemas(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nested":   `syntax = "proto3"; ` + strings.Repeat("message M {", 100000),
		"brackets": `syntax = "proto3"; message M { int32 a = 1 [(x) = ` + strings.Repeat("{a:", 100000),
		"long":     `syntax = "proto3"; // ` + strings.Repeat("x", maxTestText),
		"nothing":  "", "number": `syntax = "proto3"; message M { int32 a = 0; }`, "twice": `syntax = "proto3"; message M { int32 a = 1; int32 b = 1; }`,
		"type": `syntax = "proto3"; message M { N a = 1; }`, "import": `import "x.proto"; message M { optional N a = 1; }`,
	} {
		if _, err := protofile.ParseAll(text, nil); err == nil {
			t.Errorf("%s is a schema", name)
		}
	}
	chain := strings.Builder{}
	chain.WriteString("syntax = \"proto3\";\n")
	for i := range 3000 {
		chain.WriteString("message M" + strings.Repeat("x", i%2) + itoa(i) + " { M" + strings.Repeat("x", (i+1)%2) + itoa(i+1) + " a = 1; }\n")
	}
	chain.WriteString("message M3000 {}")
	file, err := protofile.ParseAll(chain.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewData(Options{}).ConnectSchema(file.Messages[0], nil); err == nil {
		t.Error("messages 3000 levels deep are read")
	}
	if _, err := protofile.ParseAll(`import "a"; message M {}`, map[string]string{"a": `import "b";`, "b": `import "a";`}); err == nil {
		t.Error("schemas that import each other are parsed")
	}
}

const maxTestText = 9 << 20

func itoa(i int) string { return textOf([]int32{int32(i)})[1 : len(textOf([]int32{int32(i)}))-1] }
