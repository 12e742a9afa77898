package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
)

// line returns the i-th text of n bytes, in the form of a web server's log: it begins with its number and compresses as logs do.
func line(i, n int) []byte {
	r := rand.New(rand.NewPCG(uint64(i), 1))
	b := fmt.Appendf(make([]byte, 0, 2*n), "%010d %s GET %s/%d HTTP/1.1 200 %d user=%d trace=%x", i, hosts[r.IntN(len(hosts))], paths[r.IntN(len(paths))],
		r.IntN(9000)+1000, r.IntN(50000), r.IntN(100000), r.Uint64())
	for len(b) < n {
		b = append(b, '.')
	}
	return b[:n]
}

var (
	hosts = []string{"203.0.113.7", "198.51.100.24", "192.0.2.55", "203.0.113.190", "198.51.100.3", "192.0.2.131"}
	paths = []string{"/", "/products", "/cart", "/checkout", "/static/app.css", "/login", "/api/orders", "/search"}
)

func writeLines(path string, records, size int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	for i := range records {
		if _, err := w.Write(append(line(i, size-1), '\n')); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
