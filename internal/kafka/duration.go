package kafka

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// isoDuration is the grammar of java.time.Duration.parse.
var isoDuration = regexp.MustCompile(`(?i)^([-+]?)P(?:([-+]?[0-9]+)D)?(T(?:([-+]?[0-9]+)H)?(?:([-+]?[0-9]+)M)?(?:([-+]?[0-9]+)(?:[.,]([0-9]{0,9}))?S)?)?$`)

// parseISODuration reads what java.time.Duration.parse reads. Durations beyond what time.Duration holds are cut to its limit.
func parseISODuration(text string) (time.Duration, bool) {
	m := isoDuration.FindStringSubmatch(text)
	if m == nil || strings.EqualFold(m[3], "T") || m[2]+m[4]+m[5]+m[6] == "" {
		return 0, false
	}
	total := new(big.Int)
	add := func(digits string, unit time.Duration) {
		if n, ok := new(big.Int).SetString(strings.TrimPrefix(digits, "+"), 10); ok {
			total.Add(total, n.Mul(n, big.NewInt(int64(unit))))
		}
	}
	add(m[2], 24*time.Hour)
	add(m[4], time.Hour)
	add(m[5], time.Minute)
	add(m[6], time.Second)
	if m[7] != "" {
		nanos, _ := strconv.ParseInt((m[7] + "000000000")[:9], 10, 64)
		if strings.HasPrefix(m[6], "-") {
			nanos = -nanos
		}
		total.Add(total, big.NewInt(nanos))
	}
	if m[1] == "-" {
		total.Neg(total)
	}
	if !total.IsInt64() {
		return time.Duration(total.Sign()) * (1<<63 - 1), true
	}
	return time.Duration(total.Int64()), true
}
