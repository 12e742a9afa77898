package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/moldau/moldau/internal/backup"
)

// Backups is what the commands for backups need of the program.
type Backups struct {
	// Out is for results, ErrOut for warnings.
	Out, ErrOut io.Writer
	// OpenKafka connects to the group of a worker's properties file.
	OpenKafka func(ctx context.Context, workerFile string) (*backup.KafkaCluster, error)
	// Masker knows what the plugins of this build declare as secret.
	Masker func() (backup.Masker, error)
}

// backups is one of the commands, with the flags that both have.
type backups struct {
	Backups
	client     Client
	worker     string
	connectors []string
}

// Call implements backup.API.
func (c *Client) Call(ctx context.Context, method, path string, query url.Values, body any) (json.RawMessage, error) {
	return c.call(ctx, method, path, query, body)
}

func (b *backups) flags(cmd *cobra.Command) {
	b.client.out = b.Out
	b.client.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&b.worker, "worker", "", "properties `FILE` of a distributed worker: goes to the internal topics in Kafka, and asks no worker")
	f.StringArrayVar(&b.connectors, "connector", nil, "only the connector of this `NAME`; may be given several times")
}

func (b *backups) check(cmd *cobra.Command) error {
	if b.worker != "" && (cmd.Flags().Changed("url") || cmd.Flags().Changed("cacert")) {
		return errors.New("--worker and --url exclude each other: the one goes to Kafka, the other to a worker")
	}
	return b.client.check()
}

// open connects to the cluster and reads it. The caller closes it.
func (b *backups) open(ctx context.Context) (backup.Cluster, *backup.Content, error) {
	var cluster backup.Cluster = backup.NewREST(&b.client)
	if b.worker != "" {
		kafka, err := b.OpenKafka(ctx, b.worker)
		if err != nil {
			return nil, nil, err
		}
		cluster = kafka
	}
	content, err := cluster.Read(ctx)
	if err != nil {
		cluster.Close()
		return nil, nil, err
	}
	return cluster, content, nil
}

// missing returns the internal topics that do not exist.
func missing(ctx context.Context, cluster backup.Cluster) ([]string, error) {
	if kafka, ok := cluster.(*backup.KafkaCluster); ok {
		return kafka.Missing(ctx)
	}
	return nil, nil
}

func noSuch(names []string, where string) error {
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("there is no connector %s in %s", strings.Join(names, ", "), where)
}

// Backup returns the command backup.
func Backup(cfg Backups) *cobra.Command {
	b := &backups{Backups: cfg}
	var mask, replace bool
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write the connectors of a cluster, with their offsets and states, to one file",
		Long: "Writes configurations, target states, offsets of sources and sinks, task configurations, statuses and topics in use to one file: through\n" +
			"the REST API of any worker, of Moldau or Java, or with --worker from the internal topics in Kafka, where no worker has to run. Nothing in\n" +
			"the cluster is changed. docs/backup.md describes the file and what a backup of a running cluster means.\n\n" +
			"The exit code is 0 when everything is in the file, 2 when something of a connector could not be read, 1 when there is no file.",
		Example: "  moldau backup connect.backup --url http://connect:8083\n" +
			"  moldau backup connect.backup --worker connect-distributed.properties",
		Args: oneFile("backup"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := b.check(cmd); err != nil {
				return err
			}
			return b.backup(cmd.Context(), args[0], mask, replace)
		},
	}
	b.flags(cmd)
	cmd.Flags().BoolVar(&mask, "mask-secrets", false, "write [hidden] in place of secrets that are written out in configurations; a restore asks for them")
	cmd.Flags().BoolVar(&replace, "replace", false, "replace a file that exists")
	return cmd
}

func oneFile(command string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("%s needs one file: moldau %s FILE", command, command)
		}
		return nil
	}
}

// summary is what the command backup says with -o json.
type summary struct {
	File       string           `json:"file"`
	Cluster    backup.Origin    `json:"cluster"`
	Connectors int              `json:"connectors"`
	Offsets    int              `json:"offsets"`
	Masked     bool             `json:"masked"`
	Secrets    int              `json:"configurations_with_secrets"`
	Problems   []backup.Problem `json:"problems"`
}

func (b *backups) backup(ctx context.Context, file string, mask, replace bool) error {
	cluster, content, err := b.open(ctx)
	if err != nil {
		return err
	}
	defer cluster.Close()
	absent, err := missing(ctx, cluster)
	if err != nil {
		return err
	}
	if len(absent) > 0 {
		return fmt.Errorf("%s: no such topic in Kafka cluster %s: is this the file of a worker that has run there?", strings.Join(absent, ", "), content.Cluster.KafkaClusterID)
	}
	if err := noSuch(content.Only(b.connectors...), "the cluster"); err != nil {
		return err
	}
	masker, err := b.Masker()
	if err != nil {
		return err
	}
	s := summary{File: file, Cluster: content.Cluster, Connectors: len(content.Connectors), Problems: content.Problems}
	if s.Secrets = content.Secrets(masker); mask {
		content.Mask(masker)
	}
	s.Masked = content.Masked
	for _, k := range content.Connectors {
		s.Offsets += len(k.SourceOffsets)
		if k.SinkOffsets != nil {
			s.Offsets += len(k.SinkOffsets.Offsets)
		}
	}
	if err := backup.WriteFile(file, content, replace); errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: --replace replaces it", err)
	} else if err != nil {
		return err
	}
	return b.report(&s)
}

func (b *backups) report(s *summary) error {
	if b.client.output == "json" {
		text, err := json.Marshal(s)
		if err == nil {
			err = b.client.printJSON(text)
		}
		if err != nil {
			return err
		}
	} else {
		fmt.Fprintf(b.Out, "%s: %d connectors and %d offsets of Kafka cluster %s\n", s.File, s.Connectors, s.Offsets, s.Cluster.KafkaClusterID)
		for _, p := range s.Problems {
			verb := "is"
			if strings.HasSuffix(p.Part, "s") {
				verb = "are"
			}
			fmt.Fprintf(b.Out, "%s: its %s %s not in the backup: %s\n", p.Connector, p.Part, verb, clean(p.Text))
		}
	}
	switch {
	case s.Masked:
		fmt.Fprintln(b.ErrOut, "moldau: secrets are masked in the backup: a restore to a cluster that does not have them needs --secrets")
	case s.Secrets > 0:
		fmt.Fprintf(b.ErrOut, "moldau: the backup holds the secrets of %d configurations as they are written there: keep it as safe as them, or use --mask-secrets\n", s.Secrets)
	}
	if len(s.Problems) > 0 {
		return &ExitError{2}
	}
	return nil
}
