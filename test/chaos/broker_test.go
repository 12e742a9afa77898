//go:build unix

package chaos

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// embedded is `moldau dev` as a process of its own, for its broker, which can be killed and comes back with what was acknowledged.
type embedded struct {
	t       *testing.T
	dir     string
	address string
	log     string
	run     *process
}

func newEmbedded(t *testing.T, dir string) *embedded {
	t.Helper()
	e := &embedded{t: t, dir: filepath.Join(dir, "broker"), address: freeAddress(t), log: filepath.Join(dir, "broker.log")}
	e.start()
	if err := await(30*time.Second, func() error {
		c, err := net.Dial("tcp", e.address)
		if err == nil {
			c.Close()
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *embedded) start() {
	e.run = start(e.t, e.log, "dev", "--data", e.dir, "--rest", "127.0.0.1:0", "--kafka", e.address)
}

func (e *embedded) kill() { e.run.end(syscall.SIGKILL) }

// stable says whether the consumer group of every sink has as many members as the sink has tasks, and rests.
func (s *storm) stable() error {
	client, err := kgo.NewClient(kgo.SeedBrokers(s.address))
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	for _, sink := range s.load.sinks {
		group := "connect-" + sink.connector
		described, err := kadm.NewClient(client).DescribeGroups(ctx, group)
		if err != nil {
			return err
		}
		if g, want := described[group], s.wanted.tasks(sink.connector); g.State != "Stable" || len(g.Members) != want {
			return fmt.Errorf("%s is %s with %d members, want %d", group, g.State, len(g.Members), want)
		}
	}
	return nil
}

// describe logs the state of the sinks' consumer groups and the ends of topics.
func (s *storm) describe() {
	client, err := kgo.NewClient(kgo.SeedBrokers(s.address))
	if err != nil {
		s.t.Log(err)
		return
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	admin := kadm.NewClient(client)
	for _, sink := range s.load.sinks {
		group := "connect-" + sink.connector
		described, err := admin.DescribeGroups(ctx, group)
		if err != nil {
			s.t.Logf("%s: %v", group, err)
			continue
		}
		g := described[group]
		committed, err := admin.FetchOffsets(ctx, group)
		s.t.Logf("%s is %s; its offsets %v %v", group, g.State, committed.Offsets(), err)
		for _, m := range g.Members {
			s.t.Logf("  member %s has %v", m.MemberID, m.Assigned)
		}
	}
	for _, source := range s.load.sources {
		ends, err := admin.ListEndOffsets(ctx, source.topic)
		s.t.Logf("%s ends at %v %v", source.topic, ends.Offsets(), err)
	}
}
