package kafka

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// kerberosSettings are the options of Krb5LoginModule and what the system says of Kerberos.
type kerberosSettings struct {
	principal      string
	keytab, cache  string // paths; the cache comes first where both are given
	configuration  string // krb5.conf
	realm, kdc     string // java.security.krb5.realm and .kdc, in place of a file
	factor, jitter float64
	relogin        time.Duration
	warn           func(key, reason string)
	tickets        *ticketTimes
}

// ticketTimes are of the ticket in use.
type ticketTimes struct {
	cache                *credentials.CCache
	start, end, renewEnd time.Time
}

func (l Login) kerberosSettings() (kerberosSettings, error) {
	bad := func(text string) (kerberosSettings, error) {
		return kerberosSettings{}, &ConfigError{"sasl.jaas.config", text}
	}
	option := func(name string) bool { return strings.EqualFold(l.Module.Options[name], "true") }
	s := kerberosSettings{
		principal: l.Module.Options["principal"], configuration: l.system["java.security.krb5.conf"], realm: l.system["java.security.krb5.realm"], kdc: l.system["java.security.krb5.kdc"],
		factor: l.float("sasl.kerberos.ticket.renew.window.factor"), jitter: l.float("sasl.kerberos.ticket.renew.jitter"),
		relogin: l.millis("sasl.kerberos.min.time.before.relogin"), warn: l.warn, tickets: &ticketTimes{},
	}
	if s.principal == "" {
		s.principal = l.system["sun.security.krb5.principal"]
	}
	if s.configuration == "" && s.realm == "" {
		if s.configuration = os.Getenv("KRB5_CONFIG"); s.configuration == "" {
			s.configuration = "/etc/krb5.conf"
		}
	}
	if option("useTicketCache") || option("renewTGT") {
		s.cache = strings.TrimPrefix(l.Module.Options["ticketCache"], "FILE:")
		if s.cache == "" {
			s.cache = defaultCache()
		}
	}
	if option("useKeyTab") {
		s.keytab = strings.TrimPrefix(strings.TrimPrefix(l.Module.Options["keyTab"], "file://"), "FILE:")
		if s.keytab == "" {
			s.keytab = "/etc/krb5.keytab"
		}
	}
	switch {
	case s.keytab == "" && s.cache == "":
		return bad("Could not login: the client is being asked for a password, but the Kafka client code does not currently support obtaining a password from the user. " +
			"Set useKeyTab=true with keyTab and principal, or useTicketCache=true, in the login module " + l.Module.Class)
	case s.keytab != "" && s.cache == "" && s.principal == "":
		return bad("Unable to obtain Principal Name for authentication: the login module " + l.Module.Class + " with useKeyTab=true needs the option principal")
	}
	if s.keytab != "" {
		if _, err := s.loadKeytab(); err != nil && s.cache == "" {
			return bad(err.Error())
		}
	}
	if _, err := s.load(); err != nil {
		return bad(err.Error())
	}
	return s, nil
}

func defaultCache() string {
	if name := os.Getenv("KRB5CCNAME"); name != "" {
		return strings.TrimPrefix(name, "FILE:")
	}
	id := "0"
	if u, err := user.Current(); err == nil {
		id = u.Uid
	}
	return "/tmp/krb5cc_" + id
}

// load reads krb5.conf.
func (s kerberosSettings) load() (*config.Config, error) {
	if s.configuration == "" {
		if s.kdc == "" {
			return nil, errors.New("the system property java.security.krb5.realm is set and java.security.krb5.kdc is not")
		}
		kdcs := ""
		for _, kdc := range strings.Split(s.kdc, ":") {
			kdcs += "  kdc = " + kdc + "\n"
		}
		return config.NewFromString("[libdefaults]\ndefault_realm = " + s.realm + "\n[realms]\n" + s.realm + " = {\n" + kdcs + "}\n")
	}
	c, err := config.Load(s.configuration)
	var unsupported config.UnsupportedDirective
	if err != nil && !errors.As(err, &unsupported) {
		return nil, fmt.Errorf("the Kerberos configuration %s (system property java.security.krb5.conf, or KRB5_CONFIG) cannot be used: %w", s.configuration, err)
	}
	return c, nil
}

func (s kerberosSettings) canonicalize() bool {
	c, err := s.load()
	return err == nil && c.LibDefaults.DNSCanonicalizeHostname
}

func (s kerberosSettings) loadKeytab() (k *keytab.Keytab, err error) {
	defer func() { // the library trusts lengths that stand in the file
		if recover() != nil {
			k, err = nil, fmt.Errorf("the keytab %s (option keyTab of sasl.jaas.config) is damaged", s.keytab)
		}
	}()
	k, err = keytab.Load(s.keytab)
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("the keytab (option keyTab of sasl.jaas.config) cannot be read: %w", err)
	case err != nil:
		return nil, fmt.Errorf("the keytab %s (option keyTab of sasl.jaas.config) is damaged: %w", s.keytab, err)
	case len(k.Entries) == 0:
		return nil, fmt.Errorf("the keytab %s (option keyTab of sasl.jaas.config) holds no keys", s.keytab)
	}
	return k, nil
}

// stamps looks at the files that a login depends on.
func (s kerberosSettings) stamps() map[string]fileStamp {
	stamps := map[string]fileStamp{}
	for _, path := range []string{s.keytab, s.cache, s.configuration} {
		if info, err := os.Stat(path); path != "" && err == nil {
			stamps[path] = fileStamp{info.ModTime(), info.Size()}
		}
	}
	return stamps
}

// open makes a client from the ticket cache, else from the keytab. The time is the end of a ticket from the cache.
func (s kerberosSettings) open(now time.Time) (*client.Client, time.Time, error) {
	c, err := s.load()
	if err != nil {
		return nil, time.Time{}, err
	}
	var cacheErr error
	if s.cache != "" {
		var found *client.Client
		if found, cacheErr = s.openCache(c, now); cacheErr == nil {
			return found, s.tickets.end, nil
		}
		if s.keytab == "" {
			return nil, time.Time{}, cacheErr
		}
	}
	keys, err := s.loadKeytab()
	if err != nil {
		return nil, time.Time{}, errors.Join(cacheErr, err)
	}
	name, realm := splitPrincipal(s.principal, c.LibDefaults.DefaultRealm)
	return client.NewWithKeytab(name, realm, keys, c, client.DisablePAFXFAST(true)), time.Time{}, nil
}

func splitPrincipal(principal, defaultRealm string) (name, realm string) {
	if at := strings.LastIndexByte(principal, '@'); at >= 0 {
		return principal[:at], principal[at+1:]
	}
	return principal, defaultRealm
}

func (s kerberosSettings) openCache(c *config.Config, now time.Time) (opened *client.Client, err error) {
	const option = "option ticketCache of sasl.jaas.config, or KRB5CCNAME"
	damaged := func() error {
		return fmt.Errorf("the Kerberos ticket cache %s (%s) is damaged, or of a kind other than FILE", s.cache, option)
	}
	defer func() {
		if recover() != nil {
			opened, err = nil, damaged()
		}
	}()
	cache, err := credentials.LoadCCache(s.cache)
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("the Kerberos ticket cache (%s) cannot be read, fill it with kinit: %w", option, err)
	case err != nil:
		return nil, damaged()
	}
	if s.principal != "" {
		name, realm := splitPrincipal(s.principal, c.LibDefaults.DefaultRealm)
		if owner := cache.GetClientPrincipalName().PrincipalNameString(); owner != name || cache.GetClientRealm() != realm {
			return nil, fmt.Errorf("the Kerberos ticket cache %s (%s) is of %s@%s, not of %s@%s", s.cache, option, owner, cache.GetClientRealm(), name, realm)
		}
	}
	ticket, found := cache.GetEntry(grantingTicket(cache.GetClientRealm()))
	if !found {
		return nil, fmt.Errorf("the Kerberos ticket cache %s (%s) holds no ticket-granting ticket, fill it with kinit", s.cache, option)
	}
	if !now.Before(ticket.EndTime) {
		return nil, fmt.Errorf("the Kerberos ticket in %s (%s) expired at %s, renew it with kinit", s.cache, option, ticket.EndTime.UTC().Format(time.RFC3339))
	}
	return s.fromCache(cache, c)
}

func grantingTicket(realm string) types.PrincipalName {
	return types.PrincipalName{NameType: nametype.KRB_NT_SRV_INST, NameString: []string{"krbtgt", realm}}
}

func (s kerberosSettings) fromCache(cache *credentials.CCache, c *config.Config) (*client.Client, error) {
	opened, err := client.NewFromCCache(cache, c, client.DisablePAFXFAST(true))
	if err != nil {
		return nil, fmt.Errorf("the Kerberos ticket cache %s: %w", s.cache, err)
	}
	ticket, _ := cache.GetEntry(grantingTicket(cache.GetClientRealm()))
	start := ticket.StartTime
	if start.Unix() <= 0 {
		start = ticket.AuthTime
	}
	*s.tickets = ticketTimes{cache: cache, start: start, end: ticket.EndTime, renewEnd: ticket.RenewTill}
	return opened, nil
}

// renewal is KerberosLogin.getRefreshTime: when a share of the ticket's life is over. A ticket that cannot be renewed any longer is left to
// kinit.
func (s kerberosSettings) renewal(now time.Time) (time.Duration, bool) {
	t := s.tickets
	if t.cache == nil || !t.renewEnd.After(t.end) {
		return 0, false
	}
	life := t.end.Sub(t.start)
	at := t.start.Add(time.Duration(float64(life) * (s.factor + s.jitter*rand.Float64())))
	return max(at.Sub(now), time.Second), now.Before(t.end)
}

// extend renews the ticket of a client that came from a cache.
func (s kerberosSettings) extend(c *client.Client) (*client.Client, time.Time, error) {
	cache := s.tickets.cache
	realm := cache.GetClientRealm()
	entry, found := cache.GetEntry(grantingTicket(realm))
	if !found {
		return nil, time.Time{}, errors.New("the ticket is gone")
	}
	var old messages.Ticket
	if err := old.Unmarshal(entry.Ticket); err != nil {
		return nil, time.Time{}, err
	}
	_, answer, err := c.TGSREQGenerateAndExchange(grantingTicket(realm), realm, old, entry.Key, true)
	if err != nil {
		return nil, time.Time{}, s.explain(err)
	}
	bytes, err := answer.Ticket.Marshal()
	if err != nil {
		return nil, time.Time{}, err
	}
	now := answer.DecryptedEncPart
	entry.Ticket, entry.Key = bytes, now.Key
	entry.AuthTime, entry.StartTime, entry.EndTime, entry.RenewTill = now.AuthTime, now.StartTime, now.EndTime, now.RenewTill
	opened, err := s.fromCache(cache, c.Config)
	return opened, entry.EndTime, err
}

// explain adds to an error of the library what a user should look at.
func (s kerberosSettings) explain(err error) error {
	text := err.Error()
	hint := ""
	switch {
	case strings.Contains(text, "KDC_ERR_C_PRINCIPAL_UNKNOWN"):
		hint = ": the key distribution centre does not know the principal"
	case strings.Contains(text, "KDC_ERR_PREAUTH_FAILED"), strings.Contains(text, "Decrypting_Error"), strings.Contains(text, "matching key not found in keytab"):
		hint = ": the key in the keytab is not (or no longer) that of the principal"
	case strings.Contains(text, "KRB_AP_ERR_SKEW"):
		hint = ": the clocks of this machine and of the key distribution centre differ"
	case unreachable(err):
		hint = ": look at the key distribution centres of " + s.configuration
	}
	from := "the keytab " + s.keytab
	if s.keytab == "" {
		from = "the ticket cache " + s.cache
	}
	return fmt.Errorf("Kerberos login of %s with %s (sasl.jaas.config)%s: %w", s.principal, from, hint, err)
}

// unreachable reports whether no key distribution centre answered, so that nothing was refused.
func unreachable(err error) bool {
	return err != nil && strings.Contains(err.Error(), "Networking_Error")
}
