package rest

import (
	"net/http"

	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/rest/roles"
)

// addResources declares everything but the admin resources.
func (rt *router) addResources() {
	get, post, put, del, patch := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch
	view, operate, edit, offsets := roles.View, roles.Operate, roles.Edit, roles.Offsets

	rt.add("/", false, methods{get: {getRoot, roles.Known}})
	rt.add("/health", false, methods{get: {getHealth, roles.Known}})
	rt.add("/connectors", true, methods{get: {listConnectors, roles.Known}, post: {createConnector, edit}})
	rt.add("/connectors/{}", true, methods{get: {getConnector, view}, del: {deleteConnector, edit}})
	rt.add("/connectors/{}/config", true, methods{get: {getConnectorConfig, view}, put: {putConnectorConfig, edit}, patch: {patchConnectorConfig, edit}})
	rt.add("/connectors/{}/status", true, methods{get: {getConnectorStatus, view}})
	rt.add("/connectors/{}/restart", true, methods{post: {restartConnector, operate}})
	rt.add("/connectors/{}/pause", true, methods{put: {change(http.StatusAccepted, herder.Herder.PauseConnector), operate}})
	rt.add("/connectors/{}/resume", true, methods{put: {change(http.StatusAccepted, herder.Herder.ResumeConnector), operate}})
	rt.add("/connectors/{}/stop", true, methods{put: {change(http.StatusNoContent, herder.Herder.StopConnector), operate}})
	rt.add("/connectors/{}/tasks", true, methods{get: {listTasks, view}, post: {putTaskConfigs, roles.Workers}})
	rt.add("/connectors/{}/tasks/{}/status", true, methods{get: {getTaskStatus, view}})
	rt.add("/connectors/{}/tasks/{}/restart", true, methods{post: {restartTask, operate}})
	rt.add("/connectors/{}/topics", true, methods{get: {getTopics, view}})
	rt.add("/connectors/{}/topics/reset", true, methods{put: {resetTopics, operate}})
	rt.add("/connectors/{}/offsets", true, methods{get: {getOffsets, view}, patch: {alterOffsets, offsets}, del: {resetOffsets, offsets}})
	rt.add("/connectors/{}/fence", true, methods{put: {fenceZombies, roles.Workers}})
	rt.add("/connector-plugins", true, methods{get: {listPlugins, roles.Known}})
	rt.add("/connector-plugins/{}/config", true, methods{get: {getPluginConfig, roles.Known}})
	rt.add("/connector-plugins/{}/config/validate", true, methods{put: {validateConfig, edit}})
}

// addLoggers declares the admin resources.
func (rt *router) addLoggers() {
	rt.add("/admin/loggers", true, methods{http.MethodGet: {listLoggers, roles.Admin}})
	rt.add("/admin/loggers/{}", true, methods{http.MethodGet: {getLogger, roles.Admin}, http.MethodPut: {setLogger, roles.Admin}})
}
