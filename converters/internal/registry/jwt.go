package registry

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// claims are those of a token (RFC 7519) that ClientJwtValidator looks at. The signature is the registry's business.
type claims struct {
	expires time.Time
	// issued is zero where the token does not say it.
	issued time.Time
}

// parseToken reads a token and checks what Kafka's clients check: it has an end and a subject, and scopes are sound.
func parseToken(token, scope, subject string) (claims, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims{}, fmt.Errorf("Malformed JWT provided (%d of 3 parts)", len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return claims{}, errors.New("Could not validate the access token: its payload is no base64")
	}
	var all map[string]any
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.UseNumber()
	if err := decoder.Decode(&all); err != nil {
		return claims{}, errors.New("Could not validate the access token: its payload is no JSON object")
	}
	if err := checkScopes(scope, all[scope]); err != nil {
		return claims{}, err
	}
	var c claims
	var found bool
	if c.expires, found, err = instant("exp", all["exp"]); err != nil {
		return c, err
	}
	if !found {
		return c, errors.New("exp value must be non-null")
	}
	name, _ := all[subject].(string)
	if err := checkText(subject, name, all[subject] != nil); err != nil {
		return c, err
	}
	c.issued, _, err = instant("iat", all["iat"])
	return c, err
}

// checkScopes is ClaimValidationUtils.validateScopes.
func checkScopes(claim string, value any) error {
	var list []any
	switch x := value.(type) {
	case string:
		list = []any{x}
	case []any:
		list = x
	}
	seen := map[string]bool{}
	for _, one := range list {
		text, ok := one.(string)
		if err := checkText(claim, text, ok); err != nil {
			return err
		}
		if text = strings.TrimSpace(text); seen[text] {
			return fmt.Errorf("%s value must not contain duplicates - %s already present", claim, text)
		}
		seen[text] = true
	}
	return nil
}

func checkText(claim, text string, found bool) error {
	switch {
	case !found:
		return errors.New(claim + " value must be non-null")
	case text == "":
		return errors.New(claim + " value must be non-empty")
	case strings.TrimSpace(text) == "":
		return errors.New(claim + " value must not contain only whitespace")
	}
	return nil
}

// instant reads a time in seconds; found is false where there is none.
func instant(claim string, value any) (t time.Time, found bool, err error) {
	if value == nil {
		return t, false, nil
	}
	number, ok := value.(json.Number)
	if !ok {
		return t, false, errors.New(claim + " value must be a number")
	}
	seconds, err := number.Float64()
	if err != nil || math.Abs(seconds) > 1e12 {
		return t, false, errors.New(claim + " value is out of range")
	}
	if seconds < 0 {
		return t, false, fmt.Errorf("%s value must be non-negative; value given was \"%s\"", claim, number)
	}
	return time.Unix(int64(seconds), 0), true, nil
}

// renewal is OauthTokenCache.calculateTokenExpiryTime: four fifths of the token's life, and earlier where the buffer before its end asks for it.
func (c claims) renewal(now time.Time, buffer time.Duration) time.Time {
	const share = 0.8
	part := func(from time.Time) time.Time {
		return from.Add(time.Duration(float64(c.expires.Sub(from)) * share))
	}
	switch {
	case now.After(c.expires):
		return c.expires
	case now.Add(buffer).After(c.expires):
		return part(now)
	}
	start := c.issued
	if start.IsZero() {
		start = now
	}
	renew, latest := part(start), c.expires.Add(-buffer)
	if renew.After(latest) {
		return latest
	}
	return renew
}
