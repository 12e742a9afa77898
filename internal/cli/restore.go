package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/moldau/moldau/internal/backup"
)

type restoreOptions struct {
	backup.Options
	apply   bool
	secrets string
}

// Restore returns the command restore.
func Restore(cfg Backups) *cobra.Command {
	b := &backups{Backups: cfg}
	var o restoreOptions
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Say what of a backup a cluster does not have, and with --apply restore it",
		Long: "Compares a backup with a cluster and prints a plan: which connectors would be created, changed or left alone, and which offsets set.\n" +
			"With --apply the plan is carried out: through the REST API of any worker, of Moldau or Java, or with --worker by writing the internal\n" +
			"topics in Kafka, for which all workers of the group must be down. Connectors that are not STOPPED are not changed without\n" +
			"--overwrite-running. It can be run again after a failure: what is done already is left alone.\n\n" +
			"The exit code is 0 when nothing stands in the way or all was done, 2 when a connector is in conflict or failed, 1 when nothing was done.",
		Example: "  moldau restore connect.backup --url http://connect:8083\n" +
			"  moldau restore connect.backup --url http://connect:8083 --apply\n" +
			"  moldau restore connect.backup --worker connect-distributed.properties --apply",
		Args: oneFile("restore"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := b.check(cmd); err != nil {
				return err
			}
			return b.restore(cmd.Context(), args[0], &o)
		},
	}
	b.flags(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.apply, "apply", false, "carry the plan out; without it nothing is changed")
	f.BoolVar(&o.OverwriteRunning, "overwrite-running", false, "change connectors too that are running or paused")
	f.BoolVar(&o.OtherCluster, "other-cluster", false, "restore to another cluster than the one that the backup is of")
	f.BoolVar(&o.NoOffsets, "no-offsets", false, "leave all offsets as they are")
	f.StringVar(&o.secrets, "secrets", "", `JSON `+"`FILE`"+` with the secrets that are masked in the backup: {"CONNECTOR":{"KEY":"VALUE"}}`)
	return cmd
}

// outcome is an item of the plan with what became of it.
type outcome struct {
	*backup.Item
	Done  bool   `json:"done"`
	Error string `json:"error,omitempty"`
}

func (b *backups) restore(ctx context.Context, file string, o *restoreOptions) error {
	wanted, err := backup.ReadFile(file)
	if err != nil {
		return err
	}
	if err := noSuch(wanted.Only(b.connectors...), file); err != nil {
		return err
	}
	if o.Secrets, err = readSecrets(o.secrets); err != nil {
		return err
	}
	cluster, present, err := b.open(ctx)
	if err != nil {
		return err
	}
	defer cluster.Close()
	plan, err := backup.NewPlan(wanted, present, o.Options)
	if err != nil {
		return err
	}
	absent, err := missing(ctx, cluster)
	if err != nil {
		return err
	}
	for _, topic := range absent {
		plan.Notes = append(plan.Notes, "there is no topic "+topic+": it is created")
	}
	ready := cluster.Ready(ctx)
	if o.apply && ready != nil {
		return ready
	}
	if ready != nil {
		plan.Notes = append(plan.Notes, "it cannot be applied now: "+ready.Error())
	}
	outcomes := make([]outcome, len(plan.Items))
	failed := plan.Count(backup.Conflict)
	for i, item := range plan.Items {
		outcomes[i].Item = item
		if !o.apply || !item.Changes() {
			continue
		}
		if err := cluster.Apply(ctx, item); err != nil {
			outcomes[i].Error = err.Error()
			failed++
			continue
		}
		outcomes[i].Done = true
	}
	if err := b.show(plan, outcomes, o.apply); err != nil {
		return err
	}
	if failed > 0 {
		return &ExitError{2}
	}
	return nil
}

func readSecrets(file string) (map[string]map[string]string, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--secrets: %w", err)
	}
	var secrets map[string]map[string]string
	if json.Unmarshal(text, &secrets) != nil { // whose error may quote a secret
		return nil, fmt.Errorf(`--secrets %s: a JSON object such as {"CONNECTOR":{"KEY":"VALUE"}} is needed`, file)
	}
	return secrets, nil
}

// show prints the plan and what became of it.
func (b *backups) show(plan *backup.Plan, outcomes []outcome, applied bool) error {
	if b.client.output == "json" {
		text, err := json.Marshal(map[string]any{"applied": applied, "items": outcomes, "notes": plan.Notes})
		if err != nil {
			return err
		}
		return b.client.printJSON(text)
	}
	t := newTable(b.Out, "CONNECTOR", "ACTION", "STATE", "CONFIG", "OFFSETS", "RESULT")
	for _, o := range outcomes {
		result := ""
		switch {
		case o.Done:
			result = "done"
		case o.Error != "":
			result = "failed"
		}
		t.row(o.Connector, string(o.Action), states(o.Item), strings.Join(o.Config, ","), count(len(o.Source)+len(o.Sink)), result)
	}
	if err := t.end(); err != nil {
		return err
	}
	for _, o := range outcomes {
		for _, text := range append([]string{o.Reason, o.Error}, o.Notes...) {
			if text != "" {
				fmt.Fprintf(b.Out, "%s: %s\n", o.Connector, clean(text))
			}
		}
		if !applied {
			b.showOffsets(o.Item)
		}
	}
	for _, note := range plan.Notes {
		fmt.Fprintln(b.Out, clean(note))
	}
	if !applied {
		fmt.Fprintln(b.Out, "Nothing was changed: --apply carries this out.")
	}
	return nil
}

// states is what a restore does to a target state.
func states(i *backup.Item) string {
	switch {
	case i.To == "" || i.From == i.To || i.From == "":
		return string(i.To)
	}
	return string(i.From) + " -> " + string(i.To)
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// mostOffsets is how many offsets of a connector the plan shows.
const mostOffsets = 5

func (b *backups) showOffsets(i *backup.Item) {
	if !i.Changes() {
		return
	}
	var lines []string
	for n := range i.Source {
		lines = append(lines, i.Source[n].String())
	}
	for _, o := range i.Sink {
		lines = append(lines, fmt.Sprintf("%s-%d = %d", o.Topic, o.Partition, o.Offset))
	}
	for n, line := range lines {
		if n == mostOffsets {
			fmt.Fprintf(b.Out, "%s: and %d more offsets, which -o json shows\n", i.Connector, len(lines)-n)
			return
		}
		fmt.Fprintf(b.Out, "%s: offset %s\n", i.Connector, clean(line))
	}
}
