package workerconfig

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

// connectorKeys are the first keys of every connector (ConnectorConfig).
func connectorKeys(p pluginKeys) []config.Key {
	return []config.Key{
		{Name: "name", Default: config.NoDefault, Validator: config.NonEmptyStringWithoutControlChars(), Importance: config.High,
			Doc:   "Name of the connector, unique within the cluster.",
			Group: "Common", Order: 1, Width: config.WidthMedium, DisplayName: "Connector name"},
		{Name: "connector.class", Default: config.NoDefault, Importance: config.High,
			Doc:   "Class of the connector: its full name, its simple name, or that without the ending Connector.",
			Group: "Common", Order: 2, Width: config.WidthLong, DisplayName: "Connector class"},
		{Name: "connector.plugin.version", Default: p.connectorVersion, Validator: versionRange{}, Importance: config.Medium,
			Doc:   "Version of the connector, a version or a range such as [1.0,2.0); absent takes the newest.",
			Group: "Common", Order: 3, Width: config.WidthMedium, DisplayName: "Connector version", Recommender: versionRecommender{p.connectors, connect.KindSource, "connector.class"}},
		{Name: "tasks.max", Type: config.Int, Default: 1, Validator: config.AtLeast(1), Importance: config.High,
			Doc:   "Greatest number of tasks that the connector may split its work into.",
			Group: "Common", Order: 4, Width: config.WidthShort, DisplayName: "Tasks max"},
		{Name: "tasks.max.enforce", Type: config.Boolean, Default: true,
			Doc:   "Whether a connector that makes more tasks than tasks.max fails; otherwise a warning is logged.",
			Group: "Common", Order: 5, Width: config.WidthShort, DisplayName: "Enforce tasks max"},
	}
}

// connectorChainKeys are the keys of every connector that stand behind those of its converters.
func connectorChainKeys() []config.Key {
	return []config.Key{
		{Name: "transforms", Type: config.List, Default: []string{}, Validator: uniqueAliases("transformation aliases"),
			Doc:   "Aliases of the transformations, applied to each record in this order; transforms.ALIAS.type and further keys configure each.",
			Group: "Transforms", Order: 12, Width: config.WidthLong, DisplayName: "Transforms"},
		{Name: "predicates", Type: config.List, Default: []string{}, Validator: uniqueAliases("predicate aliases"),
			Doc:   "Aliases of the predicates that transformations refer to; predicates.ALIAS.type and further keys configure each.",
			Group: "Predicates", Order: 13, Width: config.WidthLong, DisplayName: "Predicates"},
		{Name: "config.action.reload", Default: "restart", Validator: config.ValidString("none", "restart"),
			Doc:   "What happens when values of a config provider run out: restart restarts the connector, none does nothing.",
			Group: "Common", Order: 14, Width: config.WidthMedium, DisplayName: "Reload Action"},
		{Name: "errors.retry.timeout", Type: config.Long, Default: 0, Importance: config.Medium,
			Doc:   "Milliseconds that a failed operation is tried again, 0 for not at all, -1 without end.",
			Group: "Error Handling", Order: 1, Width: config.WidthMedium, DisplayName: "Retry Timeout for Errors"},
		{Name: "errors.retry.delay.max.ms", Type: config.Long, Default: 60000, Importance: config.Medium,
			Doc:   "Greatest number of milliseconds between two attempts of a failed operation.",
			Group: "Error Handling", Order: 2, Width: config.WidthMedium, DisplayName: "Maximum Delay Between Retries for Errors"},
		{Name: "errors.tolerance", Default: "none", Validator: config.ValidString("none", "all"), Importance: config.Medium,
			Doc:   "none fails the task at the first record that cannot be processed, all skips such records.",
			Group: "Error Handling", Order: 3, Width: config.WidthShort, DisplayName: "Error Tolerance"},
		{Name: "errors.log.enable", Type: config.Boolean, Default: false, Importance: config.Medium,
			Doc:   "Whether every failed operation is logged; otherwise only those that end the task are.",
			Group: "Error Handling", Order: 4, Width: config.WidthShort, DisplayName: "Log Errors"},
		{Name: "errors.log.include.messages", Type: config.Boolean, Default: false, Importance: config.Medium,
			Doc:   "Whether the log of a failed operation says which record it was: a sink's topic, partition, offset and time, a source's whole record.",
			Group: "Error Handling", Order: 5, Width: config.WidthShort, DisplayName: "Log Error Details"},
	}
}
