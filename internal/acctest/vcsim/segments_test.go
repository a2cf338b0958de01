// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	blueSwitch = "6a2c0b4e-0000-4000-8000-00000000b10e"
	redSwitch  = "6a2c0b4e-0000-4000-8000-000000000ed0"
)

// fabric is a lab with the segments blue and red, and what is heard of NICs on them.
type fabric struct {
	*lab
	mu    sync.Mutex
	heard []string
}

func fabricLab(t *testing.T, o Options) *fabric {
	t.Helper()
	f := &fabric{lab: newLab(t, o)}
	f.ok(f.v.PutSegment(Segment{ID: "blue", Name: "blue", SwitchUUID: blueSwitch}))
	f.ok(f.v.PutSegment(Segment{ID: "red", Name: "red", SwitchUUID: redSwitch}))
	f.v.WatchCards(func(what Connection, c Card) {
		f.mu.Lock()
		defer f.mu.Unlock()
		segment := map[string]string{blueSwitch: "blue", redSwitch: "red"}[c.SwitchUUID]
		f.heard = append(f.heard, fmt.Sprintf("%s %s %s %s", map[Connection]string{Connected: "on", Disconnected: "off"}[what], segment,
			c.Machine, c.ExternalID))
	})
	return f
}

// hears compares what was heard since the last time, in which vm stands for the machine.
func (f *fabric) hears(vm *object.VirtualMachine, want ...string) {
	f.Helper()
	for i := range want {
		want[i] = strings.Replace(want[i], "vm", vm.Reference().Value, 1)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Equal(f.heard, want) {
		f.Errorf("heard %q, want %q", f.heard, want)
	}
	f.heard = nil
}

func onSegment(uuid string) *types.VirtualEthernetCardOpaqueNetworkBackingInfo {
	return &types.VirtualEthernetCardOpaqueNetworkBackingInfo{OpaqueNetworkId: uuid, OpaqueNetworkType: "nsx.LogicalSwitch"}
}

// attached is a NIC to add that names an attachment.
func attached(attachment string, backing types.BaseVirtualDeviceBackingInfo) *types.VirtualMachineConfigSpec {
	change := nicOn(backing)
	card := change[0].GetVirtualDeviceConfigSpec().Device.(types.BaseVirtualEthernetCard).GetVirtualEthernetCard()
	card.ExternalId, card.MacAddress, card.AddressType = attachment, "00:50:56:20:00:01", "manual"
	return &types.VirtualMachineConfigSpec{DeviceChange: change}
}

// edited is a change of a NIC.
func edited(card *types.VirtualEthernetCard, change func(*types.VirtualEthernetCard)) types.VirtualMachineConfigSpec {
	nic := &types.VirtualVmxnet3{}
	nic.Key = card.Key
	change(&nic.VirtualEthernetCard)
	return types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{
		&types.VirtualDeviceConfigSpec{Operation: "edit", Device: nic}}}
}

func (f *fabric) portgroup(ref types.ManagedObjectReference) (group mo.DistributedVirtualPortgroup) {
	f.Helper()
	f.ok(object.NewCommon(f.c.Client, ref).Properties(f.ctx, ref, nil, &group))
	return group
}

// card is the machine's last NIC.
func (f *fabric) card(vm *object.VirtualMachine) *types.VirtualEthernetCard {
	f.Helper()
	all := cards(f.see(vm))
	return all[len(all)-1]
}

// TestSegmentIsShown on each switch, as an ephemeral portgroup with the segment's name, path and logical switch, until it is removed.
func TestSegmentIsShown(t *testing.T) {
	t.Parallel()
	f := fabricLab(t, Options{Datacenters: 2})
	for dc, dvs := range map[int]string{1: "dvs-1", 2: "dc2-dvs-1"} {
		found, err := f.find.Network(f.ctx, f.v.Datacenter(dc)+"/network/blue")
		f.ok(err)
		c := f.portgroup(found.Reference()).Config
		var on mo.DistributedVirtualSwitch
		f.ok(object.NewCommon(f.c.Client, *c.DistributedVirtualSwitch).Properties(f.ctx, *c.DistributedVirtualSwitch, nil, &on))
		if c.Type != "ephemeral" || c.BackingType != "nsx" || c.SegmentId != "/infra/segments/blue" || c.LogicalSwitchUuid != blueSwitch ||
			on.Name != dvs {
			t.Errorf("on %s: %+v", on.Name, c)
		}
	}
	f.ok(f.v.PutSegment(Segment{ID: "blue", Name: "navy", SwitchUUID: blueSwitch}))
	found, err := f.find.NetworkList(f.ctx, f.v.Datacenter(1)+"/network/navy")
	if err != nil || len(found) != 1 {
		t.Errorf("renamed: %v, %v", found, err)
	}
	if hosts, clusters := f.lists(found[0].Reference()); hosts != 3 || clusters != 1 {
		t.Errorf("%d hosts and %d clusters list the portgroup", hosts, clusters)
	}
	f.ok(f.v.RemoveSegment("blue"))
	if left, err := f.find.NetworkList(f.ctx, f.v.Datacenter(1)+"/network/navy"); err == nil {
		t.Errorf("left: %v", left)
	}
	if hosts, clusters := f.lists(found[0].Reference()); hosts != 0 || clusters != 0 {
		t.Errorf("%d hosts and %d clusters still list the portgroup", hosts, clusters)
	}
	red := f.network("red").(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo).Port
	if hosts, _ := f.lists(types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: red.PortgroupKey}); hosts != 3 {
		t.Errorf("%d hosts list the other segment's", hosts)
	}
	f.ok(f.v.RemoveSegment("blue"))
}

// lists are how many hosts and clusters of the first datacenter list a portgroup.
func (f *fabric) lists(group types.ManagedObjectReference) (hosts, clusters int) {
	f.Helper()
	all, err := f.find.HostSystemList(f.ctx, "*/*")
	f.ok(err)
	for _, host := range all {
		if slices.Contains(f.seeHost(host).Network, group) {
			hosts++
		}
	}
	cluster, err := f.find.ClusterComputeResource(f.ctx, "compute")
	f.ok(err)
	if slices.Contains(f.seeCluster(cluster).Network, group) {
		clusters++
	}
	return hosts, clusters
}

// TestSegmentOnSomeSwitches: a zone may reach some of the switches only, and names one that is not there in vain.
func TestSegmentOnSomeSwitches(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Datacenters: 2})
	l.ok(l.v.PutSegment(Segment{ID: "a", Path: "/orgs/default/projects/p/infra/segments/a", Name: "a", Switches: []string{"dc2-dvs-1"}}))
	if found, err := l.find.NetworkList(l.ctx, "/dc1/network/a"); err == nil {
		t.Errorf("it is on the first switch too: %v", found)
	}
	found, err := l.find.Network(l.ctx, "/dc2/network/a")
	l.ok(err)
	f := fabric{lab: l}
	if c := f.portgroup(found.Reference()).Config; c.SegmentId != "/orgs/default/projects/p/infra/segments/a" {
		t.Errorf("its path is %s", c.SegmentId)
	}
	if err := l.v.PutSegment(Segment{ID: "b", Name: "b", Switches: []string{"none"}}); err == nil {
		t.Error("it is on a switch that is not there")
	}
}

// TestSegmentIsNSXs: what NSX has put into a vCenter is not a user's to change.
func TestSegmentIsNSXs(t *testing.T) {
	t.Parallel()
	f := fabricLab(t, Options{})
	found, err := f.find.Network(f.ctx, "blue")
	f.ok(err)
	group := object.NewDistributedVirtualPortgroup(f.c.Client, found.Reference())
	_, err = f.task(group.Reconfigure(f.ctx, types.DVPortgroupConfigSpec{Description: "mine"}))
	faults(t, err, &types.NotSupported{})
	_, err = f.task(group.Rename(f.ctx, "mine"))
	faults(t, err, &types.NotSupported{})
	faults(t, f.destroy(group), &types.NotSupported{})
	if is := f.portgroup(found.Reference()); is.Name != "blue" || is.Config.Description != "" {
		t.Errorf("it is called %s, %q", is.Name, is.Config.Description)
	}
}

// TestSegmentWithAMachineStays: NSX deletes no segment that has ports either.
func TestSegmentWithAMachineStays(t *testing.T) {
	t.Parallel()
	f := fabricLab(t, Options{Datacenters: 2})
	vm := f.mustClone("a", attached("one", onSegment(blueSwitch)))
	if err := f.v.RemoveSegment("blue"); err == nil || !strings.Contains(err.Error(), "machine a ") {
		t.Errorf("removed under a machine: %v", err)
	}
	if _, err := f.find.Network(f.ctx, "/dc2/network/blue"); err != nil {
		t.Errorf("it has gone from the switch that no machine uses: %s", err)
	}
	f.ok(f.destroy(vm))
	f.ok(f.v.RemoveSegment("blue"))
}

// TestOpaqueBackingBecomesAPortgroup, that of the machine's host, and the NIC keeps its address and what it is attached to.
func TestOpaqueBackingBecomesAPortgroup(t *testing.T) {
	t.Parallel()
	f := fabricLab(t, Options{})
	vm := f.mustClone("a", attached("one", onSegment(blueSwitch)))
	group := f.network("blue").(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo).Port
	card := f.card(vm)
	is, ok := card.Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo)
	if !ok || is.Port.PortgroupKey != group.PortgroupKey || is.Port.SwitchUuid != group.SwitchUuid {
		t.Errorf("it is plugged into %#v", card.Backing)
	}
	if card.ExternalId != "one" || card.MacAddress != "00:50:56:20:00:01" || card.AddressType != "manual" {
		t.Errorf("the NIC is %+v", card)
	}
	group.PortKey = "1"
	faults(t, f.reconfigure(vm, *attached("two", &types.VirtualEthernetCardDistributedVirtualPortBackingInfo{Port: group})),
		&types.InvalidDeviceBacking{})
	faults(t, f.reconfigure(vm, *attached("two", onSegment("not-there"))), &types.NotFound{})
	f.hears(vm, "on blue vm one")
	other := onSegment(blueSwitch)
	other.OpaqueNetworkType = "opaque"
	f.ok(f.reconfigure(vm, *attached("two", other)))
	if is := f.card(vm).Backing; is.(*types.VirtualEthernetCardOpaqueNetworkBackingInfo).OpaqueNetworkType != "opaque" {
		t.Errorf("another's opaque network has become %#v", is)
	}
	f.hears(vm)
}
