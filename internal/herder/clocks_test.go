package herder

import (
	"encoding/base64"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moldau/moldau/internal/group"
	"github.com/moldau/moldau/internal/store"
)

// TestClocksOfWorkersDiffer has workers whose clocks are far apart. Only session keys carry a time: that of whoever made them, by which a later leader
// replaces them (DistributedHerder.ConfigUpdateListener.onSessionKeyUpdate). Whatever the difference, a key is replaced once and not over and over, what
// is signed with it is accepted, and restarts and states go by the order of their records.
func TestClocksOfWorkersDiffer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		// ahead is how far the clock of the worker that made the key is ahead of this one's.
		ahead time.Duration
		// replaced is when the key is replaced.
		replaced time.Duration
	}{
		{"a day ahead", 24 * time.Hour, 25 * time.Hour},
		{"a minute ahead", time.Minute, 61 * time.Minute},
		{"a minute behind", -time.Minute, 59 * time.Minute},
		{"a day behind", -24 * time.Hour, 0},
		{"of 1970", -time.Since(time.UnixMilli(0)), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inGroup(t, func(t *testing.T, g *groupOf) {
				g.member.with(func() { g.member.protocol = group.Sessioned })
				g.running("c") // with a key of its own
				key, err := store.NewSessionKey("HmacSHA256", 0, time.Now().Add(c.ahead))
				if err != nil {
					t.Fatal(err)
				}
				g.member.lead(otherURL, false)
				g.configs.read(store.SessionKeyRecord(key))
				time.Sleep(48 * time.Hour)
				g.expect() // a follower makes none

				// Signed by a worker that knows the key, whatever its clock says.
				body, headers := []byte("[]"), http.Header{}
				if err := key.Sign("HmacSHA256", body, headers); err != nil {
					t.Fatal(err)
				}
				mac, err := base64.StdEncoding.DecodeString(headers.Get(store.SignatureHeader))
				if err != nil {
					t.Fatal(err)
				}
				if err := g.h.verify(body, &Signature{Algorithm: "HmacSHA256", MAC: mac}); err != nil {
					t.Errorf("a request with the newest key is refused: %v", err)
				}

				key.Created = time.Now().Add(c.ahead)
				g.configs.read(store.SessionKeyRecord(key))
				begin := time.Now()
				g.member.lead(ownURL, true)
				g.assigned(work("c", 0))
				if c.replaced > 0 {
					time.Sleep(c.replaced - time.Millisecond)
					g.expect()
					time.Sleep(time.Second)
				}
				g.expect("write key")
				if made := g.configs.Snapshot().SessionKey().Created; made.Before(begin) {
					t.Errorf("the new key is of %s", made)
				}
				time.Sleep(59 * time.Minute)
				g.expect()
			})
		})
	}
}

// TestRestartsGoByTheirOrder wants a restart that a worker with another clock asked for to be carried out, as requests carry no time.
func TestRestartsGoByTheirOrder(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		time.Sleep(time.Hour)
		g.configs.read(store.RestartRecord(store.RestartRequest{Connector: "c", IncludeTasks: true}))
		synctest.Wait()
		g.expect("stop task c-0", "stop c", "start c", "start task c-0")
	})
}
