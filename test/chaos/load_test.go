//go:build unix

package chaos

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// load is the work of the group: sources that read growing files into topics, sinks that write topics into files.
type load struct {
	dir     string
	sources []*source
	sinks   []*sink
	stop    chan struct{}
	writing sync.WaitGroup
}

// source is a file, the connector that reads it and the topic it goes to.
type source struct {
	connector, topic, path string
	written                int
}

// sink is a connector that writes the lines of sources into a file.
type sink struct {
	connector, path string
	of              []*source
}

// configs are the connectors as they are wanted, by name.
type configs map[string]map[string]string

// newLoad makes as many sources with a sink each, and one more sink that reads all topics with several tasks.
func newLoad(t *testing.T, dir, prefix string, sources int) (*load, configs) {
	t.Helper()
	l, wanted := &load{dir: dir, stop: make(chan struct{})}, configs{}
	var topics []string
	sink1 := func(s *sink, topics string, tasks int) {
		l.sinks = append(l.sinks, s)
		wanted[s.connector] = map[string]string{"name": s.connector, "connector.class": "FileStreamSink", "file": s.path, "topics": topics, "tasks.max": strconv.Itoa(tasks)}
	}
	for i := range sources {
		name := fmt.Sprintf("%s%d", prefix, i)
		s := &source{connector: name + "-source", topic: name, path: filepath.Join(dir, name+".in")}
		l.sources = append(l.sources, s)
		wanted[s.connector] = map[string]string{"name": s.connector, "connector.class": "FileStreamSource", "file": s.path, "topic": s.topic, "tasks.max": "1"}
		sink1(&sink{name + "-sink", filepath.Join(dir, name+".out"), []*source{s}}, s.topic, 1)
		topics = append(topics, s.topic)
	}
	sink1(&sink{prefix + "-all-sink", filepath.Join(dir, "all.out"), l.sources}, strings.Join(topics, ","), 3)
	return l, wanted
}

// write appends lines to every source's file until finish.
func (l *load) write(t *testing.T, perSecond int) {
	const beat = 50 * time.Millisecond
	for _, s := range l.sources {
		file, err := os.OpenFile(s.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		l.writing.Go(func() {
			defer file.Close()
			tick := time.NewTicker(beat)
			defer tick.Stop()
			for {
				select {
				case <-l.stop:
					return
				case <-tick.C:
				}
				var b strings.Builder
				for range max(1, perSecond*int(beat)/int(time.Second)) {
					s.written++
					fmt.Fprintf(&b, "%s %d.\n", s.topic, s.written)
				}
				if _, err := file.WriteString(b.String()); err != nil {
					t.Errorf("the test cannot write its input: %v", err)
					return
				}
			}
		})
	}
}

// finish ends the writing.
func (l *load) finish() {
	close(l.stop)
	l.writing.Wait()
}

// add appends lines to every source's file, after finish.
func (l *load) add(t *testing.T, lines int) {
	t.Helper()
	for _, s := range l.sources {
		var b strings.Builder
		for range lines {
			s.written++
			fmt.Fprintf(&b, "%s %d.\n", s.topic, s.written)
		}
		file, err := os.OpenFile(s.path, os.O_APPEND|os.O_WRONLY, 0o644)
		if err == nil {
			_, err = file.WriteString(b.String())
		}
		if err == nil {
			err = file.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// doubled returns the first line above those of a source that is in the output more than once, "" where there is none.
func (s *sink) doubled(above map[string]int) (string, error) {
	text, err := os.ReadFile(s.path)
	if err != nil {
		return "", err
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		topic, number, _ := strings.Cut(strings.TrimSuffix(line, ".\n"), " ")
		if n, err := strconv.Atoi(number); err != nil || n <= above[topic] {
			continue
		}
		if seen[line] {
			return strings.TrimSpace(line), nil
		}
		seen[line] = true
	}
	return "", nil
}

// check says whether a sink has every line of its sources, the first copies in order. It returns how many lines there are and how many came again.
func (s *sink) check() (lines, again int, err error) {
	text, err := os.ReadFile(s.path)
	if err != nil {
		return 0, 0, err
	}
	next := map[string]int{}
	for line := range strings.Lines(string(text)) {
		lines++
		// A killed worker may leave part of a line, to which the next adds its first; the end of a line tells which one it is.
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		topic := fields[len(fields)-2]
		n, err := strconv.Atoi(strings.TrimSuffix(fields[len(fields)-1], "."))
		if err != nil || !strings.HasSuffix(line, ".\n") {
			continue
		}
		if i := strings.LastIndexByte(topic, '.'); i >= 0 {
			topic = topic[i+1:]
		}
		switch {
		case n == next[topic]+1:
			next[topic] = n
		case n <= next[topic]:
			again++
		case s.has(topic):
			return lines, again, &gapError{fmt.Sprintf("%s: line %d of the file, %q, follows %d of %s", filepath.Base(s.path), lines, strings.TrimSpace(line), next[topic], topic)}
		}
	}
	var missing []string
	for _, source := range s.of {
		if next[source.topic] < source.written {
			missing = append(missing, fmt.Sprintf("%s has %d lines of %d of %s", filepath.Base(s.path), next[source.topic], source.written, source.topic))
		}
	}
	if missing != nil {
		err = fmt.Errorf("%s", strings.Join(missing, "; "))
	}
	return lines, again, err
}

func (s *sink) has(topic string) bool {
	for _, source := range s.of {
		if source.topic == topic {
			return true
		}
	}
	return false
}

// gapError says that a line is missing or came too early, which waiting does not mend.
type gapError struct{ text string }

func (e *gapError) Error() string { return e.text }

// tasks is how many tasks a connector is to have: a file source has one whatever it is asked for.
func (c configs) tasks(name string) int {
	if c[name]["connector.class"] == "FileStreamSource" {
		return 1
	}
	n, err := strconv.Atoi(c[name]["tasks.max"])
	if err != nil {
		return 0
	}
	return n
}

func (c configs) with(name, key, value string) map[string]string {
	config := maps.Clone(c[name])
	config[key] = value
	return config
}
