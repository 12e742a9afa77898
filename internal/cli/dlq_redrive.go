package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"
)

type redriveOptions struct {
	filter
	to, toTopic, timestamp string
	all, dryRun, force     bool
	plain                  bool
	limit, maxRedrives     int
}

func (c *Client) dlqRedrive() *cobra.Command {
	var o redriveOptions
	cmd := &cobra.Command{
		Use:   "redrive CONNECTOR [PARTITION:OFFSET...]",
		Short: "Send letters to the topic they were consumed from, or through their connector alone",
		Long: "Sends the letters that are named, or the open ones that flags choose, or with --all all open ones. --to topic sends records to the topic\n" +
			"they were consumed from, where all its consumers get them again; --to-topic names another. --to connector gives them to the connector\n" +
			"alone, with their original coordinates. Redriven letters are marked and not redriven again without --force.\n\n" +
			"The exit code is 0 when every letter chosen was redriven, or had been before; 2 when one failed or is uncertain; 1 when nothing could be\n" +
			"done.",
		Example: "  moldau dlq redrive orders-sink 0:17 0:21 --to connector\n" +
			"  moldau dlq redrive orders-sink --all --to topic --dry-run\n" +
			"  moldau dlq redrive orders-sink --exception DataException --since 24h --to topic",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("dlq redrive needs a connector: moldau dlq redrive CONNECTOR [PARTITION:OFFSET...] --to topic|connector")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.redrive(cmd, args[0], args[1:], &o) },
	}
	f := cmd.Flags()
	o.flags(f)
	f.StringVar(&o.to, "to", "", "where letters go: `topic` or connector")
	f.StringVar(&o.toTopic, "to-topic", "", "send records to this `TOPIC` instead of the one they were consumed from")
	f.BoolVar(&o.all, "all", false, "redrive all open letters of the connector")
	f.BoolVar(&o.dryRun, "dry-run", false, "only say what would be done; with --to connector converters and transformations are tried")
	f.BoolVar(&o.force, "force", false, "redrive also what was redriven before, is uncertain, or came back too often")
	f.IntVar(&o.limit, "limit", 0, "letters to redrive at most (default: all that are chosen)")
	f.IntVar(&o.maxRedrives, "max-redrives", 5, "leave records alone that came back so often after redrives; 0 for no limit")
	f.BoolVar(&o.plain, "no-headers", false, "with --to topic: add no headers that tell of the redrive")
	f.StringVar(&o.timestamp, "timestamp", "keep", "with --to topic: `keep` the records' timestamps, or now")
	return cmd
}

// request builds the body of POST .../redrive.
func (o *redriveOptions) request(cmd *cobra.Command, places []string) (map[string]any, error) {
	if o.toTopic != "" && o.to == "" {
		o.to = "topic"
	}
	if o.to != "topic" && o.to != "connector" {
		return nil, errors.New("--to topic sends letters to the topic they were consumed from, --to connector through the connector alone: say which")
	}
	chosen, err := o.values(cmd.Flags())
	if err != nil {
		return nil, err
	}
	request := map[string]any{"target": o.to, "dry_run": o.dryRun, "force": o.force, "max_redrives": o.maxRedrives}
	switch {
	case len(places) > 0 && (len(chosen) > 0 || o.all):
		return nil, errors.New("name letters, or choose them by flags: not both")
	case len(places) > 0:
		var letters []place
		for _, text := range places {
			p, err := parsePlace(text)
			if err != nil {
				return nil, err
			}
			letters = append(letters, p)
		}
		request["letters"] = letters
	case len(chosen) == 0 && !o.all:
		return nil, errors.New("name letters as PARTITION:OFFSET, choose them by flags such as --exception, or take --all open ones")
	default:
		request["filter"] = chosen
	}
	if o.toTopic != "" {
		request["topic"] = o.toTopic
	}
	if o.plain {
		request["annotate"] = false
	}
	if o.timestamp != "keep" {
		request["timestamp"] = o.timestamp
	}
	return request, nil
}

type result struct {
	Redriven, Skipped, Failed, Uncertain int
	Letters                              []struct {
		place
		Outcome, To, Reason string
	}
	Next *place
}

// perRequest is how many letters one request asks for, so that it ends in time.
const perRequest = 1000

// redrive sends requests until all that is chosen was redriven.
func (c *Client) redrive(cmd *cobra.Command, connector string, places []string, o *redriveOptions) error {
	if err := c.check(); err != nil {
		return err
	}
	request, err := o.request(cmd, places)
	if err != nil {
		return err
	}
	if o.limit < 0 || cmd.Flags().Changed("limit") && o.limit == 0 {
		return fmt.Errorf("--limit %d: 1 or more letters can be redriven", o.limit)
	}
	var sum result
	var answers []json.RawMessage
	for left := o.limit; ; {
		request["limit"] = perRequest
		if o.limit > 0 {
			request["limit"] = min(left, perRequest)
		}
		if len(places) > 0 {
			// Letters that are named go into one request, for there is no place after which another could go on.
			request["limit"] = max(perRequest, len(places))
			if o.limit > 0 {
				request["limit"] = min(o.limit, len(places))
			}
		}
		text, err := c.call(cmd.Context(), http.MethodPost, "/api/dlq/"+url.PathEscape(connector)+"/redrive", nil, request)
		var one result
		if err == nil {
			err = c.decode(text, &one)
		}
		if err != nil {
			if n := sum.Redriven; n > 0 && !o.dryRun {
				err = fmt.Errorf("%w (%d letters were redriven by the requests before)", err, n)
			}
			return err
		}
		answers = append(answers, text)
		sum.Redriven, sum.Skipped, sum.Failed, sum.Uncertain = sum.Redriven+one.Redriven, sum.Skipped+one.Skipped, sum.Failed+one.Failed, sum.Uncertain+one.Uncertain
		if c.output != "json" {
			c.printOutcomes(&one, o.dryRun)
		}
		left -= one.Redriven + one.Failed + one.Uncertain
		if one.Next == nil || o.limit > 0 && left <= 0 {
			break
		}
		request["after"] = one.Next
	}
	return c.endRedrive(&sum, answers, o)
}

// printOutcomes prints what did not go as asked, and with a dry run everything.
func (c *Client) printOutcomes(r *result, dryRun bool) {
	for _, l := range r.Letters {
		if l.Outcome == "redriven" && l.Reason == "" && !dryRun {
			continue
		}
		line := fmt.Sprintf("%s %s", l.place, l.Outcome)
		if l.Outcome == "redriven" || l.Outcome == "would be redriven" {
			line += " to " + l.To
		}
		if l.Reason != "" {
			line += ": " + l.Reason
		}
		fmt.Fprintln(c.out, clean(line))
	}
}

func (c *Client) endRedrive(sum *result, answers []json.RawMessage, o *redriveOptions) error {
	if c.output == "json" {
		text := answers[0]
		if len(answers) > 1 {
			var err error
			if text, err = json.Marshal(answers); err != nil {
				return err
			}
		}
		if err := c.printJSON(text); err != nil {
			return err
		}
	} else {
		verb := "redriven"
		if o.dryRun {
			verb = "would be redriven"
		}
		fmt.Fprintf(c.out, "%d letters %s, %d skipped, %d failed, %d uncertain\n", sum.Redriven, verb, sum.Skipped, sum.Failed, sum.Uncertain)
	}
	if sum.Failed+sum.Uncertain > 0 {
		return &ExitError{Code: 2}
	}
	return nil
}
