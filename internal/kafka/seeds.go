package kafka

import (
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// seedRest is for how long a connection to a bootstrap server must have been of no use before it is let go.
const seedRest = 5 * time.Second

// seedHook is a hook that lets go of connections to bootstrap servers. The client keeps them apart from those to the brokers that it learns of, uses
// them for a request every few minutes, and closing them for being idle frees their file descriptor but not their memory: 9 kB of a client at
// rest, of which a worker may have thousands. Other bootstrap servers in their place, with the same addresses, have no connection until they are needed.
type seedHook struct {
	rest time.Duration // seedRest

	mu      sync.Mutex
	client  *kgo.Client
	timer   *time.Timer
	pending int // requests without an answer
	used    time.Time
}

// OnNewClient gets the client whose hook it is.
func (s *seedHook) OnNewClient(client *kgo.Client) {
	s.mu.Lock()
	s.client = client
	s.mu.Unlock()
}

// OnClientClosed ends the watch.
func (s *seedHook) OnClientClosed(*kgo.Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.client = nil
	if s.timer != nil {
		s.timer.Stop()
	}
}

// isSeed says of a broker that the client knows it as a bootstrap server: the numbers of brokers are not negative.
func isSeed(meta kgo.BrokerMetadata) bool { return meta.NodeID < 0 }

// OnBrokerConnect begins to watch.
func (s *seedHook) OnBrokerConnect(meta kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	if !isSeed(meta) || err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = time.Now()
	if s.timer == nil && s.client != nil {
		s.timer = time.AfterFunc(s.rest, s.look)
	}
}

// OnBrokerDisconnect forgets requests that nobody will answer.
func (s *seedHook) OnBrokerDisconnect(meta kgo.BrokerMetadata, _ net.Conn) {
	if isSeed(meta) {
		s.mu.Lock()
		s.pending = 0
		s.mu.Unlock()
	}
}

// OnBrokerWrite counts a request.
func (s *seedHook) OnBrokerWrite(meta kgo.BrokerMetadata, _ int16, _ int, _, _ time.Duration, err error) {
	if isSeed(meta) && err == nil {
		s.count(1)
	}
}

// OnBrokerRead counts an answer.
func (s *seedHook) OnBrokerRead(meta kgo.BrokerMetadata, _ int16, _ int, _, _ time.Duration, _ error) {
	if isSeed(meta) {
		s.count(-1)
	}
}

func (s *seedHook) count(requests int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = max(s.pending+requests, 0)
	s.used = time.Now()
}

// look lets go of the connections if nothing waits for them and the client has other brokers to ask.
func (s *seedHook) look() {
	s.mu.Lock()
	client := s.client
	s.mu.Unlock()
	if client == nil {
		return
	}
	known := len(client.DiscoveredBrokers()) > 0 // not with the lock, which hooks take while the client holds its own
	s.mu.Lock()
	if !known || s.pending > 0 || time.Since(s.used) < s.rest {
		if s.client != nil {
			s.timer = time.AfterFunc(s.rest, s.look)
		}
		s.mu.Unlock()
		return
	}
	s.timer = nil
	s.mu.Unlock()
	addresses, _ := client.OptValue(kgo.SeedBrokers).([]string)
	// A request that is made at this moment may fail as if the broker had gone away; the client repeats it elsewhere. The only error is of an
	// address that cannot be parsed, with which there would be no client.
	_ = client.UpdateSeedBrokers(addresses...)
}
