// SPDX-License-Identifier: MPL-2.0

package switches

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// changePrivateVLANs adds private VLANs to a switch that is locked, or removes them.
func changePrivateVLANs(dvs *simulator.DistributedVirtualSwitch, spec types.BaseDVSConfigSpec) {
	change, ok1 := spec.(*types.VMwareDVSConfigSpec)
	config, ok2 := dvs.Config.(*types.VMwareDVSConfigInfo)
	if !ok1 || !ok2 {
		return
	}
	for _, one := range change.PvlanConfigSpec {
		config.PvlanConfig = slices.DeleteFunc(slices.Clone(config.PvlanConfig),
			func(e types.VMwareDVSPvlanMapEntry) bool { return e == one.PvlanEntry })
		if one.Operation == string(types.ConfigSpecOperationAdd) {
			config.PvlanConfig = append(config.PvlanConfig, one.PvlanEntry)
		}
	}
}
