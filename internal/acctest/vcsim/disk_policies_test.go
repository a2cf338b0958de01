// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"fmt"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/pbm"
	"github.com/vmware/govmomi/pbm/methods"
	pbmtypes "github.com/vmware/govmomi/pbm/types"
	"github.com/vmware/govmomi/vim25/types"
)

// policies asks for the policies of an object.
func (l *diskLab) policies(kind pbmtypes.PbmObjectType, key string) (ids []string, err error) {
	l.Helper()
	c, err := pbm.NewClient(l.ctx, l.c.Client)
	l.ok(err)
	res, err := methods.PbmQueryAssociatedProfile(l.ctx, c, &pbmtypes.PbmQueryAssociatedProfile{This: c.ServiceContent.ProfileManager,
		Entity: pbmtypes.PbmServerObjectRef{ObjectType: string(kind), Key: key}})
	if err != nil {
		return nil, err
	}
	for _, id := range res.Returnval {
		ids = append(ids, id.UniqueId)
	}
	return ids, nil
}

func (l *diskLab) hasPolicy(kind pbmtypes.PbmObjectType, key string, want ...string) {
	l.Helper()
	got, err := l.policies(kind, key)
	l.ok(err)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		l.Errorf("%s %s has %v, want %v", kind, key, got, want)
	}
}

// TestDiskPolicyIsAnswered: whichever way a disk got it.
func TestDiskPolicyIsAnswered(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	spec := l.spec("a", 1)
	spec.Profile = profileOf(vsanPolicy)
	id := l.mustMake(spec)
	l.hasPolicy(pbmtypes.PbmObjectTypeVirtualDiskUUID, id, vsanPolicy)
	l.hasPolicy(pbmtypes.PbmObjectTypeVirtualDiskUUID, l.mustMake(l.spec("b", 1)))
	_, err := l.policies(pbmtypes.PbmObjectTypeVirtualDiskUUID, "x")
	faults(t, err, &types.InvalidArgument{})

	vm := l.mustClone("a", nil)
	l.ok(l.attach(vm, id, 0, -1))
	d := l.attached(vm, id)
	l.hasPolicy(pbmtypes.PbmObjectTypeVirtualDiskId, fmt.Sprintf("%s:%d", vm.Reference().Value, d.Key), vsanPolicy)
	l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
		&types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationEdit, Device: d, Profile: profileOf(otherPolicy)}}}))
	l.hasPolicy(pbmtypes.PbmObjectTypeVirtualDiskUUID, id, otherPolicy)
}

// otherPolicy is another that the simulator has.
const otherPolicy = "f4e5bade-15a2-4805-bf8e-52318c4ce443"

// TestDiskPolicyNeedsADatastore: what does not satisfy a policy takes no disk of it.
func TestDiskPolicyNeedsADatastore(t *testing.T) {
	t.Parallel()
	l := diskLabOf(t, Options{})
	l.v.Satisfy(vsanPolicy, l.other.Reference())
	spec := l.spec("a", 1)
	spec.Profile = profileOf(vsanPolicy)
	_, err := l.made(l.CreateDisk(l.ctx, spec))
	faults(t, err, &types.InvalidDatastore{})
	spec.BackingSpec.(*types.VslmCreateSpecDiskFileBackingSpec).Datastore = l.other.Reference()
	l.mustMake(spec)
	c, err := pbm.NewClient(l.ctx, l.c.Client)
	l.ok(err)
	var hubs []pbmtypes.PbmPlacementHub
	for _, ds := range []*object.Datastore{l.store, l.other} {
		hubs = append(hubs, pbmtypes.PbmPlacementHub{HubType: "Datastore", HubId: ds.Reference().Value})
	}
	result, err := c.CheckRequirements(l.ctx, hubs, nil, []pbmtypes.BasePbmPlacementRequirement{
		&pbmtypes.PbmPlacementCapabilityProfileRequirement{ProfileId: pbmtypes.PbmProfileId{UniqueId: vsanPolicy}}})
	l.ok(err)
	if fit := result.CompatibleDatastores(); len(fit) != 1 || fit[0].HubId != l.other.Reference().Value {
		t.Errorf("compatible: %v", fit)
	}
}
