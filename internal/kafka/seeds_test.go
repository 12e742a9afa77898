package kafka

import (
	"net"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// seedWatch hears of connections to bootstrap servers.
type seedWatch struct{ opened, closed chan struct{} }

func (w seedWatch) OnBrokerConnect(meta kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	if isSeed(meta) && err == nil {
		w.opened <- struct{}{}
	}
}

func (w seedWatch) OnBrokerDisconnect(meta kgo.BrokerMetadata, _ net.Conn) {
	if isSeed(meta) {
		w.closed <- struct{}{}
	}
}

func TestConnectionsToBootstrapServersAreLetGo(t *testing.T) {
	t.Parallel()
	servers := cluster(t)
	ctx := within(t)
	watch := seedWatch{make(chan struct{}, 100), make(chan struct{}, 100)}
	s := &seedHook{rest: 20 * time.Millisecond}
	client, err := kgo.NewClient(kgo.SeedBrokers(servers), kgo.WithHooks(s, watch))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := kmsg.NewPtrMetadataRequest().RequestWith(ctx, client); err != nil { // it learns of the brokers
		t.Fatal(err)
	}
	// Whom such a request goes to changes from one to the next, bootstrap servers among them: connections come again and go again.
	for round := range 3 {
		for open := false; !open; {
			if _, err := kmsg.NewPtrApiVersionsRequest().RequestWith(ctx, client); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			select {
			case <-watch.opened:
				open = true
			default:
			}
		}
		select {
		case <-watch.closed:
		case <-ctx.Done():
			t.Fatalf("round %d: the connection was kept", round)
		}
	}
}

// Who asks nothing but bootstrap servers keeps the connection, as does who waits for an answer of one.
func TestConnectionsToBootstrapServersAreKeptWhileTheyAreOfUse(t *testing.T) {
	t.Parallel()
	s := &seedHook{rest: seedRest}
	meta := kgo.BrokerMetadata{NodeID: -5}
	s.OnBrokerWrite(meta, 0, 1, 0, 0, nil)
	s.OnBrokerWrite(meta, 0, 1, 0, 0, nil)
	s.OnBrokerRead(meta, 0, 1, 0, 0, nil)
	s.OnBrokerWrite(kgo.BrokerMetadata{NodeID: 1}, 0, 1, 0, 0, nil)
	if s.pending != 1 {
		t.Errorf("%d requests are pending, want 1", s.pending)
	}
	s.OnBrokerDisconnect(kgo.BrokerMetadata{NodeID: 1}, nil)
	if s.pending != 1 {
		t.Errorf("%d requests are pending after another broker's connection went, want 1", s.pending)
	}
	s.OnBrokerDisconnect(meta, nil)
	if s.pending != 0 {
		t.Errorf("%d requests are pending without connection", s.pending)
	}
}
