package workerconfig

import (
	"github.com/moldau/moldau/connect/config"
)

// workerBudgetKeys are the keys of a worker for what its tasks share, which Java does not have.
func workerBudgetKeys() []config.Key {
	return []config.Key{
		{Name: "moldau.memory.max.bytes", Type: config.Long, Default: 256 << 20, Validator: config.AtLeast(0), Beyond: true,
			Doc: "Memory that the worker's process is to stay below, 0 for no limit. A quarter of it is for records in flight, what sinks fetch ahead and " +
				"what sources have on its way: half of that is divided by moldau.memory.share, half is lent. A sixteenth is for batches larger than a sink's share."},
	}
}

// budgetKeys are those of every connector.
func budgetKeys() []config.Key {
	return []config.Key{
		{Name: "moldau.memory.share", Type: config.Int, Default: 100, Validator: config.AtLeast(1), Beyond: true,
			Doc: "Weight of the connector among those of a worker when the guaranteed half of the worker's memory for records (see moldau.memory.max.bytes) is divided; its tasks " +
				"on a worker divide its part evenly.",
			Group: "Common", Order: 15, Width: config.WidthShort, DisplayName: "Share of Memory"},
		{Name: "moldau.cpu.share", Type: config.Int, Default: 0, Validator: config.AtLeast(0), Beyond: true,
			Doc: "Weight of the connector among those of a worker that have a share when processors are scarce: its converters and transformations then get " +
				"time by it, batch by batch. 0 is no share: its tasks never wait, and those that have one yield to them.",
			Group: "Common", Order: 16, Width: config.WidthShort, DisplayName: "Share of Processors"},
	}
}
