// Package identity checks bearer tokens: JSON web tokens that an OpenID Connect provider signed.
package identity
