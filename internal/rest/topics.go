package rest

import (
	"net/http"

	"github.com/moldau/moldau/internal/herder"
)

// topicList is what a connector uses (KIP-558).
type topicList struct {
	Topics []string `json:"topics"`
}

func getTopics(c *call) (*reply, error) {
	if !c.server.cfg.Values.Bool("topic.tracking.enable") {
		return nil, &herder.Error{Status: http.StatusForbidden, Message: "Topic tracking is disabled."}
	}
	name := c.params[0]
	topics, err := c.herder.ConnectorTopics(c.ctx, name)
	if err != nil {
		return nil, err
	}
	if topics == nil {
		topics = []string{}
	}
	return ok(map[string]topicList{name: {topics}})
}

func resetTopics(c *call) (*reply, error) {
	if !c.server.cfg.Values.Bool("topic.tracking.enable") {
		return nil, &herder.Error{Status: http.StatusForbidden, Message: "Topic tracking is disabled."}
	}
	if !c.server.cfg.Values.Bool("topic.tracking.allow.reset") {
		return nil, &herder.Error{Status: http.StatusForbidden, Message: "Topic tracking reset is disabled."}
	}
	return change(http.StatusAccepted, herder.Herder.ResetConnectorTopics)(c)
}
