package devbroker

import (
	"crypto/rand"
	"encoding/base64"
)

// newClusterID makes a random id as org.apache.kafka.common.Uuid.randomUuid does: a version 4 UUID in 22 characters of URL-safe
// base64, never with a leading dash, which command lines would take for an option. kfake keeps the first one in the data directory.
func newClusterID() string {
	for {
		var u [16]byte
		_, _ = rand.Read(u[:]) // crypto/rand never fails
		u[6] = u[6]&0x0f | 0x40
		u[8] = u[8]&0x3f | 0x80
		if id := base64.RawURLEncoding.EncodeToString(u[:]); id[0] != '-' {
			return id
		}
	}
}
