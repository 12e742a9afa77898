package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

type listOptions struct {
	filter
	limit int
	after string
}

func (c *Client) dlqList() *cobra.Command {
	var o listOptions
	cmd := &cobra.Command{
		Use:   "list [CONNECTOR]",
		Short: "Count the letters of all dead letter topics, or list those of a connector",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return errors.New("dlq list takes one connector at most: moldau dlq list [CONNECTOR]")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.check(); err != nil {
				return err
			}
			if len(args) == 0 {
				return c.dlqOverview(cmd)
			}
			return c.dlqLetters(cmd, args[0], &o)
		},
	}
	o.flags(cmd.Flags())
	cmd.Flags().IntVar(&o.limit, "limit", 50, "letters to list at most, up to 1000")
	cmd.Flags().StringVar(&o.after, "after", "", "list what comes after the letter at `PARTITION:OFFSET`")
	return cmd
}

type counts struct{ Total, Open, Redriven, Uncertain int64 }

func (n counts) cells() []string {
	return []string{strconv.FormatInt(n.Total, 10), strconv.FormatInt(n.Open, 10), strconv.FormatInt(n.Redriven, 10), strconv.FormatInt(n.Uncertain, 10)}
}

type overview struct {
	Queues []struct {
		Topic      string
		Connectors []string
		counts
		Causes []struct {
			Connector, Stage, Exception string
			counts
			Last int64 `json:"last_timestamp"`
		}
		Error string
	}
}

// dlqOverview prints a row per topic, connector and cause.
func (c *Client) dlqOverview(cmd *cobra.Command) error {
	if cmd.Flags().NFlag() > 0 {
		for _, name := range []string{"state", "of", "stage", "exception", "message", "topic", "partition", "from-offset", "to-offset", "since", "until", "limit", "after"} {
			if cmd.Flags().Changed(name) {
				return fmt.Errorf("--%s needs a connector: moldau dlq list CONNECTOR --%s ...", name, name)
			}
		}
	}
	var found overview
	text, err := c.get(cmd.Context(), "/api/dlq", nil, &found)
	if err != nil {
		return err
	}
	if c.output == "json" {
		return c.printJSON(text)
	}
	if len(found.Queues) == 0 {
		fmt.Fprintln(c.out, "No connector has a dead letter queue (errors.deadletterqueue.topic.name).")
		return nil
	}
	t := newTable(c.out, "TOPIC", "CONNECTOR", "STAGE", "EXCEPTION", "TOTAL", "OPEN", "REDRIVEN", "UNCERTAIN", "LAST")
	for _, q := range found.Queues {
		if len(q.Causes) == 0 {
			problem := ""
			if q.Error != "" {
				problem = "(not read)"
			}
			t.row(append(append([]string{q.Topic, strings.Join(q.Connectors, ","), problem, ""}, q.cells()...), "")...)
		}
		for _, cause := range q.Causes {
			of := cause.Connector
			if of == "" {
				of = "(no context)"
			}
			t.row(append(append([]string{q.Topic, of, cause.Stage, simple(cause.Exception)}, cause.cells()...), when(cause.Last))...)
		}
	}
	if err := t.end(); err != nil {
		return err
	}
	for _, q := range found.Queues {
		if q.Error != "" {
			fmt.Fprintf(c.out, "\n%s: %s\n", strings.Join(q.Connectors, ","), clean(q.Error))
		}
	}
	return nil
}

type page struct {
	Letters []struct {
		letter
		ValueBytes int `json:"value_bytes"`
		Key, Value string
	}
	Next string
}

func (c *Client) dlqLetters(cmd *cobra.Command, connector string, o *listOptions) error {
	values, err := o.values(cmd.Flags())
	if err != nil {
		return err
	}
	values["limit"] = o.limit
	if o.after != "" {
		values["after"] = o.after
	}
	var found page
	var text json.RawMessage
	if text, err = c.get(cmd.Context(), "/api/dlq/"+url.PathEscape(connector), query(values), &found); err != nil {
		return err
	}
	if c.output == "json" {
		return c.printJSON(text)
	}
	t := newTable(c.out, "LETTER", "STATE", "TIMESTAMP", "ORIGINAL", "STAGE", "EXCEPTION", "CAUSE", "KEY", "VALUE")
	for _, l := range found.Letters {
		cause := l.RootCause
		if cause == "" {
			cause = l.Message
		}
		t.row(l.place.String(), l.State, when(l.Timestamp), l.letter.original(), l.Stage, simple(l.Exception), short(cause, 60), short(l.Key, 20), short(l.Value, 40))
	}
	if err := t.end(); err != nil {
		return err
	}
	if found.Next != "" {
		fmt.Fprintf(c.out, "\nThere are more: --after %s\n", found.Next)
	}
	return nil
}
