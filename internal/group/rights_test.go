package group

import (
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/moldau/moldau/internal/devbroker"
)

// TestMissingRights wants a worker that may not be a member of its group, from the start or since its right was taken away, to be told so: trying again
// does not mend it.
func TestMissingRights(t *testing.T) {
	t.Parallel()
	alter := kfake.ACL{Resource: kmsg.ACLResourceTypeCluster, Name: "kafka-cluster", Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationAlter, Allow: true}
	b, err := devbroker.Start(t.Context(), devbroker.Config{InMemory: true, Options: []kfake.Opt{kfake.EnableACLs(), kfake.User("PLAIN", "ANONYMOUS", "none", alter)}})
	must(t, err)
	t.Cleanup(func() { must(t, b.Close()) })
	w := newTeam(t, b.Addr(), nil)
	w.configure(fourConnectors)
	refused := func(x *worker) {
		t.Helper()
		w.await("it is refused", func() bool { return x.err != nil })
		want := "Not authorized to access group: " + w.config.GroupID + ` (the worker needs the ACL operation Read on the group "` + w.config.GroupID + `")`
		if !errors.Is(x.err, kerr.GroupAuthorizationFailed) || !strings.Contains(x.err.Error(), want) {
			t.Errorf("got %v, want %s", x.err, want)
		}
	}
	never := w.start("never")
	refused(never)
	never.stop()

	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.DisableClientMetrics())
	must(t, err)
	defer client.Close()
	admin := kadm.NewClient(client)
	right := kadm.NewACLs().ResourcePatternType(kadm.ACLPatternLiteral).Groups(w.config.GroupID).Allow("User:ANONYMOUS").AllowHosts("*").Operations(kadm.OpRead)
	created, err := admin.CreateACLs(t.Context(), right)
	must(t, err)
	must(t, created[0].Err)
	x := w.start("no more")
	w.await("it holds the work", w.balanced)
	deleted, err := admin.DeleteACLs(t.Context(), right)
	must(t, err)
	must(t, deleted[0].Err)
	refused(x)
}
