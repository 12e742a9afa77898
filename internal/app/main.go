// Package app is the command line of Moldau: it reads files and flags, puts the parts of a worker together and ends them in order.
package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/cli"
	"github.com/moldau/moldau/internal/logs"
)

// Exit codes of Java's connect-standalone and connect-distributed.
const (
	exitOK        = 0
	exitUsage     = 1
	exitHerder    = 1 // the worker was started, and then its topics or its group refused it
	exitStart     = 2 // the worker could not be built
	exitConnector = 3 // the worker was built, but not started or a connector file could not be created
)

// exitError carries an exit code with an error that was reported already, or is nil.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// program is what the commands share.
type program struct {
	plugins []connect.Plugin
	out     io.Writer // for people: results, progress
	errOut  io.Writer
	// redactor knows the secrets of the configurations that were read so far.
	redactor *logs.Redactor
	log      programLog
}

// Main runs the command in args and returns the exit code. Called as connect-standalone or connect-standalone.sh it behaves as that script.
func Main(args []string, plugins ...connect.Plugin) int {
	ignoreFileSizeSignal()
	p := &program{plugins: plugins, out: os.Stdout, errOut: os.Stderr, redactor: logs.NewRedactor(), log: programLog{format: os.Getenv(logFormatVariable)}}
	switch name := strings.TrimSuffix(filepath.Base(args[0]), ".sh"); name {
	case "connect-standalone":
		return p.code(p.standalone(args[1:]))
	case "connect-distributed":
		return p.code(p.distributed(args[1:]))
	case "connect-mirror-maker":
		return p.code(errors.New("this build has no connectors of MirrorMaker 2 yet"))
	}
	root := p.root()
	root.SetArgs(args[1:])
	return p.code(root.Execute())
}

// code turns an error into an exit code, reporting it where its command did not.
func (p *program) code(err error) int {
	p.log.flush()
	var exit *exitError
	var client *cli.ExitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		return exit.code
	case errors.As(err, &client):
		return client.Code
	}
	fmt.Fprintln(p.errOut, "moldau:", p.redactor.Redact(err.Error()))
	return exitUsage
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "moldau",
		Short: "Kafka Connect in one binary",
		Long: "Moldau runs Kafka Connect pipelines: the properties files, connector configurations, REST API and topics of Apache Kafka Connect,\n" +
			"with native connectors and without a JVM.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(p.devCommand(), p.standaloneCommand(), p.distributedCommand(), p.transformCommand(), cli.DLQ(p.out), cli.SupportBundle(p.out), cli.Backup(p.backups()), cli.Restore(p.backups()), p.versionCommand(), p.pluginsCommand())
	root.PersistentFlags().StringVar(&p.log.flag, "log-format", "", "layout of the log: text, as Java Connect writes it, or json; it goes before the worker file and "+logFormatVariable)
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return p.log.check() }
	root.SetOut(p.out)
	root.SetErr(p.errOut)
	return root
}

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of Moldau and of Kafka Connect whose behaviour it matches",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintf(p.out, "moldau %s (Kafka Connect %s)\n", buildVersion(), kafkaVersion)
			return nil
		},
	}
}

func (p *program) pluginsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "plugins",
		Short: "List the connectors, converters, transformations, predicates and config providers of this build",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			registry, err := p.registry()
			if err != nil {
				return err
			}
			for _, plugin := range registry.All() {
				fmt.Fprintf(p.out, "%-16s %s\n", plugin.Kind, plugin.Class)
			}
			return nil
		},
	}
}
