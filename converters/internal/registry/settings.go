package registry

import (
	"crypto/tls"
	"net"
	"net/url"
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

	// MissingSize bounds how many answers are remembered that something is not there, the others how long.
	MissingSize                              int
	MissingID, MissingVersion, MissingSchema time.Duration
	// LatestSize bounds how many schemas and topics are written by a latest schema that is remembered.
	LatestSize    int
	PropagateTags bool

	credentials credentials
}

// Parse reads the settings of a converter of keys or values.
func Parse(v *config.Values, isKey bool) (*Settings, error) {
	side := "value"
	if isKey {
		side = "key"
	}
	c, err := newClientValues(v)
	if err != nil {
		return nil, err
	}
	s := &Settings{
		Randomize: v.Bool(randomizeKey), Capacity: v.Int(capacityKey), Headers: map[string]string{},
		ConnectTimeout: c.millis(connectTimeKey), ReadTimeout: c.millis(readTimeKey), Wait: c.millis(waitKey), MaxWait: c.millis(maxWaitKey),
		Retries: c.int(retriesKey), MissingSize: c.int(missingSizeKey), MissingID: c.seconds(missingIDKey), MissingVersion: c.seconds(missingVersionKey),
		MissingSchema: c.seconds(missingSchemaKey), LatestSize: v.Int(latestSizeKey), PropagateTags: v.Bool(tagsKey), AutoRegister: v.Bool(registerKey), Normalize: v.Bool(normalizeKey), UseID: int32(v.Int(useIDKey)),
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
	if host, port := c.text(proxyHostKey), c.int(proxyPortKey); host != "" && port > 0 {
		s.Proxy = &url.URL{Scheme: "http", Host: net.JoinHostPort(host, strconv.Itoa(port))}
	}
	if s.TLS, err = tlsConfig(v); err != nil {
		return nil, err
	}
	s.credentials, err = newCredentials(c, s)
	return s, err
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
