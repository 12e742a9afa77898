package vault

import (
	"cmp"
	"encoding/json"
	"net/url"
	"os"
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/providers/internal/service"
)

// login is the request that gets a token: a path below /v1 and a body. A path of "" says that the token is given.
type login struct {
	path string
	body map[string]any
}

// loginOf reads how to log in. It is called for each login: files with tokens change.
func loginOf(v *config.Values) (login, error) {
	method := strings.ToLower(cmp.Or(v.String(authMethod), v.String(loginBy), "token"))
	mount := func(own string) string { return strings.Trim(cmp.Or(v.String(authMount), own), "/") }
	at := func(mount string, more ...string) string {
		return "auth/" + strings.TrimPrefix(mount, "auth/") + "/login" + strings.Join(more, "")
	}
	first := func(keys ...string) string {
		for _, key := range keys {
			if v.Def().Lookup(key).Type == config.Password {
				if text := v.Password(key).Reveal(); text != "" {
					return text
				}
			} else if text := v.String(key); text != "" {
				return text
			}
		}
		return ""
	}
	var missing error
	need := func(keys ...string) string {
		text := first(keys...)
		if text == "" && missing == nil {
			missing = config.Failed(strings.Join(keys, " or ") + " must be set for " + authMethod + "=" + method)
		}
		return text
	}
	var l login
	switch method {
	case "token":
	case "approle":
		l = login{at(mount(v.String("app.role.path"))), map[string]any{"role_id": need("app.role.id", authRole)}}
		// A role may ask for no secret id.
		if id := first("app.role.secret.id", authSecret); id != "" {
			l.body["secret_id"] = id
		}
	case "kubernetes":
		jwt, err := os.ReadFile(v.String("kubernetes.token.path"))
		if err != nil {
			return l, service.Failed("Failed to load kubernetes token file ["+v.String("kubernetes.token.path")+"]", unwrapped(err))
		}
		l = login{at(mount(v.String("kubernetes.auth.path"))), map[string]any{"role": need("kubernetes.role", authRole), "jwt": strings.TrimSpace(string(jwt))}}
	case "jwt":
		l = login{at(mount(cmp.Or(v.String("jwt.provider"), "jwt"))), map[string]any{"role": need("jwt.role", authRole), "jwt": need("jwt")}}
	case "gcp":
		l = login{at(mount("gcp")), map[string]any{"role": need("gcp.role", authRole), "jwt": need("gcp.jwt")}}
	case "userpass":
		l = login{at(mount(v.String("mount")), "/", url.PathEscape(need("username", authUser))), map[string]any{"password": need("password", authPassword)}}
	case "ldap":
		l = login{at(mount(v.String("ldap.mount")), "/", url.PathEscape(need("ldap.username", authUser))),
			map[string]any{"password": need("ldap.password", authPassword)}}
	case "cert", "certificate":
		l = login{at(mount(v.String("cert.mount"))), map[string]any{}}
		if role := v.String(authRole); role != "" {
			l.body["name"] = role
		}
	case "github":
		l = login{at(mount(v.String("github.mount"))), map[string]any{"token": need("github.token")}}
	case "awsiam":
		l = login{at(mount(v.String("aws.mount"))), map[string]any{"role": need("aws.role"), "iam_http_request_method": "POST",
			"iam_request_url": need("aws.request.url"), "iam_request_body": need("aws.request.body"), "iam_request_headers": awsHeaders(need("aws.request.headers"))}}
	default:
		return l, config.Invalid(authMethod, method, "Valid methods are token, approle, kubernetes, jwt, userpass, ldap, cert, github, gcp and awsiam")
	}
	return l, missing
}

// awsHeaders passes headers on as Vault takes them: base 64 of JSON as text, JSON as an object.
func awsHeaders(text string) any {
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
}

func givenToken(v *config.Values) string {
	return cmp.Or(v.Password(token).Reveal(), v.Password(confluentToken).Reveal(), os.Getenv("VAULT_TOKEN"))
}
