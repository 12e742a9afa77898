package rest

import (
	"net/http"
)

func listTasks(c *call) (*reply, error) {
	tasks, err := c.herder.TaskConfigs(c.ctx, c.params[0])
	if err != nil {
		return nil, err
	}
	return ok(tasks)
}

func getTaskStatus(c *call) (*reply, error) {
	id, err := c.task()
	if err != nil {
		return nil, err
	}
	state, err := c.herder.TaskStatus(c.ctx, id)
	if err != nil {
		return nil, err
	}
	return ok(state)
}

func restartTask(c *call) (*reply, error) {
	id, err := c.task()
	if err != nil {
		return nil, err
	}
	if err := c.herder.RestartTask(c.ctx, id); err != nil {
		return c.elsewhere(err, onward{})
	}
	return empty(http.StatusNoContent)
}
