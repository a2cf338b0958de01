package vcenter

import "slices"

// ServerKey names an instance: by its managed object id where it is known, by its instance UUID for sure.
type ServerKey struct{ ID, MoRef string }

var (
	// serverPaths is what a plan reads of each instance.
	serverPaths = []string{"name", "runtime.powerState", "runtime.connectionState", "runtime.cryptoState", "runtime.question", "runtime.host",
		"config.template", "guest.net", "config.instanceUuid", "config.extraConfig",
		"config.hardware", "config.createDate", "config.modified", "config.cpuHotAddEnabled", "config.memoryHotAddEnabled",
		"config.hotPlugMemoryLimit", "config.hotPlugMemoryIncrementSize", "config.guestId", "config.cpuAllocation", "config.memoryAllocation",
		"config.annotation", "config.managedBy", "config.files", "snapshot"}
	// seenPaths is what is read of an instance along with a task, and what shows that it is as the task has left it.
	seenPaths = append(slices.Clone(serverPaths), "config.changeVersion")
	// wholePaths is what a change needs.
	wholePaths = []string{"name", "runtime.powerState", "runtime.connectionState", "runtime.cryptoState", "runtime.question", "runtime.host",
		"resourcePool",
		"guest.net", "guest.toolsRunningStatus", "config", "snapshot"}
)
