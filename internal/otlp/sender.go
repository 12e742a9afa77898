package otlp

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"
)

// Sender posts messages to a collector. Its methods may be called from any goroutine.
type Sender struct {
	settings Settings
	client   *http.Client
	log      *slog.Logger
	signal   Signal

	mu     sync.Mutex
	failed bool // the last message did not arrive, and that was logged
}

// NewSender makes a sender; nothing is connected before the first message.
func NewSender(signal Signal, settings Settings, log *slog.Logger) *Sender {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = settings.TLS
	transport.MaxIdleConnsPerHost = 1
	return &Sender{settings: settings, client: &http.Client{Transport: transport}, log: log, signal: signal}
}

// Close lets go of idle connections.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

// attempts is how often a message is sent to a collector that asks for patience, with firstPause before the second time and twice that each further.
const (
	attempts   = 4
	firstPause = 500 * time.Millisecond
	mostPause  = 10 * time.Second
	mostAnswer = 64 << 10
)

// Send posts a message, some times where the collector asks for patience or cannot be reached. The log hears of the first message that did not arrive
// and of the first that did again, and of none between.
func (s *Sender) Send(ctx context.Context, m proto.Message) error {
	body, err := proto.Marshal(m)
	if err == nil && s.settings.Compress {
		body, err = compressed(body)
	}
	if err == nil {
		err = s.persist(ctx, body)
	}
	s.note(ctx, err)
	return err
}

func (s *Sender) persist(ctx context.Context, body []byte) error {
	pause := firstPause
	for n := 1; ; n++ {
		wait, err := s.post(ctx, body)
		if err == nil || wait < 0 || n == attempts {
			return err
		}
		timer := time.NewTimer(min(max(pause, wait), mostPause))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
		pause *= 2
	}
}

// post sends once. With an error it says how long the collector wants to be left alone, below 0 for ever.
func (s *Sender) post(ctx context.Context, body []byte) (wait time.Duration, _ error) {
	ctx, cancel := context.WithTimeout(ctx, s.settings.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.settings.URL, bytes.NewReader(body))
	if err != nil {
		return -1, err
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	request.Header.Set("User-Agent", "Moldau-OTLP")
	if s.settings.Compress {
		request.Header.Set("Content-Encoding", "gzip")
	}
	for name, value := range s.settings.Headers {
		request.Header.Set(name, value)
	}
	answer, err := s.client.Do(request)
	if err != nil {
		var detail *url.Error
		if errors.As(err, &detail) {
			err = detail.Err // the address is said once, without what a user may have put into it
		}
		return 0, err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, mostAnswer)) // read to its end, a connection is used again
	if answer.StatusCode < 300 {
		return 0, nil
	}
	err = fmt.Errorf("the collector answered %s", answer.Status)
	switch answer.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		return time.Duration(max(seconds, 0)) * time.Second, err
	}
	return -1, err
}

func (s *Sender) note(ctx context.Context, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil && !s.failed && ctx.Err() == nil:
		s.failed = true
		s.log.Warn(fmt.Sprintf("OpenTelemetry %s do not arrive at %s and are dropped until they do; this is said once", s.signal, redacted(s.settings.URL)), "error", err)
	case err == nil && s.failed:
		s.failed = false
		s.log.Info(fmt.Sprintf("OpenTelemetry %s arrive at %s again", s.signal, redacted(s.settings.URL)))
	}
}

func redacted(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the collector"
	}
	return u.Redacted()
}

func compressed(b []byte) ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
