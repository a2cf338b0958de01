// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// TestCardsAreHeardOf, whichever way they come and go.
func TestCardsAreHeardOf(t *testing.T) {
	t.Parallel()
	f := fabricLab(t, Options{})
	vm := f.mustClone("a", attached("one", onSegment(blueSwitch)), on)
	f.hears(vm, "on blue vm one")
	f.ok(f.reconfigure(vm, edited(f.card(vm), func(c *types.VirtualEthernetCard) { c.ExternalId = "two" })))
	f.hears(vm, "off blue vm one", "on blue vm two")
	f.ok(f.reconfigure(vm, edited(f.card(vm), func(c *types.VirtualEthernetCard) { c.Backing = onSegment(redSwitch) })))
	f.hears(vm, "off blue vm two", "on red vm two")
	f.ok(f.reconfigure(vm, *attached("", f.network("blue"))))
	f.hears(vm, "on blue vm ")
	f.ok(f.reconfigure(vm, types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
		&types.VirtualDeviceConfigSpec{Operation: "remove", Device: &types.VirtualVmxnet3{VirtualVmxnet: types.VirtualVmxnet{
			VirtualEthernetCard: *f.card(vm)}}}}}))
	f.hears(vm, "off blue vm ")
	_, err := f.task(vm.PowerOff(f.ctx))
	f.ok(err)
	f.hears(vm)
	f.ok(f.destroy(vm))
	f.hears(vm, "off red vm two")
	vm = f.mustClone("b", attached("three", onSegment(blueSwitch)))
	f.hears(vm, "on blue vm three")
	f.ok(vm.Unregister(f.ctx))
	f.hears(vm, "off blue vm three")
}

// TestCardsWithTheSameAttachment: a host takes no notice of a change that leaves the attachment of a NIC as it was.
func TestCardsWithTheSameAttachment(t *testing.T) {
	t.Parallel()
	f := fabricLab(t, Options{})
	vm := f.mustClone("a", attached("one", onSegment(blueSwitch)))
	f.hears(vm, "on blue vm one")
	f.ok(f.reconfigure(vm, edited(f.card(vm), func(c *types.VirtualEthernetCard) {
		c.ExternalId, c.MacAddress, c.Backing = "one", "00:50:56:20:00:02", onSegment(blueSwitch)
	})))
	f.hears(vm)
}

// TestAttachmentIsOneCards: a second NIC cannot name the attachment that another has, be it of the same machine or not.
func TestAttachmentIsOneCards(t *testing.T) {
	t.Parallel()
	f := fabricLab(t, Options{})
	first, second := f.mustClone("a", attached("one", onSegment(blueSwitch))), f.mustClone("b", nil)
	faults(t, f.reconfigure(first, *attached("one", onSegment(blueSwitch))), &types.ResourceInUse{})
	faults(t, f.reconfigure(second, *attached("one", onSegment(blueSwitch))), &types.ResourceInUse{})
	moved := attached("one", onSegment(blueSwitch))
	moved.DeviceChange = append([]types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{Operation: "remove",
		Device: &types.VirtualVmxnet3{VirtualVmxnet: types.VirtualVmxnet{VirtualEthernetCard: *f.card(first)}}}}, moved.DeviceChange...)
	f.ok(f.reconfigure(first, *moved))
	f.ok(f.destroy(first))
	f.ok(f.reconfigure(second, *attached("one", onSegment(blueSwitch))))
}

// TestCardsOfClonesAndTemplates: a clone has no attachment, and the NICs of a template are connected to nothing.
func TestCardsOfClonesAndTemplates(t *testing.T) {
	t.Parallel()
	f := fabricLab(t, Options{})
	source := f.mustClone("a", attached("one", onSegment(blueSwitch)))
	f.hears(source, "on blue vm one")
	pool := f.pool.Reference()
	ref, err := f.task(source.Clone(f.ctx, f.folder, "b", types.VirtualMachineCloneSpec{
		Location: types.VirtualMachineRelocateSpec{Pool: &pool}}))
	f.ok(err)
	copied := object.NewVirtualMachine(f.c.Client, ref)
	f.hears(copied, "on blue vm ")
	f.ok(copied.MarkAsTemplate(f.ctx))
	f.hears(copied, "off blue vm ")
	f.ok(copied.MarkAsVirtualMachine(f.ctx, *f.pool, nil))
	f.hears(copied, "on blue vm ")
}

// TestCardsOfMachinesThatAreOff count or not, as the vCenter is told: no source says what NSX does.
func TestCardsOfMachinesThatAreOff(t *testing.T) {
	t.Parallel()
	f := fabricLab(t, Options{})
	f.v.ConnectPowered(true)
	vm := f.mustClone("a", attached("one", onSegment(blueSwitch)))
	f.hears(vm)
	_, err := f.task(vm.PowerOn(f.ctx))
	f.ok(err)
	f.hears(vm, "on blue vm one")
	_, err = f.task(vm.PowerOff(f.ctx))
	f.ok(err)
	f.hears(vm, "off blue vm one")
}

// TestCardsThatAreThere: who begins to watch hears of them at once.
func TestCardsThatAreThere(t *testing.T) {
	t.Parallel()
	f := fabricLab(t, Options{})
	f.mustClone("a", attached("one", onSegment(blueSwitch)))
	var late []string
	f.v.WatchCards(func(what Connection, c Card) {
		if what == Connected {
			late = append(late, c.ExternalID)
		}
	})
	if len(late) != 1 || late[0] != "one" {
		t.Errorf("heard of %q", late)
	}
}

// secondSwitch has the hosts of the second cluster leave the first switch for one of their own, and gives its portgroup of blue.
func (f *fabric) secondSwitch(hosts []*object.HostSystem) *types.VirtualEthernetCardDistributedVirtualPortBackingInfo {
	f.Helper()
	folder, err := f.find.Folder(f.ctx, "/dc1/network")
	f.ok(err)
	var members []types.DistributedVirtualSwitchHostMemberConfigSpec
	for _, h := range hosts {
		f.offSwitches(h)
		members = append(members, types.DistributedVirtualSwitchHostMemberConfigSpec{Operation: "add", Host: h.Reference()})
	}
	ref, err := f.task(folder.CreateDVS(f.ctx, types.DVSCreateSpec{ConfigSpec: &types.VMwareDVSConfigSpec{
		DVSConfigSpec: types.DVSConfigSpec{Name: "dvs-2"}}}))
	f.ok(err)
	dvs := object.NewDistributedVirtualSwitch(f.c.Client, ref)
	_, err = f.task(dvs.Reconfigure(f.ctx, &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Host: members}}))
	f.ok(err)
	f.ok(f.v.PutSegment(Segment{ID: "blue", Name: "blue", SwitchUUID: blueSwitch})) // NSX brings it to the new switch
	groups, err := f.find.NetworkList(f.ctx, "blue")
	f.ok(err)
	for _, g := range groups {
		if c := f.portgroup(g.Reference()).Config; *c.DistributedVirtualSwitch == ref {
			b, err := g.EthernetCardBackingInfo(f.ctx)
			f.ok(err)
			if n, _ := f.lists(g.Reference()); n != len(hosts) {
				f.Errorf("%d hosts list the second switch's portgroup", n)
			}
			return b.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo)
		}
	}
	f.Fatalf("of %v none is on the second switch", groups)
	return nil
}

// TestRelocationToAnotherSwitch: a NIC on a segment needs the portgroup of the host's own switch, which the opaque backing finds, and stays
// on its segment port.
func TestRelocationToAnotherSwitch(t *testing.T) {
	t.Parallel()
	f := fabricLab(t, Options{Clusters: 2})
	pool, hosts := f.second()
	there := f.secondSwitch(hosts)
	spec := attached("one", onSegment(blueSwitch))
	spec.Name = "a"
	vm, err := f.create(*spec)
	f.ok(err)
	f.hears(vm, "on blue vm one")
	faults(t, f.relocate(vm, types.VirtualMachineRelocateSpec{Pool: &pool, Host: new(hosts[0].Reference())}), &types.CannotAccessNetwork{})
	elsewhere := edited(f.card(vm), func(c *types.VirtualEthernetCard) { c.Backing = f.network("public") })
	faults(t, f.relocate(vm, types.VirtualMachineRelocateSpec{Pool: &pool, Host: new(hosts[0].Reference()),
		DeviceChange: elsewhere.DeviceChange}), &types.CannotAccessNetwork{})
	change := edited(f.card(vm), func(c *types.VirtualEthernetCard) { c.Backing = onSegment(blueSwitch) })
	f.ok(f.relocate(vm, types.VirtualMachineRelocateSpec{Pool: &pool, Host: new(hosts[0].Reference()), DeviceChange: change.DeviceChange}))
	is, ok := f.card(vm).Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo)
	if !ok || is.Port.PortgroupKey != there.Port.PortgroupKey {
		t.Errorf("it is plugged into %#v", f.card(vm).Backing)
	}
	if now := f.whole(vm); *now.Runtime.Host != hosts[0].Reference() {
		t.Errorf("it is on %s", now.Runtime.Host.Value)
	}
	f.hears(vm)
}

// TestOpaqueNetworks are what a vCenter has of segments where the hosts have an N-VDS: NICs keep the opaque backing.
func TestOpaqueNetworks(t *testing.T) {
	t.Parallel()
	f := fabricLab(t, Options{})
	const green = "6a2c0b4e-0000-4000-8000-0000000009ee"
	f.ok(f.v.PutSegment(Segment{ID: "green", Name: "green", SwitchUUID: green, Opaque: true}))
	found, err := f.find.Network(f.ctx, "green")
	f.ok(err)
	if _, ok := found.(*object.OpaqueNetwork); !ok {
		t.Fatalf("it is shown as %v", found)
	}
	vm := f.mustClone("a", attached("one", onSegment(green)))
	f.hears(vm, "on  vm one")
	f.ok(f.reconfigure(vm, edited(f.card(vm), func(c *types.VirtualEthernetCard) { c.ExternalId = "two" })))
	f.hears(vm, "off  vm one", "on  vm two")
	is, ok := f.card(vm).Backing.(*types.VirtualEthernetCardOpaqueNetworkBackingInfo)
	if !ok || is.OpaqueNetworkType != "nsx.LogicalSwitch" || is.OpaqueNetworkId != green {
		t.Errorf("it is plugged into %#v", f.card(vm).Backing)
	}
	networks := f.see(vm).Network
	if len(networks) != 2 || networks[1] != found.Reference() {
		t.Errorf("its networks are %v", networks)
	}
	if f.v.RemoveSegment("green") == nil {
		t.Error("removed under a machine")
	}
	f.ok(f.destroy(vm))
	f.ok(f.v.RemoveSegment("green"))
	if _, err := f.find.Network(f.ctx, "green"); err == nil {
		t.Error("the opaque network is left")
	}
}
