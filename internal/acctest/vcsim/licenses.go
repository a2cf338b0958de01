// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// processWide guards what govmomi's simulator keeps in variables of its packages (the evaluation license, settings, storage profiles) and
// writes whenever a vCenter starts: several start in one process at the same time.
var processWide sync.RWMutex

// licenses has each new host and cluster licensed while no vCenter starts.
type licenses struct {
	*simulator.LicenseAssignmentManager
}

// PutObject licenses a host or a cluster. Other objects, of which some come while the lock is held, need no license.
func (l licenses) PutObject(ctx *simulator.Context, obj mo.Reference) {
	if kind := obj.Reference().Type; kind != "HostSystem" && kind != "ClusterComputeResource" {
		return
	}
	processWide.RLock()
	defer processWide.RUnlock()
	l.LicenseAssignmentManager.PutObject(ctx, obj)
}

// guardLicenses stands before the simulator's own manager of licenses.
func guardLicenses(registry *simulator.Registry) {
	ref := types.ManagedObjectReference{Type: "LicenseAssignmentManager", Value: "LicenseAssignmentManager"}
	if own, ok := registry.Get(ref).(*simulator.LicenseAssignmentManager); ok {
		registry.AddHandler(licenses{own})
	}
}
