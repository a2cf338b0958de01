// SPDX-License-Identifier: MPL-2.0

package hardware

import "github.com/vmware/govmomi/vim25/types"

// Adapters maps Nova's names of disk adapters to the controllers of a specification.
var Adapters = map[string]func() types.BaseVirtualDevice{
	"lsiLogic":    func() types.BaseVirtualDevice { return &types.VirtualLsiLogicController{} },
	"lsiLogicsas": func() types.BaseVirtualDevice { return &types.VirtualLsiLogicSASController{} },
	"busLogic":    func() types.BaseVirtualDevice { return &types.VirtualBusLogicController{} },
	"paraVirtual": func() types.BaseVirtualDevice { return &types.ParaVirtualSCSIController{} },
	AdapterIDE:    func() types.BaseVirtualDevice { return &types.VirtualIDEController{} },
}

// Names in Adapters.
const (
	AdapterIDE     = "ide"
	DefaultAdapter = "lsiLogic" // as in Nova
)

// AdapterNames are the names in Adapters, sorted without case.
var AdapterNames = []string{"busLogic", AdapterIDE, "lsiLogic", "lsiLogicsas", "paraVirtual"}
