package bench

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io"
)

//go:embed testdata/*.jsonl.gz
var records embed.FS

// Documents returns records as JsonConverter writes them with their schema: of the kinds flat10 (ten fields), nested40 (structs in structs and
// a list of them) or dbz (a change event as Debezium sends it).
func Documents(kind string) ([][]byte, error) {
	f, err := records.Open("testdata/" + kind + ".jsonl.gz")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(z)
	return bytes.Split(bytes.TrimSpace(text), []byte("\n")), err
}

// Payload returns a document without its schema.
func Payload(doc []byte) []byte {
	_, payload, _ := bytes.Cut(doc, []byte(`,"payload":`))
	return payload[:len(payload)-1]
}
