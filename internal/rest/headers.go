package rest

import (
	"net/http"
	"strconv"
	"time"

	"github.com/moldau/moldau/internal/workerconfig"
)

// setHeaders carries out response.http.headers.config.
func setHeaders(h http.Header, rules []workerconfig.HeaderRule, now time.Time) {
	for _, r := range rules {
		value := r.Value
		switch r.Action {
		case "setDate", "addDate":
			if ms, err := strconv.ParseInt(value, 10, 64); err == nil {
				value = now.Add(time.Duration(ms) * time.Millisecond).UTC().Format(http.TimeFormat)
			}
		}
		switch r.Action {
		case "set", "setDate":
			h.Set(r.Name, value)
		default:
			h.Add(r.Name, value)
		}
	}
}
