package vectors

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/worker"
	"github.com/moldau/moldau/internal/workerconfig"
	"github.com/moldau/moldau/transforms"
)

// chainWorker is what a chain's configuration is read against: the plugins, and a worker's configuration.
type chainWorker struct {
	registry *plugin.Registry
	plugins  *workerconfig.Plugins
	values   *config.Values
}

// newChainWorker returns a worker with Apache's transformations and the converters of the package converters.
func newChainWorker() (*chainWorker, error) {
	registry, err := plugin.New("4.3.1", append(transforms.Plugins(), converterPlugins()...)...)
	if err != nil {
		return nil, err
	}
	w := &chainWorker{registry: registry, plugins: workerconfig.NewPlugins(registry)}
	const json = "org.apache.kafka.connect.json.JsonConverter"
	w.values, err = w.plugins.ParseStandalone(config.PropsOf(map[string]string{"bootstrap.servers": "127.0.0.1:9092", "key.converter": json,
		"value.converter": json, "offset.storage.file.filename": "offsets"}))
	return w, err
}

// chainFunc returns the function of smt/chains: a record through the transformations of a connector's configuration.
func chainFunc() Func {
	open := sync.OnceValues(newChainWorker)
	return func(c *Case) (any, error) {
		w, err := open()
		if err != nil {
			return nil, err
		}
		return w.apply(c)
	}
}

func (w *chainWorker) apply(c *Case) (any, error) {
	props, err := stringProps(Member(c.Config, "connector"))
	if err != nil {
		return nil, err
	}
	props["name"], props["connector.class"], props["topics"] = "c", "C", "t"
	props["errors.tolerance"] = fmt.Sprint(Member(c.Config, "errors.tolerance"))
	kind := connect.KindSource
	if Member(Member(c.Input, "record"), "kind") == "sink" {
		kind = connect.KindSink
	}
	if _, err := w.plugins.ParseConnector(kind, config.PropsOf(props), w.values); err != nil {
		return nil, FailureOf(err)
	}
	d, err := worker.NewDryRun(w.registry, props)
	if err != nil {
		return nil, FailureOf(err)
	}
	r, in, err := connectRecord(Member(c.Input, "record"))
	if err != nil {
		return nil, err
	}
	keep, skipped, err := d.Apply(context.Background(), r)
	switch {
	case err != nil:
		return nil, failedTask(c, err)
	case skipped != nil:
		return skippedForm(c, skipped), nil
	case !keep:
		return nil, nil
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	return EncodeChanges(EncodeRecord(in), EncodeRecord(recordOf(in, r)))
}

// failedTask returns the failure of a task, after a look at its cause, which the comparison of failures leaves out.
func failedTask(c *Case, err error) error {
	if cause := errors.Unwrap(err); c.Error != nil && len(c.Error.Causes) > 0 {
		if differs := checkError(&c.Error.Causes[0], nil, cause); differs != nil {
			return fmt.Errorf("cause: %w", differs)
		}
	}
	return FailureOf(err)
}

// skippedForm writes a tolerated failure in the recorded form. Words of the JDK and further causes are not compared.
func skippedForm(c *Case, s *worker.SkippedRecord) any {
	recorded, _ := Member(c.Output, "failed").(map[string]any)
	failed := map[string]any{"class": javafmt.ClassOf(s.Err), "message": s.Err.Error()}
	if causes, ok := recorded["causes"]; ok {
		failed["causes"] = causes
	}
	if strings.HasPrefix(fmt.Sprint(recorded["class"]), "java.lang.") {
		failed = recorded
	}
	return map[string]any{"failed": failed, "stage": string(s.Stage), "class": s.Class}
}
