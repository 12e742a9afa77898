package worker

import "time"

// makeTask makes a task at most within pluginLimit. Its converters and transformations are plugins: one whose Configure does not return would hold up
// whoever starts the connector's tasks. What is made too late is put away.
func (w *Worker) makeTask(id TaskID, connProps, taskProps map[string]string, target TargetState) (*taskRun, error) {
	type outcome struct {
		task *taskRun
		err  error
	}
	made := make(chan outcome, 1)
	go func() {
		var o outcome
		o.err = guard("the making of the task", func() (err error) {
			o.task, err = w.newTask(id, connProps, taskProps, target)
			return err
		})
		made <- o
	}()
	limit := time.NewTimer(pluginLimit)
	defer limit.Stop()
	select {
	case o := <-made:
		return o.task, o.err
	case <-limit.C:
	}
	go func() {
		if o := <-made; o.err == nil {
			o.task.kill()
			o.task.body.close()
		}
	}()
	return nil, &stuckError{"task " + id.String(), "the making of its converters and transformations", pluginLimit}
}
