// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/pbm"
	"github.com/vmware/govmomi/pbm/methods"
	pbmtypes "github.com/vmware/govmomi/pbm/types"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// Two storage policies of the simulator.
const (
	gold     = "vSAN Default Storage Policy"
	goldID   = "aa6d5a82-1c88-45da-85d3-3d74b91a5bad"
	silver   = "VVol No Requirements Policy"
	silverID = "f4e5bade-15a2-4805-bf8e-52318c4ce443"
)

// policyOf returns the id of the storage policy of an object of the storage's.
func (l volumeLab) policyOf(t *testing.T, kind pbmtypes.PbmObjectType, key string) string {
	t.Helper()
	c, err := pbm.NewClient(t.Context(), l.vc.Client().Client)
	if err != nil {
		t.Fatal(err)
	}
	res, err := methods.PbmQueryAssociatedProfile(t.Context(), c, &pbmtypes.PbmQueryAssociatedProfile{This: c.ServiceContent.ProfileManager,
		Entity: pbmtypes.PbmServerObjectRef{ObjectType: string(kind), Key: key}})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Returnval) == 0 {
		return ""
	}
	return res.Returnval[0].UniqueId
}

// TestBootVolumeTypes: each disk has the storage policy that its block names, on a datastore that satisfies it, whether it is a volume of
// its own or goes with the instance. Types that no datastore satisfies together are refused.
func TestBootVolumeTypes(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	store, err := find.NewFinder(l.vc.Client().Client).Datastore(t.Context(), l.vc.Datacenter(1)+"/datastore/vmfs-2")
	if err != nil {
		t.Fatal(err)
	}
	l.vc.Satisfy(goldID, store.Reference())
	blocks := func(kind string) []any {
		plain := to("blank", "", map[string]any{"uuid": nil, "volume_size": 2, "boot_index": -1, "volume_type": kind,
			"delete_on_termination": true})
		return []any{to("image", l.image, map[string]any{"volume_size": 5, "volume_type": gold}), plain,
			to("blank", "", map[string]any{"uuid": nil, "volume_size": 1, "boot_index": -1, "volume_type": silver})}
	}
	l.p.Bring(kindOfInstance, l.instance(blocks(gold)...), l.p.None(kindOfInstance))
	vm, root, beside := l.vc.VM("OpenStack/web"), l.vc.Disk("web-0"), l.vc.Disk("web-2")
	have := map[string]any{"file": root.Path()[:9],
		"root":   l.policyOf(t, pbmtypes.PbmObjectTypeVirtualDiskUUID, root.ID()),
		"beside": l.policyOf(t, pbmtypes.PbmObjectTypeVirtualDiskUUID, beside.ID())}
	for _, device := range vm.Config.Hardware.Device {
		if disk, is := device.(*types.VirtualDisk); is && disk.VDiskId == nil {
			have["plain"] = l.policyOf(t, pbmtypes.PbmObjectTypeVirtualDiskId, fmt.Sprintf("%s:%d", vm.Self.Value, disk.Key))
		}
	}
	if err := differ(have, map[string]any{"file": "[vmfs-2] ", "root": goldID, "beside": silverID, "plain": goldID}); err != nil {
		t.Error(err)
	}
	l.vc.Satisfy(silverID)
	wanted := l.instance(blocks(gold)...)
	wanted["name"] = "other"
	refused(t, l.vc.Provider(t, nil).Plan(kindOfInstance, wanted, l.p.None(kindOfInstance)).Errors(),
		"block_device[2]", "satisfies the storage policy")
}
