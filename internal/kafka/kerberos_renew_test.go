package kafka

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/moldau/moldau/test/servers"
)

// A ticket that kinit put into a cache is renewed without it, as long as the centre allows.
func TestTicketsOfCachesAreRenewed(t *testing.T) {
	kdc := servers.SecureKafka(t).KDC(t)
	cache := filepath.Join(t.TempDir(), "cc")
	kdc.Kinit(t, cache, "10m", "1h")
	obtained := time.Now()
	l := loginOf(t, "GSSAPI", krb5Module+`useTicketCache=true ticketCache="`+cache+`";`, map[string]string{"java.security.krb5.conf": kdc.Config}, "sasl.kerberos.service.name", "kafka",
		"sasl.kerberos.ticket.renew.window.factor", "0.5", "sasl.kerberos.ticket.renew.jitter", "0")
	s, err := l.kerberosSettings()
	if err != nil {
		t.Fatal(err)
	}
	state := newKerberosLogin(s)
	defer state.close()
	if _, err := state.login(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := state.expiry
	if wait, renewable := s.renewal(obtained); !renewable || wait < 4*time.Minute || wait > 5*time.Minute+2*time.Second {
		t.Errorf("renewed after %v, %v", wait, renewable)
	}
	<-time.After(time.Until(obtained.Add(2 * time.Second))) // ends are full seconds
	state.renew()
	if !state.expiry.After(first) || state.timer == nil {
		t.Errorf("ends at %v, before at %v", state.expiry, first)
	}
	if _, err := state.login(t.Context()); err != nil {
		t.Error(err)
	}
	// A ticket that cannot be renewed is left alone.
	kdc.Kinit(t, cache, "11m", "")
	if _, err := state.login(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, renewable := s.renewal(time.Now()); renewable || state.timer != nil {
		t.Error("a ticket that is not renewable is to be renewed")
	}
}
