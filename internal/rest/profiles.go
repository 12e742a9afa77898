package rest

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"time"
)

// longestProfile bounds profiles over a time.
const longestProfile = 2 * time.Minute

// profileNames are the profiles that are taken at once, in the order in which they are listed.
var profileNames = []string{"allocs", "block", "goroutine", "heap", "mutex", "threadcreate"}

// profiles are what `go tool pprof URL` and `go tool trace` read.
func profiles() map[string]http.Handler {
	out := map[string]http.Handler{"profile": overTime(30*time.Second, pprof.StartCPUProfile, pprof.StopCPUProfile),
		"trace": overTime(time.Second, trace.Start, trace.Stop)}
	for _, name := range profileNames {
		out[name] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			debug, _ := strconv.Atoi(r.URL.Query().Get("debug"))
			if name == "heap" && r.URL.Query().Get("gc") != "" {
				runtime.GC()
			}
			asFile(w, name, debug == 0)
			if err := pprof.Lookup(name).WriteTo(w, debug); err != nil {
				panic(http.ErrAbortHandler) // the client went away
			}
		})
	}
	return out
}

func listProfiles(w http.ResponseWriter, r *http.Request) {
	text := ""
	for _, name := range append([]string{"profile", "trace"}, profileNames...) {
		text += r.URL.Path + "/" + name + "\n"
	}
	writeText(w, r, http.StatusOK, "text/plain", text)
}

func asFile(w http.ResponseWriter, name string, binary bool) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	if !binary {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// overTime answers with what start writes until stop, after ?seconds=N. One can run at a time.
func overTime(usual time.Duration, start func(io.Writer) error, stop func()) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		length := usual
		if text := r.URL.Query().Get("seconds"); text != "" {
			seconds, err := strconv.ParseFloat(text, 64)
			if err != nil || !(seconds > 0) || seconds > longestProfile.Seconds() {
				writeText(w, r, http.StatusBadRequest, "text/plain", fmt.Sprintf("seconds=%s: more than 0 and at most %.0f are possible\n", oneLine(text), longestProfile.Seconds()))
				return
			}
			length = time.Duration(seconds * float64(time.Second))
		}
		if r.Method == http.MethodHead {
			return
		}
		asFile(w, "profile", true)
		if err := start(w); err != nil {
			w.Header().Del("Content-Disposition")
			writeText(w, r, http.StatusConflict, "text/plain", "there is such a profile under way: "+err.Error()+"\n")
			return
		}
		defer stop()
		timer := time.NewTimer(length)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
	})
}
