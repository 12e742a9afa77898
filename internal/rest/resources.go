package rest

import (
	"net/http"

	"github.com/moldau/moldau/internal/herder"
)

// addResources declares everything but the admin resources.
func (rt *router) addResources() {
	get, post, put, del, patch := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch
	type methods = map[string]endpoint

	rt.add("/", false, methods{get: getRoot})
	rt.add("/health", false, methods{get: getHealth})
	rt.add("/connectors", true, methods{get: listConnectors, post: createConnector})
	rt.add("/connectors/{}", true, methods{get: getConnector, del: deleteConnector})
	rt.add("/connectors/{}/config", true, methods{get: getConnectorConfig, put: putConnectorConfig, patch: patchConnectorConfig})
	rt.add("/connectors/{}/status", true, methods{get: getConnectorStatus})
	rt.add("/connectors/{}/restart", true, methods{post: restartConnector})
	rt.add("/connectors/{}/pause", true, methods{put: change(http.StatusAccepted, herder.Herder.PauseConnector)})
	rt.add("/connectors/{}/resume", true, methods{put: change(http.StatusAccepted, herder.Herder.ResumeConnector)})
	rt.add("/connectors/{}/stop", true, methods{put: change(http.StatusNoContent, herder.Herder.StopConnector)})
	rt.add("/connectors/{}/tasks", true, methods{get: listTasks, post: putTaskConfigs}).internal = map[string]bool{post: true}
	rt.add("/connectors/{}/tasks/{}/status", true, methods{get: getTaskStatus})
	rt.add("/connectors/{}/tasks/{}/restart", true, methods{post: restartTask})
	rt.add("/connectors/{}/topics", true, methods{get: getTopics})
	rt.add("/connectors/{}/topics/reset", true, methods{put: resetTopics})
	rt.add("/connectors/{}/offsets", true, methods{get: getOffsets, patch: alterOffsets, del: resetOffsets})
	rt.add("/connectors/{}/fence", true, methods{put: fenceZombies}).internal = map[string]bool{put: true}
	rt.add("/connector-plugins", true, methods{get: listPlugins})
	rt.add("/connector-plugins/{}/config", true, methods{get: getPluginConfig})
	rt.add("/connector-plugins/{}/config/validate", true, methods{put: validateConfig})
}

// addLoggers declares the admin resources.
func (rt *router) addLoggers() {
	rt.add("/admin/loggers", true, map[string]endpoint{http.MethodGet: listLoggers})
	rt.add("/admin/loggers/{}", true, map[string]endpoint{http.MethodGet: getLogger, http.MethodPut: setLogger})
}
