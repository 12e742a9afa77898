package workerconfig

import (
	"fmt"
	"strings"

	"github.com/moldau/moldau/connect/config"
)

// keyBytes are the lengths of generated keys where inter.worker.key.size is not set.
var keyBytes = map[string]int{"aes": 16, "hmacmd5": 64, "hmacsha1": 64, "hmacsha224": 28, "hmacsha256": 32, "hmacsha384": 48, "hmacsha512": 64,
	"hmacsha512/224": 28, "hmacsha512/256": 32, "hmacsha3-224": 28, "hmacsha3-256": 32, "hmacsha3-384": 48, "hmacsha3-512": 64}

// SessionKeyLength returns how many random bytes a key for requests between workers has, or an error where inter.worker.key.size does not fit
// inter.worker.key.generation.algorithm (DistributedConfig.getInternalRequestKeyGenerator).
func SessionKeyLength(worker *config.Values) (int, error) {
	name := worker.String("inter.worker.key.generation.algorithm")
	algorithm := strings.ToLower(name)
	if !worker.IsSet("inter.worker.key.size") {
		return keyBytes[algorithm], nil
	}
	bits := worker.Int("inter.worker.key.size")
	problem := ""
	switch algorithm {
	case "aes":
		if bits != 128 && bits != 192 && bits != 256 {
			problem = "Wrong keysize: must be equal to 128, 192 or 256"
		}
	case "hmacmd5", "hmacsha1":
		// Java takes any length here and fails with these words once it makes a key.
		if bits < 1 {
			problem = "Empty key"
		}
	default:
		if bits < 40 {
			problem = "Key length must be at least 40 bits"
		}
	}
	if problem != "" {
		return 0, config.Failed(fmt.Sprintf("Unable to create key generator with algorithm %s and key size %d: %s", name, bits, problem))
	}
	return (bits + 7) / 8, nil
}
