package metrics

import (
	"crypto/x509"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var certificateEnds = prometheus.NewDesc("moldau_certificate_expiry_timestamp_seconds",
	"When a certificate expires that the worker shows to brokers or to clients of the REST API; of several with one subject the first.", []string{"use", "subject"}, nil)

// mostSubjects bounds the certificates of one use that have series of their own; what comes after them shares one.
const mostSubjects = 100

// Certificates tells at each scrape which certificates are in use, and what for. It must not block for long.
type Certificates func(give func(use string, c *x509.Certificate))

// Beans gives nothing: Java shows no certificates.
func (Certificates) Beans(func(Bean)) {}

func (all Certificates) extras(out chan<- prometheus.Metric) {
	ends := map[string]map[string]time.Time{}
	all(func(use string, c *x509.Certificate) {
		of := ends[use]
		if of == nil {
			of = map[string]time.Time{}
			ends[use] = of
		}
		subject := strings.ToValidUTF8(c.Subject.String(), "?")
		if _, known := of[subject]; !known && len(of) >= mostSubjects {
			subject = manyTopics
		}
		if end, known := of[subject]; !known || c.NotAfter.Before(end) {
			of[subject] = c.NotAfter
		}
	})
	for use, of := range ends {
		for subject, end := range of {
			out <- gauge(certificateEnds, float64(end.Unix()), use, subject)
		}
	}
}

// Presents says which certificates the client shows to brokers. It is called before the client is made; the function must not block.
func (c *clientFigures) Presents(certificates func() []*x509.Certificate) { c.presents = certificates }

// presented are the certificates of the clients that live.
func (c *Clients) presented(give func(use string, c *x509.Certificate)) {
	for _, h := range c.all() {
		if h.presents == nil {
			continue
		}
		for _, cert := range h.presents() {
			give(string(h.kind), cert)
		}
	}
}
