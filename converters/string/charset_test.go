package string

import (
	"encoding/binary"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/moldau/moldau/internal/javafmt"
)

// TestCharsets replays what JDK 17 made of bytes and of UTF-16 units.
func TestCharsets(t *testing.T) {
	t.Parallel()
	recorded, err := os.ReadFile("testdata/charsets.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(recorded)) {
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		set, err := charsetOf(c[0])
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if c[1] == "decode" {
			got = unitsHex(string(set.decode(nil, unhex(t, c[2]))))
		} else {
			got = hex.EncodeToString(set.encode(nil, unitsText(unhex(t, c[2]))))
		}
		if got != c[3] {
			t.Errorf("%s %s %s: got %s, want %s", c[0], c[1], c[2], got, c[3])
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func unitsHex(s string) string {
	var b []byte
	for _, u := range javafmt.EncodeUTF16(s) {
		b = binary.BigEndian.AppendUint16(b, u)
	}
	return hex.EncodeToString(b)
}

func unitsText(b []byte) string {
	var units []uint16
	for ; len(b) > 0; b = b[2:] {
		units = append(units, binary.BigEndian.Uint16(b))
	}
	return javafmt.DecodeUTF16(units)
}
