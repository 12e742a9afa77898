package registry

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/connect/config"
)

// Settings are the parsed settings of one converter.
type Settings struct {
	URLs      []*url.URL
	Randomize bool
	Capacity  int
	Headers   map[string]string
	TLS       *tls.Config
	Proxy     *url.URL

	ConnectTimeout, ReadTimeout, Wait, MaxWait time.Duration
	Retries                                    int

	// AutoRegister, UseID, UseGUID, UseMetadata and UseLatest choose the schema of what is written, the first of them that holds; otherwise it is
	// looked up. UseID is -1 and the texts are empty where they are not set.
	AutoRegister bool
	Normalize    bool
	UseID        int32
	UseGUID      string
	UseMetadata  [2]string
	UseLatest    bool
	// LatestTTL is negative where the latest schema is asked for once.
	LatestTTL                time.Duration
	IDStrict, LatestStrict   bool
	Subjects                 SubjectStrategy
	WriteHeader              bool
	ReadPrefix, ReadSettings bool

	user, password string
	inURL          bool
	token          string
}

// Parse reads the settings of a converter of keys or values.
func Parse(v *config.Values, isKey bool) (*Settings, error) {
	side := "value"
	if isKey {
		side = "key"
	}
	s := &Settings{
		Randomize: v.Bool(randomizeKey), Capacity: v.Int(capacityKey), Headers: map[string]string{},
		ConnectTimeout: millis(v, connectTimeKey), ReadTimeout: millis(v, readTimeKey), Wait: millis(v, waitKey), MaxWait: millis(v, maxWaitKey),
		Retries: v.Int(retriesKey), AutoRegister: v.Bool(registerKey), Normalize: v.Bool(normalizeKey), UseID: int32(v.Int(useIDKey)),
		UseGUID: v.String(useGUIDKey), UseLatest: v.Bool(latestKey), LatestTTL: time.Duration(v.Int(latestTTLKey)) * time.Second,
		IDStrict: v.Bool(idStrictKey), LatestStrict: v.Bool(latestStrictKey), Subjects: SubjectStrategy{class: v.Class(side + strategySuffix), isKey: isKey},
		WriteHeader: v.Class(side+serializerSuffix) == headerSerializer,
	}
	switch v.Class(side + deserializerSuffix) {
	case prefixDeserializer:
		s.ReadPrefix = true
	case configDeserializer:
		s.ReadSettings = true
	}
	if spec := v.String(metadataKey); spec != "" {
		name, value, ok := strings.Cut(spec, "=")
		if !ok {
			return nil, config.Invalid(metadataKey, spec, "It must be of the form name=value.")
		}
		s.UseMetadata = [2]string{name, value}
	}
	if err := s.urls(v.List(urlKey)); err != nil {
		return nil, err
	}
	for name, value := range v.OriginalsWithPrefix(headerPrefix) {
		if value != nil {
			s.Headers[name] = *value
		}
	}
	if err := s.auth(v); err != nil {
		return nil, err
	}
	if host := v.String(proxyHostKey); host != "" {
		s.Proxy = &url.URL{Scheme: "http", Host: host + ":" + strconv.Itoa(v.Int(proxyPortKey))}
	}
	var err error
	s.TLS, err = tlsConfig(v)
	return s, err
}

func millis(v *config.Values, key string) time.Duration {
	return time.Duration(v.Int(key)) * time.Millisecond
}

// urls parses the URLs. Several may share one scheme, as Confluent's client allows.
func (s *Settings) urls(list []string) error {
	scheme := "http://"
	for _, text := range list {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		if i := strings.Index(text, "://"); i >= 0 {
			scheme = text[:i+3]
		} else {
			text = scheme + text
		}
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			// The text may hold a password.
			return config.Invalid(urlKey, "[hidden]", "It must be a list of http or https URLs.")
		}
		u.RawQuery, u.Fragment = "", ""
		s.URLs = append(s.URLs, u)
	}
	if len(s.URLs) == 0 {
		return config.Failed("Missing required configuration \"" + urlKey + "\" which has no default value.")
	}
	return nil
}

var jaasOption = regexp.MustCompile(`\b(username|password)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s;]+))`)

// auth reads the credentials.
func (s *Settings) auth(v *config.Values) error {
	if v.String(bearerSourceKey) == "STATIC_TOKEN" {
		if s.token = v.Password(bearerTokenKey).Reveal(); s.token == "" {
			return config.Failed("Cannot configure bearer auth: " + bearerTokenKey + " is not set.")
		}
		if cluster := v.String(bearerClusterKey); cluster != "" {
			s.Headers["target-sr-cluster"] = cluster
		}
		if pool := v.String(bearerPoolKey); pool != "" {
			s.Headers["Confluent-Identity-Pool-Id"] = pool
		}
		return nil
	}
	switch v.String(basicSourceKey) {
	case "USER_INFO":
		info := v.Password(oldUserInfoKey).Reveal()
		if info == "" {
			info = v.Password(userInfoKey).Reveal()
		}
		if info == "" {
			return config.Failed("UserInfo must be provided when basic.auth.credentials.source is USER_INFO")
		}
		s.user, s.password, _ = strings.Cut(info, ":")
	case "SASL_INHERIT":
		for _, m := range jaasOption.FindAllStringSubmatch(v.Password(saslJaasKey).Reveal(), -1) {
			value := strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(m[2]) + m[3] + m[4]
			if m[1] == "username" {
				s.user = value
			} else {
				s.password = value
			}
		}
		if s.user == "" {
			return config.Failed("With basic.auth.credentials.source=SASL_INHERIT, " + saslJaasKey + " must hold username and password.")
		}
	default:
		s.inURL = true
	}
	return nil
}

// authorize adds the credentials to a request.
func (s *Settings) authorize(r *http.Request, user *url.Userinfo) {
	switch {
	case s.token != "":
		r.Header.Set("Authorization", "Bearer "+s.token)
	case s.inURL && user != nil:
		password, _ := user.Password()
		r.SetBasicAuth(user.Username(), password)
	case s.user != "":
		r.SetBasicAuth(s.user, s.password)
	}
}
