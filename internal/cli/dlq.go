package cli

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// DLQ returns the command `moldau dlq`, which prints to out.
func DLQ(out io.Writer) *cobra.Command {
	c := &Client{out: out}
	cmd := &cobra.Command{
		Use:   "dlq",
		Short: "List, show and redrive the dead letters of connectors",
		Long: "Shows what is in the dead letter queues of a worker's connectors and sends letters back: to the topic they were consumed from, or\n" +
			"through their connector alone. A letter that was redriven is marked and not redriven again, unless --force says so. docs/dlq.md\n" +
			"describes all of it.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.flags(cmd)
	cmd.AddCommand(c.dlqList(), c.dlqShow(), c.dlqRedrive())
	return cmd
}

// place is the place of a letter.
type place struct {
	Partition int32 `json:"partition"`
	Offset    int64 `json:"offset"`
}

func (p place) String() string { return fmt.Sprintf("%d:%d", p.Partition, p.Offset) }

func parsePlace(text string) (place, error) {
	partition, offset, _ := strings.Cut(text, ":")
	p, err := strconv.ParseUint(partition, 10, 31)
	if err == nil {
		var o uint64
		if o, err = strconv.ParseUint(offset, 10, 63); err == nil {
			return place{int32(p), int64(o)}, nil
		}
	}
	return place{}, fmt.Errorf("%q is no place of a letter: PARTITION:OFFSET is needed, such as 0:17", text)
}

// letter is what lists and details of letters share.
type letter struct {
	place
	Timestamp int64
	Context   bool `json:"has_context"`
	Connector string
	Task      *int
	Stage     string
	Class     string
	Exception string
	Message   string
	RootCause string `json:"root_cause"`
	Malformed string
	Original  *struct {
		Topic     string
		Partition int32
		Offset    int64
	}
	Source *struct {
		Topic           string
		SourcePartition string `json:"source_partition"`
		SourceOffset    string `json:"source_offset"`
	}
	State       string
	Redrives    int
	At          int64 `json:"redriven_at"`
	Target, To  string
	LastFailure *failure `json:"last_failure"`
}

type failure struct {
	At        int64
	Stage     string
	Class     string
	Exception string
	Message   string
}

func (l *letter) original() string {
	if l.Source != nil {
		return l.Source.Topic
	}
	if l.Original == nil {
		return ""
	}
	return fmt.Sprintf("%s %d:%d", l.Original.Topic, l.Original.Partition, l.Original.Offset)
}

// filter is the flags that choose letters.
type filter struct {
	connector, state, stage, exception, message, topic, since, until string
	partition, from, to                                              int64
}

func (f *filter) flags(s *pflag.FlagSet) {
	s.StringVar(&f.state, "state", "", "only letters that are open, redriven or uncertain")
	s.StringVar(&f.connector, "of", "", "letters of another `CONNECTOR` in the same topic, * for all (default: the connector's own and those without context)")
	s.StringVar(&f.stage, "stage", "", "only of a stage, such as VALUE_CONVERTER")
	s.StringVar(&f.exception, "exception", "", "only of a `CLASS` of error or last cause, with or without its package")
	s.StringVar(&f.message, "message", "", "only where the error's message or last cause contains a `TEXT`")
	s.StringVar(&f.topic, "topic", "", "only of records consumed from a `TOPIC`")
	s.Int64Var(&f.partition, "partition", 0, "only of records consumed from a partition `NUMBER`")
	s.Int64Var(&f.from, "from-offset", 0, "only of records consumed at an `OFFSET` or after")
	s.Int64Var(&f.to, "to-offset", 0, "only of records consumed at an `OFFSET` or before")
	s.StringVar(&f.since, "since", "", "only with timestamps from a `TIME` on: milliseconds, 2026-11-21T13:00:00Z, or 36h for that long ago")
	s.StringVar(&f.until, "until", "", "only with timestamps before a `TIME`")
}

// values returns the flags that were given, by their names in the API.
func (f *filter) values(s *pflag.FlagSet) (map[string]any, error) {
	out := map[string]any{}
	for flag, value := range map[string]string{"state": f.state, "stage": f.stage, "exception": f.exception, "message": f.message, "topic": f.topic} {
		if value != "" {
			out[flag] = value
		}
	}
	if f.connector != "" {
		out["connector"] = f.connector
	}
	for flag, value := range map[string]int64{"partition": f.partition, "from-offset": f.from, "to-offset": f.to} {
		if s.Changed(flag) {
			if value < 0 {
				return nil, fmt.Errorf("--%s %d: it begins at 0", flag, value)
			}
			out[strings.ReplaceAll(flag, "-", "_")] = value
		}
	}
	for flag, text := range map[string]string{"since": f.since, "until": f.until} {
		if text == "" {
			continue
		}
		ms, err := moment(text, time.Now())
		if err != nil {
			return nil, fmt.Errorf("--%s %s: %w", flag, text, err)
		}
		out[flag] = ms
	}
	return out, nil
}

func query(values map[string]any) url.Values {
	out := url.Values{}
	for name, value := range values {
		out.Set(name, fmt.Sprint(value))
	}
	return out
}

func moment(text string, now time.Time) (int64, error) {
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return ms, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago).UnixMilli(), nil
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.UnixMilli(), nil
	}
	return 0, errors.New("milliseconds since 1970, a time such as 2026-11-21T13:00:00Z or a duration such as 36h is needed")
}
