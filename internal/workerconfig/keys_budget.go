package workerconfig

import (
	"github.com/moldau/moldau/connect/config"
)

// workerBudgetKeys are the keys of a worker for what its tasks share, which Java does not have.
func workerBudgetKeys() []config.Key {
	return []config.Key{
		{Name: "moldau.memory.max.bytes", Type: config.Long, Default: 64 << 20, Validator: config.AtLeast(0), Beyond: true,
			Doc: "Bytes of records in flight of all tasks of the worker, what sinks fetch ahead and what sources have on its way, 0 for no limit; half of them are divided by moldau.memory.share, half are lent."},
	}
}

// budgetKeys are those of every connector.
func budgetKeys() []config.Key {
	return []config.Key{
		{Name: "moldau.memory.share", Type: config.Int, Default: 100, Validator: config.AtLeast(1), Beyond: true,
			Doc: "Weight of the connector among those of a worker when the guaranteed half of the worker's moldau.memory.max.bytes is divided; its tasks " +
				"on a worker divide its part evenly.",
			Group: "Common", Order: 15, Width: config.WidthShort, DisplayName: "Share of Memory"},
	}
}
