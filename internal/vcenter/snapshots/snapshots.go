// SPDX-License-Identifier: MPL-2.0

// Package snapshots takes snapshots of instances, takes instances back to them, and deletes them. A snapshot belongs to its VM and has no
// record: it is known by its name.
package snapshots

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

type ref = types.ManagedObjectReference

// Snapshots are those of the instances of one datacenter.
type Snapshots struct {
	wire     *wire.Conn
	machines *machine.Machines
}

// New returns the Snapshots of instances. It calls nothing.
func New(conn *wire.Conn, machines *machine.Machines) *Snapshots {
	return &Snapshots{wire: conn, machines: machines}
}

type tree = types.VirtualMachineSnapshotTree

// all returns the snapshots of a VM, each with those below it.
func all(vm mo.VirtualMachine) []tree {
	if vm.Snapshot == nil {
		return nil
	}
	return machine.FlatSnapshots(vm.Snapshot.RootSnapshotList)
}

// named returns the one snapshot of a name; nil where there is none. vSphere lets several have one name, and which is meant is not guessed.
func named(vm mo.VirtualMachine, is openstack.Server, name string) (*tree, error) {
	found := slices.DeleteFunc(all(vm), func(one tree) bool { return one.Name != name })
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return &found[0], nil
	}
	return nil, openstack.AttributeErrorf("name", "%d snapshots of %s are named %q: rename or delete all but one of them in the vSphere "+
		"client", len(found), is.Name, name)
}

// taken tells when a snapshot was taken.
func taken(one tree) string { return one.CreateTime.UTC().Format("2006-01-02 15:04:05") + " UTC" }

// dependent returns the volumes among disks that a snapshot of their machine includes: those that are not independent of it.
func dependent(vm mo.VirtualMachine, devices []types.BaseVirtualDevice) (ids []string) {
	for _, device := range devices {
		disk, ok := device.(*types.VirtualDisk)
		if !ok || independent(disk) || machine.Owned(vm, disk) {
			continue
		}
		if disk.VDiskId != nil {
			ids = append(ids, disk.VDiskId.Id)
			continue
		}
		ids = append(ids, machine.DiskFile(disk))
	}
	return ids
}

// independent reports whether a disk is independent of its machine's snapshots.
func independent(disk *types.VirtualDisk) bool {
	backing, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	return ok && strings.HasPrefix(backing.DiskMode, "independent")
}
