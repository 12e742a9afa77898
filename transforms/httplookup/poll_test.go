package httplookup

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// named returns records with the ids.
func named(ids ...string) (records []*connect.Record) {
	for _, id := range ids {
		records = append(records, record(nil, object(id)))
	}
	return records
}

// numbered returns records with the ids 0 to n-1.
func numbered(n int) (records []*connect.Record) {
	for i := range n {
		records = append(records, named(fmt.Sprint(i))...)
	}
	return records
}

// requests returns how often the service was asked for anything.
func (s *service) requests() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, times := range s.asked {
		n += times
	}
	return n
}

// empty checks that nothing of a poll is kept.
func empty(t *testing.T, x *lookup) {
	t.Helper()
	if p := &x.poll; p.outcomes != nil || p.urls != nil || p.pending != nil || p.held != 0 || p.failed != nil || p.down != nil {
		t.Errorf("kept after the poll: %+v", p)
	}
}

func TestFailuresCountOnceForEachRecord(t *testing.T) {
	s := &service{do: func(r *http.Request, _ int) (int, string, http.Header) {
		aSecond()
		return 500, "", nil
	}}
	bubble(t, s, func(t *testing.T, x *lookup) {
		records := slices.Concat(numbered(6), numbered(6))
		x.Prepare(t.Context(), records)
		start := time.Now()
		for i, r := range records {
			if _, err := x.Apply(t.Context(), r); connect.ClassOf(err) != connect.Retriable {
				t.Errorf("record %d: %v", i, err)
			}
		}
		if took := time.Since(start); took != 0 || s.requests() != 6 {
			t.Errorf("Apply took %v, with %d requests in all", took, s.requests())
		}
		empty(t, x)
	}, "concurrency", "2", "retries", "0")
}

func TestFurtherAttemptsAskAnew(t *testing.T) {
	s := &service{do: func(_ *http.Request, times int) (int, string, http.Header) {
		if times < 4 {
			return 503, "", nil
		}
		return 200, "{}", nil
	}}
	bubble(t, s, func(t *testing.T, x *lookup) {
		records := named("a", "a", "a")
		x.Prepare(t.Context(), records)
		for i, step := range []struct {
			record, asked int
			ok            bool
		}{{0, 1, false}, {0, 2, false}, {1, 2, false}, {1, 3, false}, {1, 4, true}, {2, 4, true}} {
			_, err := x.Apply(t.Context(), records[step.record])
			if asked := s.times("/c/a"); asked != step.asked || (err == nil) != step.ok {
				t.Errorf("step %d: asked %d times, %v", i, asked, err)
			}
		}
		empty(t, x)
		// The last record of a poll asks anew as well.
		s.asked = nil
		records = named("b")
		x.Prepare(t.Context(), records)
		for asked := range 4 {
			if _, err := x.Apply(t.Context(), records[0]); (err == nil) != (asked == 3) || s.times("/c/b") != asked+1 {
				t.Errorf("attempt %d: asked %d times, %v", asked, s.times("/c/b"), err)
			}
		}
	}, "retries", "0", "cache.size", "0")
}

func TestServiceThatIsDown(t *testing.T) {
	up := false
	s := &service{do: func(r *http.Request, _ int) (int, string, http.Header) {
		if up {
			aSecond()
		} else {
			<-r.Context().Done()
		}
		return 200, "{}", nil
	}}
	bubble(t, s, func(t *testing.T, x *lookup) {
		const reason = "no answer within the 5s of timeout.ms (after 1 attempts)"
		records := numbered(40)
		start := time.Now()
		x.Prepare(t.Context(), records)
		texts := map[string]int{}
		for _, r := range records[:20] {
			_, err := x.Apply(t.Context(), r)
			if connect.ClassOf(err) != connect.Retriable {
				t.Fatalf("%v", err)
			}
			texts[err.Error()]++
		}
		if took := time.Since(start); took != 5*time.Second || s.requests() > 7 {
			t.Errorf("took %v with %d requests", took, s.requests())
		}
		given := texts["GET http://service/c/${id}: given up as the 4 lookups before did not reach the service, the last with: "+reason]
		if own := texts["GET http://service/c/${id}: "+reason]; own != 4 || given != 16 {
			t.Errorf("%v", texts)
		}
		// A further attempt that finds the service up is the end of it: the others are asked for together, without a failure.
		up, start = true, time.Now()
		for _, r := range records[19:] {
			if _, err := x.Apply(t.Context(), r); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(start); took != 6*time.Second {
			t.Errorf("took %v after the service came back", took)
		}
		empty(t, x)
	}, "concurrency", "4", "retries", "0")
}

func TestOneURLThatHangsIsItsOwnFailure(t *testing.T) {
	s := &service{do: func(r *http.Request, _ int) (int, string, http.Header) {
		if strings.HasSuffix(r.URL.Path, "/hangs") {
			<-r.Context().Done()
		}
		return 200, "{}", nil
	}}
	bubble(t, s, func(t *testing.T, x *lookup) {
		records := named("a", "hangs", "b")
		x.Prepare(t.Context(), records)
		for i, r := range records {
			if _, err := x.Apply(t.Context(), r); (err != nil) != (i == 1) {
				t.Errorf("record %d: %v", i, err)
			}
		}
		empty(t, x)
	}, "concurrency", "1", "retries", "0")
}

func TestTimeOfAPoll(t *testing.T) {
	s := &service{do: func(r *http.Request, _ int) (int, string, http.Header) {
		select {
		case <-time.After(4 * time.Second):
		case <-r.Context().Done():
		}
		return 200, "{}", nil
	}}
	bubble(t, s, func(t *testing.T, x *lookup) {
		records := numbered(20)
		start := time.Now()
		x.Prepare(t.Context(), records)
		for i, r := range records {
			_, err := x.Apply(t.Context(), r)
			if i < 8 != (err == nil) {
				t.Errorf("record %d: %v", i, err)
			}
			if i >= 8 && (connect.ClassOf(err) != connect.Retriable || err.Error() != "GET http://service/c/${id}: no answer within the 10s of poll.timeout.ms for all lookups of a poll") {
				t.Errorf("record %d: %v", i, err)
			}
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("took %v", took)
		}
		// The last record is tried again.
		if _, err := x.Apply(t.Context(), records[19]); err != nil {
			t.Error(err)
		}
		empty(t, x)
		ctx, cancel := context.WithCancel(t.Context())
		x.Prepare(ctx, named("a", "b"))
		cancel()
		x.Prepare(ctx, named("c"))
		if got := after(ctx, x, nil, object("c")); !strings.Contains(got, context.Canceled.Error()) {
			t.Error(got)
		}
	}, "concurrency", "4", "retries", "0", "poll.timeout.ms", "10000")
}

func TestBytesOfAPoll(t *testing.T) {
	s := &service{do: func(*http.Request, int) (int, string, http.Header) {
		aSecond()
		return 200, `"` + strings.Repeat("x", 1000) + `"`, nil
	}}
	bubble(t, s, func(t *testing.T, x *lookup) {
		one := weight("http://service/c/10", &answer{body: make([]byte, 1002)})
		for _, c := range []struct {
			records        []*connect.Record
			requests, took int
		}{{numbered(20), 20, 6}, {slices.Concat(numbered(20), numbered(20)), 40, 12}} {
			s.asked = nil
			start := time.Now()
			x.Prepare(t.Context(), c.records)
			for i, r := range c.records {
				if _, err := x.Apply(t.Context(), r); err != nil {
					t.Fatal(err)
				}
				if x.poll.held > 10000+4*one {
					t.Errorf("record %d: %d bytes are held", i, x.poll.held)
				}
			}
			if took := time.Since(start); s.requests() > c.requests || took > time.Duration(c.took)*time.Second {
				t.Errorf("%d requests took %v", s.requests(), took)
			}
			empty(t, x)
		}
		// Each answer is given back with the last record that it is for.
		records := named("a", "b", "a")
		x.Prepare(t.Context(), records)
		for i, held := range []int{2, 1, 0} {
			if _, err := x.Apply(t.Context(), records[i]); err != nil || len(x.poll.outcomes) != held {
				t.Errorf("after record %d: %d answers, %v", i, len(x.poll.outcomes), err)
			}
		}
	}, "concurrency", "4", "cache.size", "0", "poll.max.bytes", "10000")
}

func TestStepsOfThePath(t *testing.T) {
	t.Parallel()
	const refused = " of the URL makes %q a step of its path, which leads to another place"
	for _, c := range []struct{ template, a, b, want, fault string }{
		{"http://h/x/${a}${b}", ".", ".", "", "The field b"},
		{"http://h/x/.${a}", ".", "", "", "The field a"},
		{"http://h/x/${a}./y", ".", "", "", "The field a"},
		{"http://h/x/%2E${a}?q=1", ".", "", "", "The field a"},
		{"http://h/${a}${b}/x/${a}", ".", ".", "", "The field b"},
		{"http://h/x/${a}", "../y", "", "", "The field a"},
		{"http://h/x/${a}", `y\..\z`, "", "", "The field a"},
		{"http://h/x/${a}${b}", ".", ".hidden", "http://h/x/..hidden", ""},
		{"http://h/x/${a}/${b}", "1.5", "a/b", "http://h/x/1.5/a%2Fb", ""},
		{"http://h/x/${a}?q=${b}", "...", "..", "http://h/x/...?q=..", ""},
		{"http://h/x/../${a}?q=/${b}", "1", "..", "http://h/x/../1?q=/..", ""},
		{"http://h/x/${a}", "%2e%2e", "", "http://h/x/%252e%252e", ""},
	} {
		u, err := parseTemplate(c.template)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := u.append(nil, data.MapOf(data.String("a"), data.String(c.a), data.String("b"), data.String(c.b)))
		if c.fault != "" {
			if err == nil || err.Error() != c.fault+fmt.Sprintf(refused, "..") {
				t.Errorf("%s: %s, %v", c.template, got, err)
			}
		} else if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v", c.template, got, err)
		}
	}
}
