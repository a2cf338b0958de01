package machine

import "slices"

// Key names an instance: by its managed object id where it is known, by its instance UUID for sure.
type Key struct{ ID, MoRef string }

var (
	// PlanPaths is what a plan reads of each instance.
	PlanPaths = []string{"name", "runtime.powerState", "runtime.connectionState", "runtime.cryptoState", "runtime.question", "runtime.host",
		"config.template", "guest.net", "config.instanceUuid", "config.extraConfig",
		"config.hardware", "config.createDate", "config.modified", "config.cpuHotAddEnabled", "config.memoryHotAddEnabled",
		"config.hotPlugMemoryLimit", "config.hotPlugMemoryIncrementSize", "config.guestId", "config.cpuAllocation", "config.memoryAllocation",
		"config.annotation", "config.managedBy", "config.files", "snapshot"}
	// SeenPaths is what is read of an instance along with a task, and what shows that it is as the task has left it.
	SeenPaths = append(slices.Clone(PlanPaths), "config.changeVersion")
	// WholePaths is what a change needs.
	WholePaths = []string{"name", "runtime.powerState", "runtime.connectionState", "runtime.cryptoState", "runtime.question", "runtime.host",
		"resourcePool",
		"guest.net", "guest.toolsRunningStatus", "config", "snapshot"}
)
