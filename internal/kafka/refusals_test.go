package kafka

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/sasl"
)

// step is a login of one step whose outcome the test decides.
type step struct{ err error }

func (s *step) Challenge([]byte) (bool, []byte, error) { return s.err == nil, nil, s.err }

type oneStep struct{ asked, closed int }

func (m *oneStep) Name() string { return "TEST" }
func (m *oneStep) Authenticate(context.Context, string) (sasl.Session, []byte, error) {
	m.asked++
	return &step{}, []byte("first"), nil
}
func (m *oneStep) Close() { m.closed++ }

// Credentials that were refused are sent more and more seldom, by all clients together.
func TestRefusedCredentialsAreNotSentAgainAndAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var all logins
		inner := &oneStep{}
		client := func() (*gated, *loginWatch) {
			w := &loginWatch{source: "producer of connector c"}
			return &gated{inner, &lease[*loginGate]{logins: &all, key: "k", build: newLoginGate}, w}, w
		}
		first, watch := client()
		second, other := client()
		refused := kerr.SaslAuthenticationFailed
		// For an hour the two connect again and again.
		for range 3600 * 4 {
			for _, c := range []struct {
				m *gated
				w *loginWatch
			}{{first, watch}, {second, other}} {
				_, _, err := c.m.Authenticate(t.Context(), "b:1")
				if err == nil {
					err = refused
				}
				c.w.logged([]any{"broker", 1, "err", err})
			}
			time.Sleep(250 * time.Millisecond)
		}
		if inner.asked < 100 || inner.asked > 300 { // about every 30 seconds, two where they come at once
			t.Errorf("sent %d times in an hour", inner.asked)
		}
		// Success opens the gate.
		time.Sleep(time.Minute)
		session, _, err := first.Authenticate(t.Context(), "b:1")
		if err != nil {
			t.Fatal(err)
		}
		if done, _, err := session.Challenge(nil); !done || err != nil {
			t.Error(err)
		}
		if _, _, err := second.Authenticate(t.Context(), "b:1"); err != nil {
			t.Error(err)
		}
		first.Close()
		second.Close()
		if inner.closed != 2 || len(all.shared) != 0 {
			t.Errorf("closed %d, %d left", inner.closed, len(all.shared))
		}
	})
}

func TestRefusalsAreTold(t *testing.T) {
	t.Parallel()
	err := errors.Join(kerr.SaslAuthenticationFailed)
	w := &loginWatch{source: "consumer of connector c"}
	var mu sync.Mutex
	var told []error
	tell := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, err)
	}
	w.tell(tell)
	w.logged([]any{"err", errors.New("connection reset"), "n", 1})
	if len(told) != 0 {
		t.Fatalf("told of %v", told)
	}
	for range 3 {
		w.logged([]any{"err", err})
	}
	w.tell(tell) // one who comes late hears at once
	if len(told) != 2 {
		t.Fatalf("told %d times", len(told))
	}
	for _, got := range told {
		var refused *RefusedError
		if !errors.As(got, &refused) || !AuthenticationFailed(got) || !errors.Is(got, kerr.SaslAuthenticationFailed) ||
			!strings.HasSuffix(got.Error(), "(consumer of connector c: look at sasl.mechanism and sasl.jaas.config)") ||
			refused.JavaClass() != "org.apache.kafka.common.errors.SaslAuthenticationException" {
			t.Errorf("%v", got)
		}
	}
	w = &loginWatch{source: "producer"}
	w.tell(tell)
	w.refused(errors.New("TLS handshake with b failed"), true)
	if got := told[2]; got.Error() != "TLS handshake with b failed (producer: look at ssl.keystore.location and ssl.truststore.location)" {
		t.Error(got)
	}
}

func TestDenied(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err      error
		resource Resource
		class    string
		want     string
	}{
		{kerr.TopicAuthorizationFailed, Resource{Topic: "t", Client: Producer, Source: "producer of connector c"}, "TopicAuthorizationException",
			`Not authorized to access topics: [t] (the producer of connector c needs the ACL operation Write (with Describe, which Write brings) on the topic "t")`},
		{kerr.GroupAuthorizationFailed, Resource{Group: "g", Client: Consumer, Source: "consumer of connector c"}, "GroupAuthorizationException",
			`Not authorized to access group: g (the consumer of connector c needs the ACL operation Read on the group "g")`},
		{kerr.TransactionalIDAuthorizationFailed, Resource{TransactionalID: "x", Client: Producer, Source: "producer"}, "TransactionalIdAuthorizationException",
			`Transactional Id authorization failed. (the producer needs the ACL operation Write and Describe on the transactional id "x")`},
		{kerr.ClusterAuthorizationFailed, Resource{Client: Producer, Source: "producer"}, "ClusterAuthorizationException",
			`Cluster authorization failed. (the producer needs the ACL operation IdempotentWrite on the cluster)`},
	} {
		err := Denied(errors.Join(c.err), c.resource)
		java, _ := err.(interface{ JavaClass() string })
		if err.Error() != c.want || !errors.Is(err, c.err) || java == nil || java.JavaClass() != "org.apache.kafka.common.errors."+c.class {
			t.Errorf("%v\nwant %s", err, c.want)
		}
		if Denied(err, Resource{}) != err {
			t.Error("explained twice")
		}
	}
	if err := errors.New("other"); Denied(err, Resource{}) != err {
		t.Error("another error is changed")
	}
}
