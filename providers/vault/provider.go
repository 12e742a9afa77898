package vault

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/providers/internal/service"
)

// Provider gives secrets of Vault.
type Provider struct {
	style   style
	values  *config.Values
	session *session
	dir     string // of files that values become, "" for none

	stop context.CancelFunc
	done sync.WaitGroup

	mu     sync.Mutex
	leases map[string]*lease
}

func newProvider(s style) *Provider { return &Provider{style: s, leases: map[string]*lease{}} }

// Configure reads the parameters and logs in, so that what is wrong with them shows when the worker starts.
func (p *Provider) Configure(props map[string]string) (err error) {
	if p.values, err = Def().ParseStrings(props); err != nil {
		return err
	}
	v := p.values
	base, err := url.Parse(cmp.Or(v.String(address), v.String(lensesAddress), os.Getenv("VAULT_ADDR"), "http://localhost:8200"))
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return config.Failed(address + " is no URL of a Vault server, such as https://vault:8200")
	}
	if version, ok := p.version(); ok && version != 1 && version != 2 {
		return config.Invalid(engineVersion, version, "Valid versions are 1 and 2")
	}
	secure, err := service.TLS{
		SkipVerify: !v.Bool(sslVerify),
		TrustPEM:   cmp.Or(v.String(pemTrust), v.String(lensesTrust), os.Getenv("VAULT_CACERT")),
		CertPEM:    cmp.Or(v.String(pemCert), v.String(lensesClient)), KeyPEM: cmp.Or(v.String(pemKey), v.String(lensesClient)),
		TrustStore: v.String(truststore), TrustStorePassword: v.Password(truststorePass).Reveal(),
		KeyStore: v.String(keystoreFile), KeyStorePassword: v.Password(keystorePass).Reveal(),
	}.Config()
	if err != nil {
		return err
	}
	if v.Bool(writeFiles) {
		p.dir = filepath.Join(v.String(fileDir), "secrets")
	}
	attempts, wait := v.Int(maxRetries)+1, v.Duration(retryInterval)
	if n := v.Int(retryCount); n > 0 {
		attempts = n
	}
	if n := v.Int(retrySeconds); n > 0 {
		wait = time.Duration(n) * time.Second
	}
	p.session = &session{values: v, base: base, namespace: cmp.Or(v.String(namespace), os.Getenv("VAULT_NAMESPACE")), now: time.Now}
	p.session.client = service.NewClient(service.Options{TLS: secure, Timeout: time.Duration(v.Int(timeoutSeconds)) * time.Second, Attempts: attempts, Wait: wait,
		Message: refusal, Peer: p.session.isLeader})
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	if _, err := p.session.current(ctx); err != nil {
		stop()
		p.session.client.Close()
		return err
	}
	p.done.Go(func() { p.session.keepAlive(ctx, v.Duration(tokenRenewal)) })
	return nil
}

// Close ends the renewal of the token. Tokens and leases are not revoked: what was given may still be in use.
func (p *Provider) Close() error {
	if p.stop != nil {
		p.stop()
		p.done.Wait()
		p.session.client.Close()
	}
	return nil
}

// Get returns the fields of the secret at path, which may have the parameters version, of key/value engines of version 2, and ttl.
func (p *Provider) Get(ctx context.Context, path string, keys []string) (connect.ConfigData, error) {
	if p.session == nil {
		return connect.ConfigData{}, config.Failed("Vault client is not set.")
	}
	values, ttl, err := p.lookUp(ctx, path)
	if err != nil {
		return connect.ConfigData{}, err
	}
	data := service.Picked(values, keys, ttl)
	if p.style.needsAllKeys {
		if err := service.NeedAll(data, path, keys); err != nil {
			return connect.ConfigData{}, err
		}
	}
	if p.style.decodes {
		for key, value := range data.Values {
			encoding, _ := service.EncodingOf(key)
			if data.Values[key], err = encoding.Decode(key, value, p.fileOf(path, key)); err != nil {
				return connect.ConfigData{}, err
			}
		}
	}
	return data, nil
}

// fileOf returns the file that a value becomes: each secret, and each version of one that is asked for, has files of its own.
func (p *Provider) fileOf(path, key string) string {
	reference := service.ParseReference(path)
	folder := strings.Trim(reference.Path, "/")
	if version := reference.Params.Get("version"); version != "" {
		folder += "@" + version
	}
	return service.FileIn(p.dir, filepath.Join(folder, strings.ToLower(key)))
}

// lookUp returns the secret at path and when to ask for it again.
func (p *Provider) lookUp(ctx context.Context, path string) (map[string]string, time.Duration, error) {
	reference := service.ParseReference(path)
	ttl, err := reference.TTL(p.ttl())
	if err != nil {
		return nil, 0, err
	}
	p.mu.Lock()
	l := p.leases[path]
	if l == nil {
		l = &lease{}
		p.leases[path] = l
	}
	p.mu.Unlock()
	// One at a time for a path: two reads of an engine that makes credentials would make two.
	l.mu.Lock()
	defer l.mu.Unlock()
	if values, again, ok := l.hold(ctx, p.session); ok {
		return values, again, nil
	}
	out, err := p.read(ctx, reference)
	if err != nil {
		return nil, 0, err
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(out.Data, &fields) != nil || len(fields) == 0 {
		return nil, 0, config.Failed("No secrets found at path [" + reference.Path + "]")
	}
	values := service.Texts(fields)
	duration := time.Duration(out.LeaseDuration) * time.Second
	if out.LeaseID != "" && duration > 0 {
		l.take(out, values, p.session.now())
		return values, max(l.untilDue(p.session.now()), p.values.Duration(minimumTTL)), nil
	}
	l.drop()
	if ttl == 0 {
		ttl = duration // what an engine of version 1 has as a hint
	}
	return values, ttl, nil
}

func (p *Provider) ttl() time.Duration {
	return cmp.Or(p.values.Duration(service.TTLKey), p.values.Duration(defaultTTL), p.values.Duration(minimumTTL))
}

func (p *Provider) version() (int, bool) {
	for _, key := range []string{engineVersion, confluentEngineVersion} {
		if p.values.IsSet(key) {
			return p.values.Int(key), true
		}
	}
	return 2, false
}

// read reads a path. In a key/value engine of version 2 the data is one level further down, and so is what is answered.
func (p *Provider) read(ctx context.Context, reference service.Reference) (*answer, error) {
	path, err := service.EscapedPath(strings.Trim(reference.Path, "/"))
	if err != nil {
		return nil, err
	}
	mount, version := p.mountOf(ctx, path)
	query := url.Values{}
	target := path
	if version == 2 {
		if rest, ok := strings.CutPrefix(path, mount+"/"); ok && !strings.HasPrefix(rest, "data/") {
			target = mount + "/data/" + rest
		}
		if v := reference.Params.Get("version"); v != "" {
			query.Set("version", v)
		}
	}
	out, err := p.session.call(ctx, http.MethodGet, target, query, nil)
	switch {
	case service.IsStatus(err, http.StatusNotFound):
		return nil, service.Failed("Vault path '"+reference.Path+"' was not found", err)
	case err != nil:
		return nil, service.Failed("Exception thrown reading from '"+reference.Path+"'", err)
	case version != 2:
		return out, nil
	}
	var inner struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(out.Data, &inner); err != nil || len(inner.Data) == 0 || string(inner.Data) == "null" {
		return nil, config.Failed("Vault path '" + reference.Path + "' holds no secret: it was deleted, or " + engineVersion + " is wrong")
	}
	out.Data = inner.Data
	return out, nil
}

// mountOf returns the mount that a path is in and the version of its key/value engine, 0 for an engine of another kind. What the parameters say
// counts; where they say nothing Vault is asked, as its own command line does.
func (p *Provider) mountOf(ctx context.Context, path string) (mount string, version int) {
	if strings.HasPrefix(path, "database/creds/") {
		return "database", 0
	}
	version, given := p.version()
	if !given {
		var about struct {
			Path    string            `json:"path"`
			Type    string            `json:"type"`
			Options map[string]string `json:"options"`
		}
		out, err := p.session.call(ctx, http.MethodGet, "sys/internal/ui/mounts/"+path, nil, nil)
		if err == nil && json.Unmarshal(out.Data, &about) == nil && about.Path != "" {
			mount := strings.Trim(about.Path, "/")
			if about.Type != "kv" && about.Type != "generic" {
				return mount, 0
			}
			if n, err := strconv.Atoi(about.Options["version"]); err == nil {
				return mount, n
			}
			return mount, 1
		}
	}
	depth := p.values.Int(prefixDepth)
	if prefix := strings.Trim(cmp.Or(p.values.String(prefixPath), p.values.String(oldPrefixPath)), "/"); prefix != "" {
		depth = strings.Count(prefix, "/") + 1
	}
	parts := strings.Split(path, "/")
	return strings.Join(parts[:min(depth, len(parts))], "/"), version
}

// lease is a secret that ends unless it is renewed.
type lease struct {
	mu        sync.Mutex
	id        string
	renewable bool
	values    map[string]string
	// full is how long it was given for at first; it ends at expires.
	full    time.Duration
	since   time.Time
	expires time.Time
}

func (l *lease) take(a *answer, values map[string]string, now time.Time) {
	l.id, l.renewable, l.values = a.LeaseID, a.Renewable, values
	l.full = time.Duration(a.LeaseDuration) * time.Second
	l.since, l.expires = now, now.Add(l.full)
}

func (l *lease) drop() { l.id, l.values = "", nil }

// untilDue is the time until two thirds of the lease are over: then it is renewed, or replaced while what uses it can still be restarted.
func (l *lease) untilDue(now time.Time) time.Duration {
	return max(l.since.Add(l.expires.Sub(l.since)*2/3).Sub(now), time.Second)
}

// hold returns what the lease gave, renewing it where that is due; ok is false where it must be read anew. l.mu is held.
func (l *lease) hold(ctx context.Context, s *session) (values map[string]string, again time.Duration, ok bool) {
	now := s.now()
	if l.id == "" || !now.Before(l.expires) {
		return nil, 0, false
	}
	// Those who ask shortly before it is due are those that the time to live woke, and all of them are to see the same.
	if now.Sub(l.since) < l.expires.Sub(l.since)/2 {
		return l.values, l.untilDue(now), true
	}
	if !l.renewable {
		return nil, 0, false
	}
	out, err := s.call(ctx, http.MethodPut, "sys/leases/renew", nil, map[string]any{"lease_id": l.id, "increment": int64(l.full / time.Second)})
	var refused *service.StatusError
	if err != nil {
		if errors.As(err, &refused) {
			return nil, 0, false
		}
		return l.values, time.Second, true // Vault is out of reach: the lease is good for now
	}
	life := time.Duration(out.LeaseDuration) * time.Second
	// Near its greatest age a lease is renewed by less and less.
	if life < l.full/2 {
		return nil, 0, false
	}
	l.since, l.expires, l.renewable = now, now.Add(life), out.Renewable
	return l.values, l.untilDue(now), true
}
