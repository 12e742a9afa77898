package worker

import "context"

type taskRun struct{}

type topicEpoch struct{}

// StartTask makes a task and starts it in the background. A failure to make it is reported as FAILED and returned; what goes wrong later
// is only reported. connProps is the connector's configuration, taskProps one of those that ConnectorTaskConfigs returned, both with
// placeholders resolved.
func (w *Worker) StartTask(id TaskID, connProps, taskProps map[string]string, target TargetState) error {
	panic("not yet")
}

// StopTasks stops tasks, all at once, and waits for all of them together at most task.shutdown.graceful.timeout.ms. What did not stop by
// then is cancelled: it commits nothing more, its clients are closed and its later states are not reported; the error names it. Ids that do
// not run are skipped.
func (w *Worker) StopTasks(ctx context.Context, ids ...TaskID) error { panic("not yet") }

// ForgetTopics makes TopicUsed be called again for topics that the connector's tasks met before (KIP-558 reset).
func (w *Worker) ForgetTopics(connector string) {}
