// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"context"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// SnapshotsWith names a machine's snapshots that hold a disk. A disk that is independent of snapshots is in none.
func SnapshotsWith(ctx context.Context, conn *wire.Conn, trees []types.VirtualMachineSnapshotTree,
	held func(*types.VirtualDisk) bool) (names []string, err error) {
	all := FlatSnapshots(trees)
	questions := make([]property.Query, len(all))
	for i, tree := range all {
		questions[i] = property.Query{Object: tree.Snapshot, Paths: []string{"config"}}
	}
	found, err := conn.Retrieve(ctx, questions)
	if err != nil {
		return nil, faults.Explain("reading the snapshots", err)
	}
	for _, tree := range all {
		var snapshot mo.VirtualMachineSnapshot
		content, ok := found[tree.Snapshot]
		if !ok {
			continue
		}
		if err := property.Load(content, &snapshot); err != nil {
			return nil, faults.Explain("reading the snapshot "+tree.Name, err)
		}
		if holds(snapshot.Config.Hardware.Device, held) {
			names = append(names, tree.Name)
		}
	}
	return names, nil
}

// FlatSnapshots returns the snapshots of some trees, each before those below it.
func FlatSnapshots(trees []types.VirtualMachineSnapshotTree) (out []types.VirtualMachineSnapshotTree) {
	for _, tree := range trees {
		out = append(append(out, tree), FlatSnapshots(tree.ChildSnapshotList)...)
	}
	return out
}

// holds reports whether a snapshot holds a disk among its devices. Each disk that is not independent of snapshots is asked about.
func holds(devices []types.BaseVirtualDevice, held func(*types.VirtualDisk) bool) (found bool) {
	for _, device := range devices {
		disk, ok := device.(*types.VirtualDisk)
		if !ok {
			continue
		}
		backing, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		if independent := ok && strings.HasPrefix(backing.DiskMode, "independent"); !independent && held(disk) {
			found = true
		}
	}
	return found
}
