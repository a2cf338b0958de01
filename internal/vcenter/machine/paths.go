// SPDX-License-Identifier: MPL-2.0

package machine

import "slices"

// Key names an instance by its instance UUID and, where known, its managed object id, which saves a search.
type Key struct{ ID, MoRef string }

var (
	// PlanPaths are the properties that a plan reads of each instance.
	PlanPaths = []string{"name", "runtime.powerState", "runtime.connectionState", "runtime.cryptoState", "runtime.question", "runtime.host",
		"config.template", "guest.net", "config.instanceUuid", "config.extraConfig",
		"config.hardware", "config.createDate", "config.modified", "config.cpuHotAddEnabled", "config.memoryHotAddEnabled",
		"config.hotPlugMemoryLimit", "config.hotPlugMemoryIncrementSize", "config.guestId", "config.cpuAllocation", "config.memoryAllocation",
		"config.annotation", "config.managedBy", "config.files", "snapshot"}
	// SeenPaths are the properties read along with a task, with the one that shows whether the task's effect is in them.
	SeenPaths = append(slices.Clone(PlanPaths), "config.changeVersion")
	// WholePaths are the properties that a change needs.
	WholePaths = []string{"name", "runtime.powerState", "runtime.connectionState", "runtime.cryptoState", "runtime.question", "runtime.host",
		"resourcePool",
		"guest.net", "guest.toolsRunningStatus", "config", "snapshot"}
)
