package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// limitedTo are settings with errors.max.rate.
func limitedTo(t *testing.T, more ...string) connectorSettings {
	t.Helper()
	s, err := parseConnectorSettings(with(map[string]string{"errors.tolerance": "all", "errors.max.rate": "5%"}, more...))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTooManyErrors(t *testing.T) {
	plain := errors.New("never")
	type step struct {
		wait           time.Duration
		records, fails int
	}
	for name, c := range map[string]struct {
		settings []string
		steps    []step
		trips    int // with the n-th error, 0 for never
	}{
		"at the rate":               {nil, []step{{0, 100, 5}}, 0},
		"above the rate":            {nil, []step{{0, 100, 9}}, 6},
		"too few records":           {nil, []step{{0, 99, 99}}, 0},
		"fewer will do":             {[]string{"errors.max.rate.min.records", "10"}, []step{{0, 10, 3}}, 1},
		"in several polls":          {nil, []step{{0, 50, 5}, {time.Second, 50, 1}}, 6},
		"errors of a window ago":    {nil, []step{{0, 100, 5}, {time.Minute, 100, 5}, {time.Minute, 100, 5}}, 0},
		"records of a window ago":   {nil, []step{{0, 10_000, 0}, {2 * time.Minute, 100, 6}}, 6},
		"a window of its own":       {[]string{"errors.max.rate.window.ms", "1000"}, []step{{0, 100, 5}, {time.Second, 100, 5}}, 0},
		"within the same window":    {nil, []step{{0, 100, 5}, {10 * time.Second, 10, 1}}, 6},
		"after a long rest":         {nil, []step{{0, 100, 5}, {1000 * time.Hour, 100, 5}}, 0},
		"any error is one too many": {[]string{"errors.max.rate", "0%"}, []step{{0, 100, 1}}, 1},
		"all may fail":              {[]string{"errors.max.rate", "100%"}, []step{{0, 100, 100}}, 0},
		"a part of a percent":       {[]string{"errors.max.rate", "0.1 %"}, []step{{0, 2000, 3}}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, heard := newOperator(t.Context(), limitedTo(t, c.settings...))
				n := 0
				for _, step := range c.steps {
					time.Sleep(step.wait)
					o.saw(step.records)
					for range step.fails {
						n++
						_, err := o.failed(&processing{}, StageTransformation, "C", plain)
						if (err != nil) != (n == c.trips) {
							t.Fatalf("error %d: %v", n, err)
						}
						if err == nil {
							continue
						}
						if !errors.Is(err, plain) || !strings.HasPrefix(err.Error(), "errors.max.rate: ") {
							t.Errorf("%v", err)
						}
						if len(*heard) != n {
							t.Errorf("%d of %d errors were reported", len(*heard), n)
						}
						return
					}
				}
				if c.trips > 0 {
					t.Errorf("%d errors were tolerated", n)
				}
			})
		})
	}
}

func TestBadRates(t *testing.T) {
	t.Parallel()
	for _, rate := range []string{"5", "x%", "-1%", "101%", "NaN%", "%"} {
		_, err := parseConnectorSettings(map[string]string{"errors.max.rate": rate})
		if err == nil || !strings.Contains(err.Error(), "errors.max.rate") {
			t.Errorf("%s: %v", rate, err)
		}
	}
	s, err := parseConnectorSettings(map[string]string{})
	if err != nil || s.limited {
		t.Error(s, err)
	}
}

// TestErrorCounts wants what RetryWithToleranceOperator counts.
func TestErrorCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		later, never := connect.NewRetriable(errors.New("later")), errors.New("never")
		for _, c := range []struct {
			settings connectorSettings
			err      error
			stage    Stage
			want     ErrorCounts
		}{
			{connectorSettings{toleranceAll: true}, never, StageTransformation, ErrorCounts{Failures: 1, Errors: 1, Skipped: 1}},
			{connectorSettings{}, never, StageTransformation, ErrorCounts{Failures: 1, Errors: 1}},
			{connectorSettings{toleranceAll: true}, never, StageTaskPut, ErrorCounts{Failures: 1, Errors: 1}},
			{connectorSettings{toleranceAll: true, retryTimeout: time.Second, retryMaxDelay: time.Minute}, later, StageKeyConverter, ErrorCounts{Failures: 5, Errors: 1, Skipped: 1, Retries: 3}},
		} {
			o, _ := newOperator(t.Context(), c.settings)
			_, _, _ = attempts(o, c.stage, c.err)
			got := o.counts.read()
			if got.LastError.UnixMilli() != time.Now().UnixMilli() {
				t.Errorf("the last error was at %s", got.LastError)
			}
			got.LastError = time.Time{}
			if got != c.want {
				t.Errorf("%v: %+v, want %+v", c.settings, got, c.want)
			}
		}
		o, _ := newOperator(t.Context(), connectorSettings{toleranceAll: true})
		if o.counts.read() != (ErrorCounts{}) {
			t.Errorf("%+v before any error", o.counts.read())
		}
		if err := o.executeFailed(&processing{err: never}); err != nil || o.counts.failures.Load() != 1 || o.counts.errors.Load() != 0 || o.counts.skipped.Load() != 0 {
			t.Errorf("%v %+v", err, o.counts.read())
		}
	})
}

// TestTooManyErrorsOfATask wants tasks of both kinds to fail, with their dead letters sent and nothing lost.
func TestTooManyErrorsOfATask(t *testing.T) {
	values := func() (all []string) {
		for i := range 200 {
			v := fmt.Sprint("v", i)
			if i >= 150 {
				v = "bad"
			}
			all = append(all, v)
		}
		return all
	}()
	const why = "errors.max.rate: 11 of the last 200 records, within 1m0s, could not be processed, which is more than 5%"
	t.Run("sink", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		task := newListTask()
		r.sink = func() connect.SinkTask { return task }
		r.start()
		r.topic("in", 1)
		r.produce("in", 0, values...)
		id := TaskID{Connector: "snk", Task: 0}
		r.startTask(id, with(dlqProps, "errors.max.rate", "5%"))
		if st := r.statuses.awaitTask(t, id, Failed); !strings.Contains(st.Trace, why) || !strings.Contains(st.Trace, "a bad value") {
			t.Error(st.Trace)
		}
		if err := r.worker.StopTasks(t.Context(), id); err != nil {
			t.Error(err)
		}
		if at := r.committed("connect-snk")["in-0"]; at > 150 {
			t.Errorf("offset %d is committed", at)
		}
	})
	t.Run("source", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		task := oncePolled(func(b *connect.SourceBatch, p *connect.SourcePartition) {
			for _, v := range values {
				b.Add("numbers").SetValue(nil, data.String(v))
			}
			b.Mark(p, position64(200))
		})
		r.source = func() connect.SourceTask { return task }
		r.start()
		r.topic("numbers", 1)
		id := TaskID{Connector: "src", Task: 0}
		r.startTask(id, with(sourceDLQ, "errors.max.rate", "5%"))
		if st := r.statuses.awaitTask(t, id, Failed); !strings.Contains(st.Trace, why) {
			t.Error(st.Trace)
		}
		if err := r.worker.StopTasks(context.Background(), id); err != nil {
			t.Error(err)
		}
		if at := r.sourceOffset("src"); at != -1 {
			t.Errorf("offset %d is committed", at)
		}
	})
}
