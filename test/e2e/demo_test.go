//go:build unix

package e2e

import (
	"bytes"
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
)

// outputLine is a line of the demo's output: the struct that the transformations made.
var outputLine = regexp.MustCompile(`^Struct\{line=(.*),topic=access-log,offset=(\d+)\}$`)

// liveCounts is what the demo prints every few seconds on a terminal.
var liveCounts = regexp.MustCompile(`input \d+ lines  topic \d+ records  output \d+ lines`)

// written is a line of the demo's output, taken apart.
type written struct {
	line   string
	offset int
}

// demoOutput returns the lines of an output file as far as they are complete. Those that are not in the form that the demo's
// transformations give them are counted.
func demoOutput(t *testing.T, path string) (lines []written, odd []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		found := outputLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if found == nil || !strings.HasSuffix(line, "\n") {
			odd = append(odd, line)
			continue
		}
		offset, err := strconv.Atoi(found[2])
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, written{found[1], offset})
	}
	return lines, odd
}

// wrote waits until the demo's output has at least n lines.
func (d *dev) wrote(n int) {
	d.t.Helper()
	d.await(fmt.Sprint(n, " lines of output"), func() error {
		if lines := lineCount(d.t, d.output()); lines < n {
			return fmt.Errorf("%d lines", lines)
		}
		return nil
	})
}

// lineCount returns the number of line ends in a file, 0 where there is none. It is asked often of files that grow, so it does no more.
func lineCount(t *testing.T, path string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return bytes.Count(text, []byte{'\n'})
}

func (d *dev) input() string  { return filepath.Join(d.data, "demo", "access.log") }
func (d *dev) output() string { return filepath.Join(d.data, "demo", "output.txt") }

func TestDemoGoesOnWhereItEnded(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	wanted := 300
	for range 3 {
		d := startDev(t, data, "--demo", "--rate", "2000")
		d.rest.running("demo-source")
		d.rest.running("demo-sink")
		d.wrote(wanted)
		within(t, 10*time.Second, "the stop", func() {
			if code := d.stop(syscall.SIGINT); code != 0 {
				t.Fatalf("exit code %d after SIGINT, want 0", code)
			}
		})
		if !strings.Contains(d.out.String(), "curl") || liveCounts.MatchString(d.out.String()) {
			t.Errorf("a pipe gets the curl lines and no live counts: %s", d.out)
		}
		input := strings.Split(read(t, d.input()), "\n")
		output, odd := demoOutput(t, d.output())
		if len(odd) > 0 {
			t.Fatalf("%d odd lines of output, such as %q", len(odd), odd[0])
		}
		for i, got := range output {
			if want := (written{input[i], i}); got != want {
				t.Fatalf("line %d of the output is %+v, want %+v", i+1, got, want)
			}
			if !strings.HasSuffix(got.line, " request="+strconv.Itoa(i+1)) {
				t.Fatalf("line %d of the input is %q", i+1, got.line)
			}
		}
		wanted = len(output) + 300
	}
}

func TestDemoOfTheUsersOwnFile(t *testing.T) {
	t.Parallel()
	own := write(t, t.TempDir(), "own.log", numbered("äöü € line ", 1, 20_000))
	data := t.TempDir()
	d := startDev(t, data, "--demo", "--file", own)
	d.wrote(20_000)
	add(t, own, numbered("äöü € line ", 20_001, 20_100))
	d.wrote(20_100)
	d.stop(syscall.SIGINT)
	lines, odd := demoOutput(t, d.output())
	if len(odd) > 0 || len(lines) != 20_100 {
		t.Fatalf("%d lines and %d odd ones", len(lines), len(odd))
	}
	for i, got := range lines {
		if want := (written{"äöü € line " + strconv.Itoa(i+1), i}); got != want {
			t.Fatalf("line %d is %+v, want %+v", i+1, got, want)
		}
	}
	if text := read(t, own); text != numbered("äöü € line ", 1, 20_100) {
		t.Error("the user's file was changed")
	}
}

// TestDemoKilled kills the demo at random moments and checks what I3 promises: nothing is lost, and what is doubled follows a kill.
func TestDemoKilled(t *testing.T) {
	t.Parallel()
	const kills = 5
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	moments := rand.New(rand.NewPCG(seed, 0))
	data := t.TempDir()
	for range kills {
		d := startDev(t, data, "--demo", "--rate", "5000")
		d.wrote(lineCount(t, d.output()) + 1)
		<-time.After(time.Duration(moments.IntN(800)) * time.Millisecond) // the moment is random: there is nothing to wait for
		d.Kill()
	}
	// The last start reads what is there as a file that does not grow, so that the output becomes complete.
	input := strings.Split(strings.TrimSuffix(read(t, filepath.Join(data, "demo", "access.log")), "\n"), "\n")
	if !strings.HasSuffix(read(t, filepath.Join(data, "demo", "access.log")), "\n") {
		input = input[:len(input)-1] // half a line, which the source rightly leaves
	}
	d := startDev(t, data, "--demo", "--file", filepath.Join(data, "demo", "access.log"))
	want := []byte("Struct{line=" + input[len(input)-1] + ",topic=")
	d.await("last line", func() error {
		text := []byte(read(t, d.output()))
		if at := bytes.LastIndexByte(bytes.TrimSuffix(text, []byte{'\n'}), '\n'); !bytes.HasPrefix(text[at+1:], want) {
			return fmt.Errorf("%d lines of %d", bytes.Count(text, []byte{'\n'}), len(input))
		}
		return nil
	})
	d.stop(syscall.SIGINT)
	checkKilled(t, d.output(), input, kills)
}

// checkKilled checks an output after some kills of source and sink. The sink may go back once per kill; without its repetitions, the
// topic is seen, where the source may have gone back once per kill; without those, the input is seen.
func checkKilled(t *testing.T, output string, input []string, kills int) {
	t.Helper()
	lines, odd := demoOutput(t, output)
	if len(odd) > kills {
		t.Errorf("%d torn lines after %d kills, such as %q", len(odd), kills, odd[0])
	}
	var topic []string
	back, last := 0, -1
	for i, got := range lines {
		if got.offset <= last {
			back++
		} else if got.offset > last+1 {
			t.Fatalf("output line %d has offset %d after %d", i+1, got.offset, last)
		}
		if last = got.offset; last < len(topic) {
			if topic[last] != got.line {
				t.Fatalf("offset %d is %q and later %q", last, topic[last], got.line)
			}
			continue
		}
		topic = append(topic, got.line)
	}
	if back > kills {
		t.Errorf("the sink went back %d times after %d kills", back, kills)
	}
	numbers := make(map[string]int, len(input))
	for i, line := range input {
		numbers[line] = i
	}
	seen, previous, rewinds := 0, -1, 0
	for offset, line := range topic {
		n, known := numbers[line]
		if !known {
			t.Fatalf("offset %d holds %q, which is no line of the input", offset, line)
		}
		if n <= previous {
			rewinds++
		} else if n > previous+1 {
			t.Fatalf("offset %d holds input line %d after line %d", offset, n+1, previous+1)
		}
		previous, seen = n, max(seen, n+1)
	}
	if rewinds > kills {
		t.Errorf("the source went back %d times after %d kills", rewinds, kills)
	}
	if seen != len(input) {
		t.Errorf("%d lines of %d arrived", seen, len(input))
	}
	t.Logf("%d lines of input, %d records, %d lines of output; the source went back %d times, the sink %d times, %d lines torn",
		len(input), len(topic), len(lines), rewinds, back, len(odd))
}
