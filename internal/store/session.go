package store

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/moldau/moldau/internal/javafmt"
)

// The headers of requests between workers (InternalRequestSignature).
const (
	SignatureHeader          = "X-Connect-Authorization"
	SignatureAlgorithmHeader = "X-Connect-Request-Signature-Algorithm"
)

// SessionKey is the key with which workers sign requests to each other. Its bytes are secret (I5) and never changed.
type SessionKey struct {
	Key       []byte
	Algorithm string
	Created   time.Time
}

// String hides the key.
func (k SessionKey) String() string { return "[hidden]" }

// GoString hides the key.
func (k SessionKey) GoString() string { return "[hidden]" }

// hmacAlgorithm is an algorithm of the JDK with the length of the keys that its KeyGenerator makes.
type hmacAlgorithm struct {
	hash func() hash.Hash
	size int
}

func hmacNamed(name string) (hmacAlgorithm, bool) {
	switch strings.ToUpper(name) {
	case "HMACMD5":
		return hmacAlgorithm{md5.New, 64}, true
	case "HMACSHA1":
		return hmacAlgorithm{sha1.New, 64}, true
	case "HMACSHA224":
		return hmacAlgorithm{sha256.New224, 28}, true
	case "HMACSHA256":
		return hmacAlgorithm{sha256.New, 32}, true
	case "HMACSHA384":
		return hmacAlgorithm{sha512.New384, 48}, true
	case "HMACSHA512":
		return hmacAlgorithm{sha512.New, 64}, true
	case "HMACSHA512/224":
		return hmacAlgorithm{sha512.New512_224, 28}, true
	case "HMACSHA512/256":
		return hmacAlgorithm{sha512.New512_256, 32}, true
	case "HMACSHA3-224":
		return hmacAlgorithm{func() hash.Hash { return sha3.New224() }, 28}, true
	case "HMACSHA3-256":
		return hmacAlgorithm{func() hash.Hash { return sha3.New256() }, 32}, true
	case "HMACSHA3-384":
		return hmacAlgorithm{func() hash.Hash { return sha3.New384() }, 48}, true
	case "HMACSHA3-512":
		return hmacAlgorithm{func() hash.Hash { return sha3.New512() }, 64}, true
	}
	return hmacAlgorithm{}, false
}

func noSuchAlgorithm(name string) error {
	return javafmt.NewException("java.security.NoSuchAlgorithmException", "Algorithm "+name+" not available", nil)
}

// SessionKeyLength returns the bytes of a key for inter.worker.key.generation.algorithm and inter.worker.key.size, which is in bits and 0 where
// it is not set. A leader whose key has another algorithm or length makes a new one.
func SessionKeyLength(algorithm string, bits int) (int, error) {
	a, ok := hmacNamed(algorithm)
	switch {
	case !ok:
		return 0, noSuchAlgorithm(algorithm)
	case bits == 0:
		return a.size, nil
	case bits < 40:
		return 0, javafmt.NewException("java.security.InvalidParameterException", "Key length must be at least 40 bits", nil)
	}
	return (bits + 7) / 8, nil
}

// NewSessionKey generates a key.
func NewSessionKey(algorithm string, bits int, now time.Time) (SessionKey, error) {
	n, err := SessionKeyLength(algorithm, bits)
	if err != nil {
		return SessionKey{}, err
	}
	key := make([]byte, n)
	rand.Read(key) // never fails
	return SessionKey{Key: key, Algorithm: algorithm, Created: now}, nil
}

// Fits reports whether a key has the algorithm and length that a worker's configuration asks for (DistributedHerder.checkForKeyRotation).
func (k SessionKey) Fits(algorithm string, bits int) bool {
	n, err := SessionKeyLength(algorithm, bits)
	return err == nil && k.Algorithm == algorithm && len(k.Key) == n
}

// Expires returns when a leader replaces the key; inter.worker.key.ttl.ms of 0 means never, which is the zero time.
func (k SessionKey) Expires(ttl time.Duration) time.Time {
	if ttl <= 0 {
		return time.Time{}
	}
	return k.Created.Add(ttl)
}

// Sign adds the signature of a request's body to its headers; inter.worker.signature.algorithm names the algorithm.
func (k SessionKey) Sign(algorithm string, body []byte, headers http.Header) error {
	a, ok := hmacNamed(algorithm)
	if !ok {
		return noSuchAlgorithm(algorithm)
	}
	mac := hmac.New(a.hash, k.Key)
	mac.Write(body)
	headers.Set(SignatureHeader, base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	headers.Set(SignatureAlgorithmHeader, algorithm)
	return nil
}

// RequestSignature is the signature of a request between workers.
type RequestSignature struct {
	// Algorithm is the name that the sender gave.
	Algorithm string
	hash      func() hash.Hash
	signature []byte
	body      []byte
}

// ReadSignature reads the signature of a request with the body, nil where the request has none (InternalRequestSignature.fromHeaders). Its
// errors are for status 400.
func ReadSignature(headers http.Header, body []byte) (*RequestSignature, error) {
	algorithms, signatures := headers.Values(SignatureAlgorithmHeader), headers.Values(SignatureHeader)
	if len(algorithms) == 0 || len(signatures) == 0 {
		return nil, nil
	}
	name, text := strings.Join(algorithms, ","), strings.Join(signatures, ",")
	a, ok := hmacNamed(name)
	if !ok {
		return nil, javafmt.NewException(javafmt.BadRequestException, "Algorithm "+name+" not available", nil)
	}
	signature, err := decodeBase64(text)
	if err != nil {
		return nil, javafmt.NewException(javafmt.BadRequestException, err.Error(), nil)
	}
	return &RequestSignature{Algorithm: name, hash: a.hash, signature: signature, body: body}, nil
}

// Valid reports whether the key made the signature, in time that does not depend on it.
func (s *RequestSignature) Valid(key SessionKey) bool {
	mac := hmac.New(s.hash, key.Key)
	mac.Write(s.body)
	return subtle.ConstantTimeCompare(mac.Sum(nil), s.signature) == 1
}

// SignatureError refuses a request between workers.
type SignatureError struct {
	// Status is the HTTP status of the answer.
	Status  int
	Message string
}

func (e *SignatureError) Error() string { return e.Message }

// Verify checks a signature against the newest session key (DistributedHerder.verifyInternalRequest): key is nil where none was read yet, accepted
// is inter.worker.verification.algorithms. Once a key was replaced, signatures of the old one are refused; their senders try again with the new
// one as soon as they have read it.
func Verify(s *RequestSignature, key *SessionKey, accepted []string) error {
	switch {
	case s == nil:
		return &SignatureError{http.StatusBadRequest, "Internal request missing required signature"}
	case !slices.Contains(accepted, s.Algorithm):
		return &SignatureError{http.StatusBadRequest, fmt.Sprintf("This worker does not support the '%s' key signing algorithm used by other workers. "+
			"This worker is currently configured to use: [%s]. Check that all workers' configuration files permit the same set of signature algorithms, "+
			"and correct any misconfigured worker and restart it.", s.Algorithm, strings.Join(accepted, ", "))}
	case key == nil:
		return &SignatureError{http.StatusServiceUnavailable, "This worker is still starting up and has not been able to read a session key from the config topic yet"}
	case !s.Valid(*key):
		return &SignatureError{http.StatusForbidden, "Internal request contained invalid signature."}
	}
	return nil
}

// decodeBase64 decodes as java.util.Base64.getDecoder does, which takes texts without padding and names what it does not take,
// in its words.
func decodeBase64(text string) ([]byte, error) {
	body := strings.TrimRight(text, "=")
	for i := range len(body) {
		c := body[i]
		if c == '+' || c == '/' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			continue
		}
		if c == '=' {
			return nil, fmt.Errorf("Input byte array has incorrect ending byte at %d", i+1)
		}
		return nil, fmt.Errorf("Illegal base64 character %x", c)
	}
	switch padding := len(text) - len(body); {
	case len(body)%4 == 1:
		return nil, errors.New("Last unit does not have enough valid bits")
	case padding > 0 && (len(body)+padding)%4 != 0, padding > 2:
		return nil, errors.New("Input byte array has wrong 4-byte ending unit")
	}
	out, err := base64.RawStdEncoding.DecodeString(body)
	if err != nil {
		return nil, fmt.Errorf("the text is not Base64: %w", err)
	}
	return out, nil
}
