//go:build unix

package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// offsetsAreThoseOfTheFiles asks for the committed offsets, which must be the lengths of the files.
func (s *onceStorm) offsetsAreThoseOfTheFiles() {
	for _, source := range s.load.sources {
		info, err := os.Stat(source.path)
		if err != nil {
			s.t.Fatal(err)
		}
		s.await("offset of "+source.connector, func() error {
			for _, m := range s.members {
				code, body, err := m.call(http.MethodGet, "/connectors/"+source.connector+"/offsets", nil)
				if err != nil {
					return err
				}
				var got struct {
					Offsets []struct{ Offset struct{ Position int64 } }
				}
				if err := json.Unmarshal(body, &got); err != nil || code != http.StatusOK || len(got.Offsets) != 1 {
					return fmt.Errorf("%s: %d %s", m.name, code, body)
				}
				if at := got.Offsets[0].Offset.Position; at != info.Size() {
					return fmt.Errorf("%s says that %s was read to %d of %d", m.name, source.path, at, info.Size())
				}
			}
			return nil
		})
	}
}

func (s *onceStorm) report(seed uint64) {
	if !s.t.Failed() {
		return
	}
	s.t.Logf("MOLDAU_CHAOS_SEED=%d draws this script again, which was:\n%s", seed, s.script)
	s.describe()
	s.states()
	for _, m := range s.members {
		if m.run != nil && !m.run.Ended() {
			if _, _, err := m.run.goroutines(m.log); err != nil { // they are in the log now
				s.t.Log(err)
			}
		}
		text, err := os.ReadFile(m.log)
		if err != nil {
			continue
		}
		lines := slices.DeleteFunc(strings.Split(string(text), "\n"), func(l string) bool { return strings.Contains(l, `"GET /connectors`) })
		s.t.Logf("the end of the log of %s (%s):\n%s", m.name, m.url, strings.Join(lines[max(0, len(lines)-60):], "\n"))
		if keep := os.Getenv("MOLDAU_CHAOS_KEEP"); keep != "" {
			if err := os.WriteFile(filepath.Join(keep, filepath.Base(m.log)), text, 0o644); err != nil {
				s.t.Logf("the log could not be kept: %v", err)
			}
		}
	}
}

// states logs what each worker says of every connector and task, and of the offsets, which were committed last.
func (s *onceStorm) states() {
	for _, m := range s.members {
		if !m.up() {
			s.t.Logf("%s has ended", m.name)
			continue
		}
		paths := []string{"/connectors?expand=status"}
		for _, source := range s.load.sources {
			paths = append(paths, "/connectors/"+source.connector+"/offsets")
		}
		for _, path := range paths {
			code, body, err := m.call(http.MethodGet, path, nil)
			s.t.Logf("%s: GET %s: %d %s %v", m.name, path, code, body, err)
		}
	}
	for _, source := range s.load.sources {
		info, err := os.Stat(source.path)
		if err != nil {
			s.t.Log(err)
			continue
		}
		s.t.Logf("%s is %d bytes long", source.path, info.Size())
	}
	if s.reader != nil {
		s.t.Logf("committed lines that were read: %s", s.reader.each())
	}
}

// describe logs what the broker knows of the sources' transactions.
func (s *onceStorm) describe() {
	client, err := kgo.NewClient(kgo.SeedBrokers(s.address))
	if err != nil {
		s.t.Log(err)
		return
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	admin := kadm.NewClient(client)
	for _, source := range s.load.sources {
		described, err := admin.DescribeTransactions(ctx, s.group+"-"+source.connector+"-0")
		for _, d := range described.Sorted() {
			s.t.Logf("%s: producer %d epoch %d %s since %d %v", d.TxnID, d.ProducerID, d.ProducerEpoch, d.State, d.StartTimestamp, d.Topics)
		}
		ends, stable := kadm.ListedOffsets{}, kadm.ListedOffsets{}
		if err == nil {
			ends, err = admin.ListEndOffsets(ctx, source.topic)
		}
		if err == nil {
			stable, err = admin.ListCommittedOffsets(ctx, source.topic)
		}
		s.t.Logf("%s ends at %v, committed at %v, %v", source.topic, ends.Offsets(), stable.Offsets(), err)
	}
}
