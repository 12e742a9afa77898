// Command jdbc measures the JDBC connectors beside Java's on real servers that it starts itself: Apache Kafka, PostgreSQL or MariaDB.
//
//	go build -o bin/moldau ./cmd/moldau && go run ./bench/jdbc -kind sink -moldau bin/moldau -plugins DIR
//
// It needs what test/servers needs, and for Java's sink a directory with the plugin io.debezium:debezium-connector-jdbc unpacked. CPU is the user and
// system time of the worker's process from the moment the connector is created until the last record has arrived, the peak is that of the whole
// run. The rate of a sink is that of the rows behind those that are there when the table is first seen not to be empty, from that moment on: what a
// connector needs to start and to join its group is stated beside it. That of a source has the start in it. Runs alternate.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/moldau/moldau/bench/measured"
	"github.com/moldau/moldau/test/servers"
)

type options struct {
	kind, moldau, libs, plugins, database  string
	modes, tasks, only, heap, profile, set string
	records, rounds                        int
	dir                                    string
	java                                   measured.Java
}

// kinds are what can be measured.
var kinds = map[string]func(o *options, b *measured.Broker) error{"sink": measureSink, "source": measureSource}

func main() {
	var o options
	flag.StringVar(&o.kind, "kind", "sink", "what to measure: sink or source")
	flag.StringVar(&o.moldau, "moldau", "bin/moldau", "the binary to measure")
	flag.StringVar(&o.libs, "libs", "", "directory of Kafka's jars; default $KAFKA_LIBS, else where the tests keep them")
	flag.StringVar(&o.plugins, "plugins", "", "directory with Debezium's JDBC sink unpacked; empty leaves Java out")
	flag.StringVar(&o.database, "database", "postgres", "postgres or mariadb")
	flag.StringVar(&o.modes, "modes", "insert,upsert", "insert modes of the sink")
	flag.StringVar(&o.tasks, "tasks", "2,16", "numbers of tasks")
	flag.StringVar(&o.only, "only", "", "measure only contenders whose name holds this")
	flag.StringVar(&o.heap, "heap", "1g", "heap of Java Connect")
	flag.StringVar(&o.profile, "profile", "", "file for three seconds of Moldau's CPU profile")
	flag.StringVar(&o.set, "set", "", "further keys of Moldau's connector, as in moldau.connections.max=4,batch.size=1000")
	flag.IntVar(&o.records, "records", 1_000_000, "records of a run, a multiple of 32")
	flag.IntVar(&o.rounds, "rounds", 3, "runs of each contender")
	flag.Parse()
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, "jdbc:", err)
		os.Exit(1)
	}
}

func run(o *options) (err error) {
	measure := kinds[o.kind]
	if measure == nil {
		return fmt.Errorf("-kind %s is not known", o.kind)
	}
	if o.java, err = measured.FindJava(o.libs); err != nil {
		return err
	}
	if o.moldau, err = filepath.Abs(o.moldau); err != nil {
		return err
	}
	if o.dir, err = os.MkdirTemp("", "bench-jdbc"); err != nil {
		return err
	}
	defer os.RemoveAll(o.dir)
	if err := os.Setenv("MOLDAU_INTEGRATION", "1"); err != nil {
		return err
	}
	defer servers.Stop()
	b, err := measured.StartBroker(o.dir, o.java)
	if err != nil {
		return err
	}
	defer b.Stop()
	return measure(o, b)
}

// taskNumbers are those of -tasks.
func (o *options) taskNumbers() ([]int, error) {
	var list []int
	for text := range strings.SplitSeq(o.tasks, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

func median(values []float64) float64 {
	sorted := slices.Clone(values)
	slices.SortFunc(sorted, cmp.Compare)
	return sorted[len(sorted)/2]
}
