package worker

import (
	"context"
	"fmt"
	"log/slog"
	"maps"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
)

// TooManyTasks is the class of the error of a connector that gives more tasks than it may.
const TooManyTasks = "org.apache.kafka.connect.runtime.TooManyTasksException"

// ConnectorTaskConfigs asks a running connector for the configurations of its tasks, and completes them: task.class, and for sinks topics
// or topics.regex. More than tasks.max of them are an error unless tasks.max.enforce is false (KIP-1004).
func (w *Worker) ConnectorTaskConfigs(ctx context.Context, name string) ([]map[string]string, error) {
	c, err := w.connector(name)
	if err != nil {
		return nil, err
	}
	settings, err := parseConnectorSettings(c.props)
	if err != nil {
		return nil, err
	}
	var configs []map[string]string
	err = c.do(ctx, "TaskConfigs", pluginLimit, func(ctx context.Context) error {
		if c.instance == nil {
			return fmt.Errorf("connector %s is not started, so it has no task configurations", name)
		}
		got, err := c.instance.TaskConfigs(ctx, settings.tasksMax)
		for _, config := range got {
			configs = append(configs, c.complete(config))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := settings.checkTaskCount(c.logger, name, len(configs)); err != nil {
		c.fail(err) // as Worker.connectorTaskConfigs does: asking again does not mend it, and the tasks of before go on
		return nil, err
	}
	return configs, nil
}

// CheckTaskCount returns an error where a connector with the configuration may not have n tasks. Herders ask before they start a task: the
// configurations of tasks may be older than that of the connector.
func (w *Worker) CheckTaskCount(name string, props map[string]string, n int) error {
	settings, err := parseConnectorSettings(props)
	if err != nil {
		return err
	}
	return settings.checkTaskCount(w.cfg.Logger.With("connector", name), name, n)
}

func (c *connectorRun) complete(config map[string]string) map[string]string {
	config = maps.Clone(config)
	if config == nil {
		config = map[string]string{}
	}
	config["task.class"] = c.plugin.TaskClass
	if c.plugin.Kind == connect.KindSink {
		for _, key := range []string{"topics", "topics.regex"} {
			if v, ok := c.props[key]; ok && v != "" {
				config[key] = v
			}
		}
	}
	return config
}

// checkTaskCount has the texts of org.apache.kafka.connect.runtime.TooManyTasksException and Worker.
func (s connectorSettings) checkTaskCount(logger *slog.Logger, name string, n int) error {
	if n <= s.tasksMax {
		return nil
	}
	begin := fmt.Sprintf("The connector %s has generated %d tasks, which is greater than %d, the maximum number of tasks it is configured to create. ",
		name, n, s.tasksMax)
	if s.enforceMax {
		return javafmt.NewException(TooManyTasks, begin+"This behavior should be considered a bug and is disallowed. If necessary, it can be permitted "+
			"by reconfiguring the connector with 'tasks.max.enforce' set to false; however, this option will be removed in a future release of Kafka Connect.", nil)
	}
	logger.Warn(begin + "This behavior should be considered a bug and will be disallowed in future releases of Kafka Connect. Please report this to the " +
		"maintainers of the connector and request that they adjust their connector's taskConfigs() method to respect the maxTasks parameter.")
	return nil
}
