package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
)

func (c *Client) dlqShow() *cobra.Command {
	most := 0
	cmd := &cobra.Command{
		Use:   "show CONNECTOR PARTITION:OFFSET",
		Short: "Show one letter: what failed and why, key, value, headers, and whether it was redriven",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return errors.New("dlq show needs a connector and a letter: moldau dlq show CONNECTOR PARTITION:OFFSET")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.check(); err != nil {
				return err
			}
			at, err := parsePlace(args[1])
			if err != nil {
				return err
			}
			return c.dlqDetail(cmd, args[0], at, most)
		},
	}
	cmd.Flags().IntVar(&most, "bytes", 0, "bytes of key and value to show at most (default 65536)")
	return cmd
}

type detail struct {
	Queue string `json:"dead_letter_topic"`
	letter
	Key, Value content
	Headers    []struct {
		Key       string
		Text, Hex *string
	}
	RedriveCount int    `json:"redrive_count"`
	StackTrace   string `json:"stack_trace"`
}

type content struct {
	Bytes       int
	Text, Hex   *string
	Cut         bool
	Data        json.RawMessage
	DecodeError string `json:"decode_error"`
}

func (c *Client) dlqDetail(cmd *cobra.Command, connector string, at place, most int) error {
	values := map[string]any{}
	if cmd.Flags().Changed("bytes") {
		values["bytes"] = most
	}
	var d detail
	text, err := c.get(cmd.Context(), fmt.Sprintf("/api/dlq/%s/%d/%d", url.PathEscape(connector), at.Partition, at.Offset), query(values), &d)
	if err != nil {
		return err
	}
	if c.output == "json" {
		return c.printJSON(text)
	}
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(c.out, "%-13s %s\n", name, clean(value))
		}
	}
	line("letter", fmt.Sprintf("%s of %s", d.place, d.Queue))
	line("state", d.describeState())
	line("timestamp", when(d.Timestamp))
	line("original", d.letter.original())
	if src := d.Source; src != nil {
		line("source", fmt.Sprintf("%s, partition %s, offset %s", src.Topic, src.SourcePartition, src.SourceOffset))
	}
	if !d.Context {
		line("cause", "not known: the connector writes no context headers (errors.deadletterqueue.context.headers.enable)")
	}
	line("malformed", d.Malformed)
	line("connector", d.Connector)
	if d.Task != nil {
		line("task", fmt.Sprint(*d.Task))
	}
	line("stage", d.Stage)
	line("class", d.Class)
	line("exception", d.Exception)
	line("message", d.Message)
	line("root cause", d.RootCause)
	if d.RedriveCount > 0 {
		line("came back", fmt.Sprintf("%d times after a redrive", d.RedriveCount))
	}
	if f := d.LastFailure; f != nil {
		line("last redrive", fmt.Sprintf("failed at %s: %s %s %s", when(f.At), f.Stage, simple(f.Exception), f.Message))
	}
	d.Key.print(c, "key")
	d.Value.print(c, "value")
	for _, h := range d.Headers {
		if !strings.HasPrefix(h.Key, "__connect.errors.") {
			line("header", h.Key+" = "+shown(h.Text, h.Hex))
		}
	}
	if d.StackTrace != "" {
		fmt.Fprintf(c.out, "\n%s\n", lines(strings.TrimRight(d.StackTrace, "\n")))
	}
	return nil
}

// lines is clean for a text of several lines.
func lines(text string) string {
	parts := strings.Split(text, "\n")
	for i := range parts {
		parts[i] = clean(strings.ReplaceAll(strings.TrimSuffix(parts[i], "\r"), "\t", "    "))
	}
	return strings.Join(parts, "\n")
}

func (l *letter) describeState() string {
	switch l.State {
	case "redriven":
		return fmt.Sprintf("redriven to %s %s at %s", l.Target, l.To, when(l.At))
	case "uncertain":
		return fmt.Sprintf("uncertain: it was given to connector %s at %s and nobody knows what became of it", l.To, when(l.At))
	}
	return l.State
}

func shown(text, hex *string) string {
	switch {
	case text != nil:
		return *text
	case hex != nil:
		return "0x" + *hex
	}
	return "null"
}

// print shows the bytes, and the data where that says more.
func (k *content) print(c *Client, name string) {
	raw := shown(k.Text, k.Hex)
	if k.Cut {
		raw += "…"
	}
	if k.Bytes >= 0 {
		fmt.Fprintf(c.out, "%-13s %s (%d bytes)\n", name, clean(raw), k.Bytes)
	} else {
		fmt.Fprintf(c.out, "%-13s null\n", name)
	}
	switch {
	case k.DecodeError != "":
		fmt.Fprintf(c.out, "%-13s the converter: %s\n", "", clean(k.DecodeError))
	case len(k.Data) > 0 && string(k.Data) != raw && string(k.Data) != "null":
		fmt.Fprintf(c.out, "%-13s data: %s\n", "", clean(string(k.Data)))
	}
}
