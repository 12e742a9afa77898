package rest

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"html"
	"net"
	"net/http"
	"strconv"
)

// htmlType is the Content-Type of Jetty's error pages.
const htmlType = "text/html;charset=iso-8859-1"

// errorPage renders Jetty's page for errors that arise before Jersey is asked (org.eclipse.jetty.server.handler.ErrorHandler).
func errorPage(status int, message, uri string) []byte {
	m := html.EscapeString(message)
	row := ""
	if uri != "" {
		row = "<tr><th>URI:</th><td>" + html.EscapeString(uri) + "</td></tr>\n"
	}
	return fmt.Appendf(nil, `<html>
<head>
<meta http-equiv="Content-Type" content="text/html;charset=ISO-8859-1"/>
<title>Error %d %s</title>
</head>
<body>
<h2>HTTP ERROR %d %s</h2>
<table>
%s<tr><th>STATUS:</th><td>%d</td></tr>
<tr><th>MESSAGE:</th><td>%s</td></tr>
</table>

</body>
</html>
`, status, m, status, m, row, status, m)
}

// writePage sends an error page; Jetty makes one for GET, POST and HEAD only.
func writePage(w http.ResponseWriter, r *http.Request, status int, message string) {
	h := w.Header()
	h["Cache-Control"] = []string{"must-revalidate,no-cache,no-store"}
	if r.Method != http.MethodGet && r.Method != http.MethodPost && r.Method != http.MethodHead || r.RequestURI == "*" {
		h["Content-Type"] = nil
		h["Content-Length"] = []string{"0"}
		w.WriteHeader(status)
		return
	}
	page := errorPage(status, message, r.RequestURI)
	h["Content-Type"] = []string{htmlType}
	h["Content-Length"] = []string{strconv.Itoa(len(page))}
	w.WriteHeader(status)
	_, _ = w.Write(page)
}

// pageListener gives connections whose requests net/http itself refuses Jetty's page instead of net/http's plain text: clients that look at
// the Content-Type of an error find the same one whoever refused. It does TLS, too, below that.
type pageListener struct {
	net.Listener
	tls *tls.Config
}

func (l *pageListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if l.tls != nil {
		c = tls.Server(c, l.tls)
	}
	return &pageConn{c}, nil
}

type pageConn struct{ net.Conn }

// refusal is what net/http puts after the status line of a request that it could not read, and nothing of ours does.
var refusal = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")

func (c *pageConn) Write(p []byte) (int, error) {
	const line = len("HTTP/1.1 400 ")
	if len(p) < line || !bytes.HasPrefix(p, []byte("HTTP/1.1 ")) {
		return c.Conn.Write(p)
	}
	at := bytes.IndexByte(p, '\r')
	if at < line || !bytes.HasPrefix(p[at:], refusal) {
		return c.Conn.Write(p)
	}
	status, err := strconv.Atoi(string(p[line-4 : line-1]))
	if err != nil {
		return c.Conn.Write(p)
	}
	page := errorPage(status, http.StatusText(status), "")
	out := fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		status, http.StatusText(status), htmlType, len(page), page)
	if _, err := c.Conn.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}
