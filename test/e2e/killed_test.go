//go:build unix

package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// quickSessions makes a broker forget a killed consumer soon; by default that takes 45 s, in Java as here.
const quickSessions = "consumer.session.timeout.ms=1000\nconsumer.heartbeat.interval.ms=300"

// TestStandaloneKilled kills a worker in mid-stream, again and again, and checks that all lines arrive, in order of first appearance, and
// that no stored offset is ever ahead of what is durable (I1, I3).
func TestStandaloneKilled(t *testing.T) {
	t.Parallel()
	const lines, kills = 200_000, 3
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	moments := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	text := numbered("a line of about the length of an ordinary line in a log, with the number ", 1, lines)
	in, out := write(t, dir, "in.txt", text), filepath.Join(dir, "out.txt")
	file := worker(t, dir, quickSessions)
	args := []string{"standalone", file, properties(t, dir, "src", source(in, "killed")), properties(t, dir, "snk", sink(out, "killed"))}
	for range kills {
		p := moldau(t, dir, args...)
		var before int64
		if info, err := os.Stat(out); err == nil {
			before = info.Size()
		}
		p.await("further output", func() error {
			info, err := os.Stat(out)
			if err == nil && info.Size() <= before {
				err = fmt.Errorf("%d bytes", info.Size())
			}
			return err
		})
		<-time.After(time.Duration(moments.IntN(100)) * time.Millisecond) // the moment is random: there is nothing to wait for
		p.Kill()
		checkOffsets(t, filepath.Join(dir, "connect.offsets"), text, "killed", out)
	}
	p := moldau(t, dir, args...)
	last := "\n" + strings.TrimSuffix(text[strings.LastIndexByte(strings.TrimSuffix(text, "\n"), '\n')+1:], "\n") + "\n"
	p.await("last line", func() error {
		got, err := os.ReadFile(out)
		if err == nil && !strings.HasSuffix(string(got), last) {
			err = fmt.Errorf("%d bytes of output, %d of input", len(got), len(text))
		}
		return err
	})
	if code := p.stop(syscall.SIGTERM); code != 143 {
		t.Errorf("exit code %d", code)
	}
	checkOffsets(t, filepath.Join(dir, "connect.offsets"), text, "killed", out)
	// What the sink repeats after a kill may itself hold what the source repeated.
	next, back := 0, 0
	previous := 0
	input := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	torn := 0
	for i, line := range strings.Split(strings.TrimSuffix(read(t, out), "\n"), "\n") {
		n, err := strconv.Atoi(line[strings.LastIndexByte(line, ' ')+1:])
		if err != nil || n < 1 || n > lines || input[n-1] != line {
			torn++
			continue
		}
		if n > next+1 {
			t.Fatalf("output line %d is input line %d, after %d lines", i+1, n, next)
		}
		if n <= previous {
			back++
		}
		previous, next = n, max(next, n)
	}
	if next != lines {
		t.Errorf("%d lines arrived, of %d", next, lines)
	}
	if most := kills * (kills + 3) / 2; back > most || torn > kills {
		t.Errorf("after %d kills the output goes back %d times (%d are possible) and has %d torn lines", kills, back, most, torn)
	}
	t.Logf("the output goes back %d times, %d torn lines", back, torn)
}

var positionInFile = regexp.MustCompile(`\{"position":(\d+)\}`)

// checkOffsets checks that what lies before the stored position of the source is in the topic, and what lies before the committed offset
// of the sink is in its file.
func checkOffsets(t *testing.T, offsets, input, topic, out string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	admin := kadm.NewClient(kafkaClient(t, broker(t)))
	ends, err := admin.ListEndOffsets(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	end, _ := ends.Lookup(topic, 0)
	if stored, err := os.ReadFile(offsets); err == nil {
		position, err := strconv.Atoi(positionInFile.FindStringSubmatch(string(stored))[1])
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(input[:position], "\n"); position > 0 && input[position-1] != '\n' || int64(n) > end.Offset {
			t.Errorf("the stored position %d lies behind line %d; the topic has %d records", position, n, end.Offset)
		}
	}
	committed, err := admin.FetchOffsets(ctx, "connect-snk")
	if err != nil {
		t.Fatal(err)
	}
	if o, ok := committed.Lookup(topic, 0); ok {
		written, err := os.ReadFile(out)
		if n := strings.Count(string(written), "\n"); err != nil || o.At > int64(n) || o.At > end.Offset {
			t.Errorf("offset %d is committed; the output has %d lines, the topic %d records (%v)", o.At, n, end.Offset, err)
		}
	}
}
