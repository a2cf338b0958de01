// SPDX-License-Identifier: MPL-2.0

package network

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// firstPorts is how many ports a new portgroup has. The switch adds more as needed (autoExpand) until the first is booked; from then on
// this provider does.
const firstPorts = 8

// Switch finds the distributed switch that networks are made on: by name or UUID, else the provider's, else the only one of the
// datacenter. The Network has only its name, UUID and MTU.
func (c *Networks) Switch(ctx context.Context, name string) (openstack.Network, error) {
	found, err := c.FindSwitch(ctx, name)
	return openstack.Network{SwitchName: found.Name, SwitchUUID: found.Uuid, MTU: mtuOf(found)}, err
}

// switchPaths are the properties that users of a switch need, and switchKinds its possible types: a real vCenter's is the second.
var (
	switchPaths = []string{"uuid", "config", "summary.hostMember"}
	switchKinds = []string{"DistributedVirtualSwitch", "VmwareDistributedVirtualSwitch"}
)

// FindSwitch is Switch that returns the switch itself.
func (c *Networks) FindSwitch(ctx context.Context, name string) (mo.DistributedVirtualSwitch, error) {
	if _, err := c.ListNetworks(ctx); err != nil {
		return mo.DistributedVirtualSwitch{}, err
	}
	all := c.networks.known()
	where := "datacenter " + c.Inventory.Places.DatacenterPath()
	if name == "" {
		one, err := inventory.OneOf("distributed switch", "switch", c.defaultSwitch, where, all,
			func(s mo.DistributedVirtualSwitch) string { return s.Name })
		if err != nil {
			return one, c.wire.Gaps.Nameless(err, switchKinds...)
		}
		return one, faults.Explain("reading the switch", c.wire.Gaps.About(one.Self, switchPaths...))
	}
	var names []string
	for _, s := range all {
		if s.Name == name || strings.EqualFold(s.Uuid, name) {
			return s, faults.Explain("reading the switch", c.wire.Gaps.About(s.Self, switchPaths...))
		}
		names = append(names, s.Name)
	}
	return mo.DistributedVirtualSwitch{}, c.wire.Gaps.Nameless(faults.NoSuch("distributed switch", name, where, names), switchKinds...)
}

// CreatePortgroup makes a portgroup on the switch that SwitchName names. It never takes over an existing portgroup of that name: the
// error tells whose it is, and how to import it.
func (c *Networks) CreatePortgroup(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	on, err := c.FindSwitch(ctx, n.SwitchName)
	if err != nil {
		return n, openstack.AttributeErrorf("segments", "%w", err)
	}
	n = c.marked(n, on)
	err = c.addPortgroup(ctx, on, n)
	if err != nil && !faults.OutcomeUnknown(err) && !faults.Is[*types.DuplicateName](err) {
		return n, faults.Explain("making the portgroup "+n.Name, err)
	}
	made, failed := c.portgroupNamed(ctx, on, n.Name)
	switch {
	case failed != nil:
		return n, fmt.Errorf("looking for the portgroup %s that was just made: %w", n.Name, failed)
	case faults.Is[*types.DuplicateName](err) || !sameMark(made, n):
		return n, portgroupTaken(n, made)
	}
	c.networks.keep(made.ID, &made)
	return made, nil
}

// marked returns a network that is to be made on a switch, with the mark by which it is recognised.
func (c *Networks) marked(n openstack.Network, on mo.DistributedVirtualSwitch) openstack.Network {
	mark := c.Records.Mark(networkFingerprint(n))
	n.Mark, n.SwitchMTU = &mark, mtuOf(on)
	return n
}

// sameMark reports whether two networks have the same mark: one that was read is the one that this process has made.
func sameMark(a, b openstack.Network) bool {
	return a.Mark != nil && b.Mark != nil && a.Mark.At.Equal(b.Mark.At) && a.Mark.By == b.Mark.By && a.Mark.Fingerprint == b.Mark.Fingerprint
}

// addPortgroup makes the portgroup of a marked network.
func (c *Networks) addPortgroup(ctx context.Context, on mo.DistributedVirtualSwitch, n openstack.Network) error {
	spec := types.DVPortgroupConfigSpec{Name: property.EscapeName(n.Name), Description: n.Description, NumPorts: firstPorts,
		AutoExpand: types.NewBool(true), Type: string(types.DistributedVirtualPortgroupPortgroupTypeEarlyBinding),
		DefaultPortConfig: portgroupSetting(nil, n), Policy: portgroupPolicy(), VendorSpecificConfig: blobOf(n)}
	return c.wire.RunIdempotent(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.AddDVPortgroup_Task(ctx, vim, &types.AddDVPortgroup_Task{This: on.Self, Spec: []types.DVPortgroupConfigSpec{spec}})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
}

// portgroupTaken returns the error for a network's name that is taken, and tells by what.
func portgroupTaken(want, found openstack.Network) error {
	if found.ID == "" {
		return openstack.AttributeErrorf("name", "something else in the folder of the switch is called %q: names are unique there, so choose "+
			"another",
			want.Name)
	}
	adopt, as := openstack.ImportHint("novasphere_networking_network", found.ID), "another configuration"
	if found.Mark == nil {
		return openstack.AttributeErrorf("name", "a portgroup called %q is there already, and this provider did not make it: choose another "+
			"name. %s",
			want.Name, adopt)
	}
	if found.Mark.Fingerprint == networkFingerprint(want) {
		as = "a configuration like this one"
	}
	return openstack.AttributeErrorf("name", "a network called %q is there already. %s, whole, from %s: it may belong to another workspace. "+
		"Choose another name. %s",
		want.Name, found.Mark.Made(), as, adopt)
}

// portgroupNamed finds a portgroup of a name in the folder of its switch; the zero Network if there is none.
func (c *Networks) portgroupNamed(ctx context.Context, on mo.DistributedVirtualSwitch, name string) (openstack.Network, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return openstack.Network{}, err
	}
	found, err := methods.FindChild(ctx, vim, &types.FindChild{This: *vim.ServiceContent.SearchIndex, Entity: property.Deref(on.Parent),
		Name: property.EscapeName(name)})
	if err != nil {
		return openstack.Network{}, err
	}
	if found.Returnval == nil || found.Returnval.Type != "DistributedVirtualPortgroup" {
		return openstack.Network{}, nil
	}
	return c.readPortgroup(ctx, *found.Returnval)
}

var portgroupPaths = []string{"name", "key", "config", "tag"}

func (c *Networks) readPortgroup(ctx context.Context, pg ref) (openstack.Network, error) {
	group, err := wire.Read[mo.DistributedVirtualPortgroup](ctx, c.wire, pg, portgroupPaths)
	if err != nil {
		return openstack.Network{}, err
	}
	return portgroup(group, c.networks.known()), nil
}

// UpdatePortgroup changes name, description, VLAN, state, security and labels of a portgroup, as far as they differ. The spec holds all
// that the portgroup has, since not every server merges specs, and is guarded by its configVersion.
func (c *Networks) UpdatePortgroup(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	return c.changePortgroup(ctx, n, func(have openstack.Network) openstack.Network {
		if n.Mark, n.SwitchMTU = have.Mark, have.SwitchMTU; n.QoSPolicyID+have.QoSPolicyID == "" {
			n.Shaping = have.Shaping // whoever manages the portgroup may limit it
		}
		return n
	})
}

// changePortgroup makes a portgroup what change returns for what it is. n has its id and the name that it is known by.
func (c *Networks) changePortgroup(ctx context.Context, n openstack.Network, change func(have openstack.Network) openstack.Network) (
	openstack.Network, error) {
	pg := ref{Type: "DistributedVirtualPortgroup", Value: n.ID}
	act := "changing the portgroup " + n.Name
	tries := retry.Backoff{Longest: retry.LongestRace}
	for attempt := 0; ; attempt++ {
		group, err := wire.Read[mo.DistributedVirtualPortgroup](ctx, c.wire, pg, portgroupPaths)
		if err != nil {
			return n, faults.Explain(act, err)
		}
		have := portgroup(group, c.networks.known())
		if have.Kind == openstack.NetworkSegment {
			return n, fmt.Errorf("%s: NSX keeps it for the segment %s, and changes it itself; change the segment instead", act, have.ID)
		}
		n = change(have)
		err = c.reconfigurePortgroup(ctx, group, n)
		if attempt < retry.WriteAttempts && (faults.Stale(err) || faults.OutcomeUnknown(err)) && tries.Wait(ctx) {
			continue
		}
		if err != nil {
			return n, faults.Explain(act, err)
		}
		now, err := c.readPortgroup(ctx, pg)
		if err != nil {
			return n, faults.Explain(act, err)
		}
		c.networks.keep(now.ID, &now)
		return now, nil
	}
}

// emptyText clears a description or name: an empty one is not sent, and what is not sent stays.
const emptyText = " "

func (c *Networks) reconfigurePortgroup(ctx context.Context, group mo.DistributedVirtualPortgroup, n openstack.Network) error {
	spec := wholePortgroup(group)
	have, _ := group.Config.DefaultPortConfig.(*types.VMwareDVSPortSetting)
	blobs := slices.DeleteFunc(slices.Clone(group.Config.VendorSpecificConfig),
		func(b types.DistributedVirtualSwitchKeyedOpaqueBlob) bool { return b.Key == portgroupKey })
	spec.Name, spec.Description = property.EscapeName(n.Name), cmp.Or(n.Description, emptyText)
	spec.DefaultPortConfig, spec.VendorSpecificConfig = portgroupSetting(have, n), append(blobs, blobOf(n)...)
	if policy, ok := group.Config.Policy.(*types.VMwareDVSPortgroupPolicy); ok && n.OwnVLANs && !policy.VlanOverrideAllowed {
		allowing := *policy
		allowing.VlanOverrideAllowed, spec.Policy = true, &allowing
	}
	return c.setPortgroup(ctx, group.Self, spec)
}

// wholePortgroup returns a spec that leaves a portgroup as it is.
func wholePortgroup(group mo.DistributedVirtualPortgroup) types.DVPortgroupConfigSpec {
	is := group.Config
	return types.DVPortgroupConfigSpec{ConfigVersion: is.ConfigVersion, Name: is.Name, Description: is.Description, NumPorts: is.NumPorts,
		AutoExpand: is.AutoExpand, Type: is.Type, Policy: is.Policy, DefaultPortConfig: is.DefaultPortConfig,
		VendorSpecificConfig: is.VendorSpecificConfig}
}

func (c *Networks) setPortgroup(ctx context.Context, pg ref, spec types.DVPortgroupConfigSpec) error {
	return c.wire.RunIdempotent(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.ReconfigureDVPortgroup_Task(ctx, vim, &types.ReconfigureDVPortgroup_Task{This: pg, Spec: spec})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
}

// DeletePortgroup deletes a portgroup that this provider made. Any other stays, and ours is false.
func (c *Networks) DeletePortgroup(ctx context.Context, id string) (ours bool, err error) {
	pg := ref{Type: "DistributedVirtualPortgroup", Value: id}
	n, err := c.readPortgroup(ctx, pg)
	if err != nil {
		return true, faults.Explain("reading the network "+id, err)
	}
	if n.Mark == nil { // as of every portgroup that NSX keeps
		return false, nil
	}
	if users, err := c.pluggedInto(ctx, pg); err != nil || len(users) > 0 {
		return true, cmp.Or(err, inUse(n, users))
	}
	err = retry.Once(func() error { return c.wire.Destroy(ctx, pg) })
	if faults.Is[*types.ResourceInUse](err) { // plugged in since the check above
		users, _ := c.pluggedInto(ctx, pg)
		return true, inUse(n, users)
	}
	if err == nil {
		c.networks.keep(id, nil)
	}
	return true, faults.Explain("deleting the portgroup "+n.Name, err)
}

// portgroupSetting returns what a portgroup sets for all of its ports, based on have. What the network does not change stays as it is,
// since a portgroup has more kinds of trunks and policies than a network.
func portgroupSetting(have *types.VMwareDVSPortSetting, n openstack.Network) *types.VMwareDVSPortSetting {
	setting, was, fresh := &types.VMwareDVSPortSetting{}, openstack.Network{}, have == nil
	if !fresh {
		copied := *have
		setting = &copied
		observeSetting(&was, have)
	}
	is := func(value bool) *types.BoolPolicy { return &types.BoolPolicy{Value: types.NewBool(value)} }
	_, private := setting.Vlan.(*types.VmwareDistributedVirtualSwitchPvlanSpec)
	switch {
	case !fresh && n.Trunk == was.Trunk && (n.Trunk || n.VLAN == was.VLAN):
	case n.Trunk:
		setting.Vlan = &types.VmwareDistributedVirtualSwitchTrunkVlanSpec{VlanId: []types.NumericRange{{Start: 0, End: 4094}}}
	case !private:
		setting.Vlan = &types.VmwareDistributedVirtualSwitchVlanIdSpec{VlanId: int32(n.VLAN)}
	}
	if fresh || n.AdminUp != was.AdminUp {
		setting.Blocked = is(!n.AdminUp)
	}
	if fresh || n.Insecure != was.Insecure {
		setting.SecurityPolicy = &types.DVSSecurityPolicy{AllowPromiscuous: is(n.Insecure), MacChanges: is(n.Insecure),
			ForgedTransmits: is(n.Insecure)}
	}
	if n.Shaping != was.Shaping {
		shape(setting, n.Shaping)
	}
	setting.MacManagementPolicy = nil // newer servers derive it from the security policy; both in one spec contradict each other
	return setting
}

// portgroupPolicy lets each port override state, security, filter, shaping and VLANs, and resets them when its NIC is disconnected.
func portgroupPolicy() *types.VMwareDVSPortgroupPolicy {
	return &types.VMwareDVSPortgroupPolicy{
		DVPortgroupPolicy: types.DVPortgroupPolicy{BlockOverrideAllowed: true, ShapingOverrideAllowed: true, LivePortMovingAllowed: true,
			PortConfigResetAtDisconnect: true, TrafficFilterOverrideAllowed: types.NewBool(true), VendorConfigOverrideAllowed: true},
		SecurityPolicyOverrideAllowed: true, MacManagementOverrideAllowed: types.NewBool(true), VlanOverrideAllowed: true,
	}
}

// networkFingerprint returns a hash by which two requests for the same network are recognised.
func networkFingerprint(n openstack.Network) string {
	if n.AnyVLAN {
		n.VLAN = 0
	}
	return records.Fingerprint(n.Name, n.SwitchUUID, n.VLAN, n.Trunk)
}
