// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// AddSwitch makes a distributed switch in the first datacenter, as with the vSphere client, with those hosts as members that member
// chooses; nil: none. The name may begin with a folder, which is made. It returns its UUID.
func (v *VCenter) AddSwitch(name string, mtu int32, member func(mo.HostSystem) bool) string {
	v.t.Helper()
	ctx := v.t.Context()
	folder, err := find.NewFinder(v.Client().Client).Folder(ctx, "/dc1/network")
	if within, rest, found := strings.Cut(name, "/"); found && err == nil {
		name = rest
		folder, err = folder.CreateFolder(ctx, within)
	}
	spec := &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Name: name}, MaxMtu: mtu}
	if err != nil {
		v.t.Fatal(err)
	}
	task, err := folder.CreateDVS(ctx, types.DVSCreateSpec{ConfigSpec: spec})
	if err != nil {
		v.t.Fatal(err)
	}
	info, err := task.WaitForResult(ctx)
	if err != nil {
		v.t.Fatal(err)
	}
	made, _ := info.Result.(types.ManagedObjectReference)
	if member != nil {
		var hosts []types.DistributedVirtualSwitchHostMemberConfigSpec
		for _, host := range slices.DeleteFunc(v.Hosts(), func(host mo.HostSystem) bool { return !member(host) }) {
			hosts = append(hosts, types.DistributedVirtualSwitchHostMemberConfigSpec{Operation: string(types.ConfigSpecOperationAdd),
				Host: host.Self, Backing: &types.DistributedVirtualSwitchHostMemberPnicBacking{}})
		}
		v.setSwitch(made, &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Host: hosts}})
	}
	var found mo.DistributedVirtualSwitch
	if err := property.DefaultCollector(v.Client().Client).RetrieveOne(ctx, made, []string{"uuid"}, &found); err != nil {
		v.t.Fatal(err)
	}
	return found.Uuid
}

// AddPrivateVLAN adds a private VLAN to the first datacenter's own switch, as with the vSphere client.
func (v *VCenter) AddPrivateVLAN(primary, secondary int32) {
	v.t.Helper()
	v.setSwitch(*v.Portgroup("public").Config.DistributedVirtualSwitch, &types.VMwareDVSConfigSpec{
		PvlanConfigSpec: []types.VMwareDVSPvlanConfigSpec{{Operation: string(types.ConfigSpecOperationAdd),
			PvlanEntry: types.VMwareDVSPvlanMapEntry{PrimaryVlanId: primary, SecondaryVlanId: secondary, PvlanType: "isolated"}}}})
}

func (v *VCenter) setSwitch(on types.ManagedObjectReference, spec types.BaseDVSConfigSpec) {
	v.t.Helper()
	task, err := object.NewDistributedVirtualSwitch(v.Client().Client, on).Reconfigure(v.t.Context(), spec)
	if err == nil {
		err = task.Wait(v.t.Context())
	}
	if err != nil {
		v.t.Fatal(err)
	}
}
