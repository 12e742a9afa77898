package logs

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// repeating runs a test with a handler that collapses within 30 seconds, and a function that returns the lines written since its last call, without
// times and places.
func repeating(t *testing.T, test func(h *Handler, log *slog.Logger, lines func() []string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		h := NewHandler(&out, NewLevels(slog.LevelInfo))
		h.Collapse(30 * time.Second)
		frame := regexp.MustCompile(`(?m)^\[[^]]*\] | \(moldau[^)]*\)$`)
		test(h, slog.New(h), func() []string {
			synctest.Wait()
			h.out.mu.Lock()
			defer h.out.mu.Unlock()
			text := strings.TrimSuffix(frame.ReplaceAllString(out.String(), ""), "\n")
			out.Reset()
			if text == "" {
				return nil
			}
			return strings.Split(text, "\n")
		})
	})
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestRepeatedErrorsAreCounted(t *testing.T) {
	t.Parallel()
	const class = "org.apache.kafka.connect.errors.ConnectException: "
	repeating(t, func(_ *Handler, log *slog.Logger, lines func() []string) {
		refuse := func(connector string, offset int) {
			log.Error("Put failed", "connector", connector, "offset", offset, "error", fmt.Errorf("refused at %d", offset))
		}
		for i := range 5 {
			refuse("c", i)
			refuse("d", i)
		}
		expect(t, lines(), "ERROR [c|worker] Put failed offset=0", class+"refused at 0", "ERROR [d|worker] Put failed offset=0", class+"refused at 0")
		time.Sleep(30 * time.Second)
		got := strings.Join(lines(), "\n")
		for _, c := range []string{"c", "d"} {
			if want := `ERROR [` + c + `|worker] Put failed offset=4 repeated=4 for=30s last="` + class + `refused at 4"`; !strings.Contains(got, want) {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		// It goes on within the next window, and then there is a pause of more than one.
		refuse("c", 5)
		expect(t, lines())
		time.Sleep(2 * time.Minute)
		expect(t, lines(), `ERROR [c|worker] Put failed offset=5 repeated=1 for=30s last="`+class+`refused at 5"`)
		refuse("c", 6)
		expect(t, lines(), "ERROR [c|worker] Put failed offset=6", class+"refused at 6")
	})
}

func TestWhatIsNoRepetition(t *testing.T) {
	t.Parallel()
	repeating(t, func(h *Handler, log *slog.Logger, lines func() []string) {
		for range 3 {
			log.Info("twice")
			log.Error("failed", DistinctKey, true)
		}
		expect(t, lines(), "INFO twice", "ERROR failed", "INFO twice", "ERROR failed", "INFO twice", "ERROR failed")
		for _, topic := range []string{"a", "b"} {
			log.Warn("topic", "topic", topic)
		}
		for _, n := range []int{1, 2} {
			log.Warn(fmt.Sprintf("record %d", n))
		}
		expect(t, lines(), "WARN topic topic=a", "WARN topic topic=b", "WARN record 1", "WARN record 2")
		h.Collapse(0)
		for range 2 {
			log.Warn("all")
		}
		expect(t, lines(), "WARN all", "WARN all")
	})
}

// TestCountsAreFlushed: nothing that was counted is lost when the process ends, and none of it quotes half a secret.
func TestCountsAreFlushed(t *testing.T) {
	t.Parallel()
	repeating(t, func(h *Handler, log *slog.Logger, lines func() []string) {
		hidden := NewRedactor()
		hidden.Add("verysecretpassword")
		h.Hiding(hidden)
		class := "org.apache.kafka.connect.errors.ConnectException: "
		long := strings.Repeat("x", longestSummary-len(class)-5) + " verysecretpassword"
		for range 3 {
			log.Warn("failed", "error", errors.New(long))
		}
		lines()
		h.Flush()
		got := lines()
		if len(got) != 1 || !strings.Contains(got[0], "repeated=2 for=0s") || strings.Contains(got[0], "very") {
			t.Errorf("got %q", got)
		}
		h.Flush()
		expect(t, lines())
	})
}

// TestLongRepetitions: an error that goes on for hours is written whole again, counted all the time.
func TestLongRepetitions(t *testing.T) {
	t.Parallel()
	repeating(t, func(_ *Handler, log *slog.Logger, lines func() []string) {
		const events = 3600
		whole, counted := 0, 0
		count := regexp.MustCompile(`repeated=(\d+)`)
		take := func() {
			for _, line := range lines() {
				n := 0
				if m := count.FindStringSubmatch(line); m != nil {
					_, _ = fmt.Sscan(m[1], &n)
				}
				counted += n
				if !strings.Contains(line, " for=") {
					whole++
				}
			}
		}
		for range events {
			log.Warn("again")
			time.Sleep(time.Second)
			take()
		}
		time.Sleep(time.Minute)
		take()
		if whole+counted != events || whole < 10 || whole > 13 {
			t.Errorf("%d written whole, %d counted, of %d", whole, counted, events)
		}
	})
}

func TestRepeatsAreBounded(t *testing.T) {
	t.Parallel()
	repeating(t, func(h *Handler, log *slog.Logger, lines func() []string) {
		for i := range 3 * mostRepeats {
			log.Warn(fmt.Sprintf("event %d", i))
		}
		if n := len(lines()); n != 3*mostRepeats {
			t.Errorf("%d of %d were written", n, 3*mostRepeats)
		}
		if n := len(h.out.repeats.seen); n != mostRepeats {
			t.Errorf("%d are remembered", n)
		}
		time.Sleep(time.Minute)
		log.Warn("later")
		if n := len(h.out.repeats.seen); n != 1 {
			t.Errorf("%d are remembered after a minute", n)
		}
	})
}
