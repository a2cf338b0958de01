// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"sync"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// desk is the lab's distributed switch with a portgroup that lets its ports override what they like.
type desk struct {
	*lab
	dvs   *object.DistributedVirtualSwitch
	group types.ManagedObjectReference
}

func switchDesk(t *testing.T) desk {
	l := strict(t)
	found, err := l.find.Network(l.ctx, "dvs-1")
	l.ok(err)
	d := desk{lab: l, dvs: object.NewDistributedVirtualSwitch(l.c.Client, found.Reference())}
	yes := types.NewBool(true)
	_, err = l.task(d.dvs.AddPortgroup(l.ctx, []types.DVPortgroupConfigSpec{{Name: "booked", Type: "earlyBinding", NumPorts: 4,
		DefaultPortConfig: &types.VMwareDVSPortSetting{Vlan: &types.VmwareDistributedVirtualSwitchVlanIdSpec{VlanId: 7},
			DVPortSetting: types.DVPortSetting{Blocked: &types.BoolPolicy{Value: types.NewBool(false)}}},
		Policy: &types.VMwareDVSPortgroupPolicy{DVPortgroupPolicy: types.DVPortgroupPolicy{BlockOverrideAllowed: true,
			PortConfigResetAtDisconnect: true, TrafficFilterOverrideAllowed: yes}}}}))
	l.ok(err)
	group, err := l.find.Network(l.ctx, "booked")
	l.ok(err)
	d.group = group.Reference()
	return d
}

// ports are those of the portgroup, or those with some keys.
func (d desk) ports(keys ...string) []types.DistributedVirtualPort {
	d.Helper()
	found, err := d.dvs.FetchDVPorts(d.ctx, &types.DistributedVirtualSwitchPortCriteria{PortgroupKey: []string{d.group.Value},
		Inside: types.NewBool(true), PortKey: keys})
	d.ok(err)
	return found
}

func (d desk) change(specs ...types.DVPortConfigSpec) error {
	_, err := d.task(d.dvs.ReconfigureDVPort(d.ctx, specs))
	return err
}

func edit(p types.DistributedVirtualPort, name string) types.DVPortConfigSpec {
	return types.DVPortConfigSpec{Operation: "edit", Key: p.Key, ConfigVersion: p.Config.ConfigVersion, Name: name}
}

// TestSwitchPorts: keys are unique on the switch, a change needs the newest version, and all of several changes are made or none.
func TestSwitchPorts(t *testing.T) {
	t.Parallel()
	d := switchDesk(t)
	all, err := d.dvs.FetchDVPorts(d.ctx, nil)
	d.ok(err)
	keys := map[string]bool{}
	for _, p := range all {
		if keys[p.Key] {
			t.Errorf("two ports have the key %s", p.Key)
		}
		keys[p.Key] = true
	}
	mine := d.ports()
	if len(mine) != 4 {
		t.Fatalf("%d ports", len(mine))
	}
	d.ok(d.change(edit(mine[0], "a")))
	faults(t, d.change(edit(mine[0], "b")), &types.ConcurrentAccess{})
	faults(t, d.change(edit(mine[1], "c"), edit(mine[0], "b")), &types.ConcurrentAccess{})
	faults(t, d.change(types.DVPortConfigSpec{Operation: "edit", Key: "99999"}), &types.InvalidArgument{})
	for i, p := range d.ports() {
		if want := map[int]string{0: "a"}[i]; p.Config.Name != want {
			t.Errorf("port %d is called %q", i, p.Config.Name)
		}
	}
	refused := edit(mine[1], "")
	refused.Setting = &types.VMwareDVSPortSetting{Vlan: &types.VmwareDistributedVirtualSwitchVlanIdSpec{VlanId: 8}}
	faults(t, d.change(refused), &types.InvalidArgument{})
}

// TestSwitchPortsAreClaimedOnce: of changes with the same version exactly one wins.
func TestSwitchPortsAreClaimedOnce(t *testing.T) {
	t.Parallel()
	d := switchDesk(t)
	port := d.ports()[0]
	var all sync.WaitGroup
	won := make(chan bool, 8)
	for range 8 {
		all.Go(func() { won <- d.change(edit(port, "mine")) == nil })
	}
	all.Wait()
	close(won)
	winners := 0
	for w := range won {
		if w {
			winners++
		}
	}
	if winners != 1 {
		t.Errorf("%d of 8 have claimed the port", winners)
	}
}

// TestConnectedPort: a NIC on a booked port has it alone, with what it overrides, and the port is bare again once the NIC is gone.
func TestConnectedPort(t *testing.T) {
	t.Parallel()
	d := switchDesk(t)
	port := d.ports()[1]
	booking := edit(port, "booked")
	booking.Setting = &types.VMwareDVSPortSetting{DVPortSetting: types.DVPortSetting{Blocked: &types.BoolPolicy{Value: types.NewBool(true)}}}
	d.ok(d.change(booking))
	nic := func(key string) *types.VirtualMachineConfigSpec {
		return &types.VirtualMachineConfigSpec{DeviceChange: []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{Operation: "add",
			Device: &types.VirtualVmxnet3{
				VirtualVmxnet: types.VirtualVmxnet{VirtualEthernetCard: types.VirtualEthernetCard{VirtualDevice: types.VirtualDevice{Key: -1,
					Backing: &types.VirtualEthernetCardDistributedVirtualPortBackingInfo{
						Port: types.DistributedVirtualSwitchPortConnection{SwitchUuid: port.DvsUuid, PortgroupKey: d.group.Value, PortKey: key}}}}}}}}}
	}
	vm := d.mustClone("a", nic(port.Key))
	is := d.ports(port.Key)[0]
	setting, _ := is.Config.Setting.(*types.VMwareDVSPortSetting)
	if is.Connectee == nil || *is.Connectee.ConnectedEntity != vm.Reference() || is.Config.Name != "booked" || setting == nil ||
		!*setting.Blocked.Value || setting.Blocked.Inherited || setting.Vlan == nil {
		t.Errorf("the port is %+v", is)
	}
	_, err := d.clone("b", nic(port.Key))
	faults(t, err, &types.ResourceInUse{})
	_, err = d.clone("c", nic("99999"))
	if err == nil {
		t.Error("a NIC was plugged into a port that there is not")
	}
	_, err = d.task(vm.Destroy(d.ctx))
	if err != nil { // it runs
		_, err = d.task(vm.PowerOff(d.ctx))
		d.ok(err)
		_, err = d.task(vm.Destroy(d.ctx))
	}
	d.ok(err)
	if is := d.ports(port.Key)[0]; is.Connectee != nil || is.Config.Name != "" {
		t.Errorf("the port is %+v after its NIC is gone", is)
	}
}

// TestPortgroupChanges: what a spec does not hold stays, and only the newest version may be changed.
func TestPortgroupChanges(t *testing.T) {
	t.Parallel()
	d := switchDesk(t)
	pg := object.NewDistributedVirtualPortgroup(d.c.Client, d.group)
	change := func(spec types.DVPortgroupConfigSpec) error {
		_, err := d.task(pg.Reconfigure(d.ctx, spec))
		return err
	}
	d.ok(change(types.DVPortgroupConfigSpec{ConfigVersion: "1", Description: "x", NumPorts: 6}))
	faults(t, change(types.DVPortgroupConfigSpec{ConfigVersion: "1", Description: "y"}), &types.ConcurrentAccess{})
	faults(t, change(types.DVPortgroupConfigSpec{Name: "public"}), &types.DuplicateName{})
	faults(t, change(types.DVPortgroupConfigSpec{
		DefaultPortConfig: &types.VMwareDVSPortSetting{Vlan: &types.VmwareDistributedVirtualSwitchVlanIdSpec{VlanId: 4095}}}),
		&types.InvalidArgument{})
	d.ok(change(types.DVPortgroupConfigSpec{
		DefaultPortConfig: &types.VMwareDVSPortSetting{
			DVPortSetting: types.DVPortSetting{Blocked: &types.BoolPolicy{Value: types.NewBool(true)}}}}))
	ports := d.ports()
	setting, _ := ports[5].Config.Setting.(*types.VMwareDVSPortSetting)
	if vlan, ok := setting.Vlan.(*types.VmwareDistributedVirtualSwitchVlanIdSpec); len(ports) != 6 || !ok || vlan.VlanId != 7 ||
		!*setting.Blocked.Value || !setting.Blocked.Inherited {
		t.Errorf("%d ports, with %+v", len(ports), setting)
	}
}

// TestIpPoolsAreForExtensions: a user's session gets no address of an IP pool.
func TestIpPoolsAreForExtensions(t *testing.T) {
	t.Parallel()
	l := strict(t)
	dc, err := l.find.Datacenter(l.ctx, l.v.Datacenter(1))
	l.ok(err)
	_, err = methods.AllocateIpv4Address(l.ctx, l.c.Client, &types.AllocateIpv4Address{This: *l.c.ServiceContent.IpPoolManager,
		Dc: dc.Reference(), PoolId: 1, AllocationId: "a"})
	faults(t, err, &types.NoPermission{})
}

// TestElasticPortgroupShrinks: ports that nobody is connected to go from an elastic portgroup, booked or not, and from no other.
func TestElasticPortgroupShrinks(t *testing.T) {
	t.Parallel()
	d := switchDesk(t)
	d.ok(d.change(edit(d.ports()[0], "booked")))
	if gone := d.v.ShrinkPorts(d.group); gone != 0 || len(d.ports()) != 4 {
		t.Errorf("%d ports have gone from a portgroup that is not elastic, %d are left", gone, len(d.ports()))
	}
	pg := object.NewDistributedVirtualPortgroup(d.c.Client, d.group)
	_, err := d.task(pg.Reconfigure(d.ctx, types.DVPortgroupConfigSpec{AutoExpand: types.NewBool(true)}))
	d.ok(err)
	port := d.ports()[1]
	d.mustClone("a", &types.VirtualMachineConfigSpec{
		DeviceChange: []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{Operation: "add",
			Device: &types.VirtualVmxnet3{
				VirtualVmxnet: types.VirtualVmxnet{VirtualEthernetCard: types.VirtualEthernetCard{VirtualDevice: types.VirtualDevice{Key: -1,
					Backing: &types.VirtualEthernetCardDistributedVirtualPortBackingInfo{
						Port: types.DistributedVirtualSwitchPortConnection{SwitchUuid: port.DvsUuid, PortgroupKey: d.group.Value, PortKey: port.Key}}}}}}}}})
	if gone, left := d.v.ShrinkPorts(d.group), d.ports(); gone != 3 || len(left) != 1 || left[0].Key != port.Key {
		t.Errorf("%d ports have gone, and %v are left", gone, left)
	}
}

// TestPortNameFormat: a portgroup that has a format for the names of its ports gives each one.
func TestPortNameFormat(t *testing.T) {
	t.Parallel()
	d := switchDesk(t)
	_, err := d.task(d.dvs.AddPortgroup(d.ctx, []types.DVPortgroupConfigSpec{{Name: "named", Type: "earlyBinding", NumPorts: 2,
		PortNameFormat: "<dvsName>/<portgroupName>-<portIndex>"}}))
	d.ok(err)
	group, err := d.find.Network(d.ctx, "named")
	d.ok(err)
	d.group = group.Reference()
	for i, port := range d.ports() {
		if want := []string{"dvs-1/named-0", "dvs-1/named-1"}[i]; port.Config.Name != want {
			t.Errorf("port %d is called %q", i, port.Config.Name)
		}
	}
}

// TestPortgroupsHaveAVersion: there is no portgroup without a configVersion, which every change of one has to name.
func TestPortgroupsHaveAVersion(t *testing.T) {
	t.Parallel()
	l := strict(t)
	for _, e := range l.v.context().Map.All("DistributedVirtualPortgroup") {
		if pg, ok := e.(*simulator.DistributedVirtualPortgroup); !ok || pg.Config.ConfigVersion == "" {
			t.Errorf("the portgroup %s has no configVersion", e.Entity().Name)
		}
	}
}
