// SPDX-License-Identifier: MPL-2.0

package esx

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// memberships returns the distributed switches that a host reports.
func memberships(network *types.HostNetworkInfo) []openstack.SwitchMembership {
	out := []openstack.SwitchMembership{}
	for _, proxy := range network.ProxySwitch {
		out = append(out, openstack.SwitchMembership{Switch: property.UnescapeName(proxy.DvsName), UUID: proxy.DvsUuid,
			Adapters: devices(network, proxy.Pnic)})
	}
	slices.SortFunc(out, func(a, b openstack.SwitchMembership) int { return strings.Compare(a.Switch, b.Switch) })
	return out
}

// devices returns the device names of the physical adapters with some keys.
func devices(network *types.HostNetworkInfo, keys []string) []string {
	out := []string{}
	for _, pnic := range network.Pnic {
		if slices.Contains(keys, pnic.Key) {
			out = append(out, pnic.Device)
		}
	}
	slices.Sort(out)
	return out
}

// membershipChange is a change of one host's membership in one switch.
type membershipChange struct {
	on        mo.DistributedVirtualSwitch
	operation types.ConfigSpecOperation
	adapters  []string
	ports     map[string]string // the uplink ports of the adapters, which they keep
}

// CheckSwitches refuses switches that do not exist, a switch with two blocks, and an adapter on two switches.
func (c *Nodes) CheckSwitches(ctx context.Context, want []openstack.SwitchMembership) error {
	_, err := c.resolveSwitches(ctx, want)
	return err
}

// resolveSwitches fills in the UUID of each switch.
func (c *Nodes) resolveSwitches(ctx context.Context, want []openstack.SwitchMembership) ([]openstack.SwitchMembership, error) {
	out := slices.Clone(want)
	taken := map[string]string{}
	for i, m := range out {
		on, err := c.Networks.FindSwitch(ctx, m.Switch)
		if err != nil {
			return nil, openstack.AttributeErrorf("distributed_switch", "%w", err)
		}
		out[i].UUID = on.Uuid
		if slices.ContainsFunc(out[:i], func(o openstack.SwitchMembership) bool { return o.UUID == on.Uuid }) {
			return nil, openstack.AttributeErrorf("distributed_switch", "the switch %s has two blocks: write all of its adapters in one", on.Name)
		}
		for _, adapter := range m.Adapters {
			if other, twice := taken[adapter]; twice {
				return nil, openstack.AttributeErrorf("distributed_switch", "the adapter %s is to be an uplink of %s and of %s: it can be of one only",
					adapter,
					other, m.Switch)
			}
			taken[adapter] = m.Switch
		}
	}
	return out, nil
}

// CheckMembership refuses changes to a host's switches that would cut it off, before anything is changed.
func (c *Nodes) CheckMembership(ctx context.Context, id string, want []openstack.SwitchMembership) error {
	_, _, err := c.membershipChanges(ctx, id, want)
	return err
}

// membershipChanges returns the changes to make, those that free an adapter first.
func (c *Nodes) membershipChanges(ctx context.Context, id string, want []openstack.SwitchMembership) (changes []membershipChange,
	hostname string, err error) {
	if want, err = c.resolveSwitches(ctx, want); err != nil {
		return nil, "", err
	}
	host, err := wire.Read[mo.HostSystem](ctx, c.wire, hostRef(id), []string{"name", "config.network"})
	if err != nil {
		return nil, "", faults.Explain("reading the network of the ESX host "+id, err)
	}
	if host.Config == nil || host.Config.Network == nil {
		return nil, host.Name, openstack.AttributeErrorf("distributed_switch",
			"the ESX host %s does not show its network: it has to be connected for its switches to change", host.Name)
	}
	network := host.Config.Network
	have := memberships(network)
	for _, m := range append(have, want...) {
		is, isMember := membershipOn(have, m.UUID)
		wish, wished := membershipOn(want, m.UUID)
		done := slices.ContainsFunc(changes, func(change membershipChange) bool { return change.on.Uuid == m.UUID })
		if done || isMember && wished && slices.Equal(is.Adapters, wish.Adapters) {
			continue
		}
		on, err := c.Networks.FindSwitch(ctx, m.UUID)
		if err != nil {
			return nil, host.Name, openstack.AttributeErrorf("distributed_switch", "%w", err)
		}
		change := membershipChange{on: on, operation: types.ConfigSpecOperationEdit, adapters: wish.Adapters, ports: uplinkPorts(network, m.UUID)}
		switch {
		case !isMember:
			change.operation = types.ConfigSpecOperationAdd
		case !wished:
			change.operation = types.ConfigSpecOperationRemove
		}
		changes = append(changes, change)
	}
	slices.SortStableFunc(changes, func(a, b membershipChange) int { return order(a.operation) - order(b.operation) })
	for _, change := range changes {
		if err := adaptersFree(host, change, want); err != nil {
			return nil, host.Name, err
		}
	}
	return changes, host.Name, nil
}

// uplinkPorts returns the ports of a host's adapters on a switch.
func uplinkPorts(network *types.HostNetworkInfo, uuid string) map[string]string {
	ports := map[string]string{}
	for _, proxy := range network.ProxySwitch {
		backing, ok := proxy.Spec.Backing.(*types.DistributedVirtualSwitchHostMemberPnicBacking)
		if !ok || proxy.DvsUuid != uuid {
			continue
		}
		for _, pnic := range backing.PnicSpec {
			ports[pnic.PnicDevice] = pnic.UplinkPortKey
		}
	}
	return ports
}

// order ranks operations, removals first, so that adapters are freed before another switch takes them.
func order(operation types.ConfigSpecOperation) int {
	return slices.Index([]types.ConfigSpecOperation{types.ConfigSpecOperationRemove, types.ConfigSpecOperationEdit,
		types.ConfigSpecOperationAdd}, operation)
}

func membershipOn(all []openstack.SwitchMembership, uuid string) (openstack.SwitchMembership, bool) {
	i := slices.IndexFunc(all, func(m openstack.SwitchMembership) bool { return m.UUID == uuid })
	if i < 0 {
		return openstack.SwitchMembership{}, false
	}
	return all[i], true
}

// adaptersFree refuses an adapter that the host lacks, that another switch keeps, or whose loss would cut off a vmkernel interface.
func adaptersFree(host mo.HostSystem, change membershipChange, want []openstack.SwitchMembership) error {
	network, name := host.Config.Network, change.on.Name
	refuse := func(format string, args ...any) error {
		return openstack.AttributeErrorf("distributed_switch", format, args...)
	}
	if len(change.adapters) == 0 && change.operation != types.ConfigSpecOperationAdd {
		if carried := vmkernels(network, func(vmk types.HostVirtualNic) bool {
			return vmk.Spec.DistributedVirtualPort != nil && vmk.Spec.DistributedVirtualPort.SwitchUuid == change.on.Uuid
		}); len(carried) > 0 {
			return refuse("the switch %s carries the vmkernel interface %s of the ESX host %s, which would be cut off: move it to another switch "+
				"first", name, faults.Quoted(carried), host.Name)
		}
	}
	var known []string
	for _, pnic := range network.Pnic {
		known = append(known, pnic.Device)
	}
	for _, adapter := range change.adapters {
		if !slices.Contains(known, adapter) {
			return refuse("%w", faults.NoSuch("physical adapter", adapter, "the ESX host "+host.Name, known))
		}
		for _, standard := range network.Vswitch {
			if !slices.Contains(devices(network, standard.Pnic), adapter) {
				continue
			}
			carried := vmkernels(network, func(vmk types.HostVirtualNic) bool { return onStandard(network, standard, vmk) })
			if len(carried) > 0 {
				return refuse("the adapter %s of the ESX host %s carries the vmkernel interface %s, on the standard switch %s: it would be cut off. "+
					"Move it first, or choose another adapter", adapter, host.Name, faults.Quoted(carried), standard.Name)
			}
			return refuse("the adapter %s of the ESX host %s is an uplink of the standard switch %s: take it off there first, or choose another "+
				"adapter", adapter, host.Name, standard.Name)
		}
		for _, other := range memberships(network) {
			kept, stays := membershipOn(want, other.UUID)
			if other.UUID != change.on.Uuid && slices.Contains(other.Adapters, adapter) && stays && slices.Contains(kept.Adapters, adapter) {
				return refuse("the adapter %s of the ESX host %s is an uplink of the switch %s: take it off there first", adapter, host.Name,
					other.Switch)
			}
		}
	}
	return nil
}

// vmkernels names the vmkernel interfaces of a host that satisfy are.
func vmkernels(network *types.HostNetworkInfo, are func(types.HostVirtualNic) bool) (names []string) {
	for _, vmk := range network.Vnic {
		if are(vmk) {
			names = append(names, vmk.Device)
		}
	}
	return names
}

// onStandard reports whether a vmkernel interface is in a portgroup of a standard switch.
func onStandard(network *types.HostNetworkInfo, standard types.HostVirtualSwitch, vmk types.HostVirtualNic) bool {
	return vmk.Portgroup != "" && slices.ContainsFunc(network.Portgroup, func(pg types.HostPortGroup) bool {
		return pg.Spec.Name == vmk.Portgroup && (pg.Vswitch == standard.Key || pg.Spec.VswitchName == standard.Name)
	})
}

// setSwitches makes a host a member of exactly these switches, with these adapters.
func (c *Nodes) setSwitches(ctx context.Context, id string, want []openstack.SwitchMembership) error {
	changes, hostname, err := c.membershipChanges(ctx, id, want)
	if err != nil {
		return err
	}
	for _, change := range changes {
		if err := c.changeMember(ctx, hostRef(id), hostname, change); err != nil {
			return err
		}
	}
	return nil
}

// changeMember changes one host's membership in one switch. A switch refuses a change that does not name its newest version. So the
// changes of this process are serialized, and repeated if another client came between.
func (c *Nodes) changeMember(ctx context.Context, host ref, hostname string, change membershipChange) error {
	turn := c.nodeBook.turn(change.on.Uuid)
	turn.Lock()
	defer turn.Unlock()
	act := fmt.Sprintf("changing what the switch %s has of the ESX host %s", change.on.Name, hostname)
	tries := retry.Backoff{Longest: retry.LongestRace}
	for attempt := 0; ; attempt++ {
		version, err := c.switchVersion(ctx, change.on.Self)
		if err != nil {
			return faults.Explain(act, err)
		}
		err = c.sendMember(ctx, host, change, version)
		if (faults.Stale(err) || faults.OutcomeUnknown(err)) && c.isDone(ctx, host, change) {
			err = nil
		}
		switch {
		case err == nil:
			c.Networks.NoteMembership(change.on.Uuid, host, change.operation != types.ConfigSpecOperationRemove)
			c.Inventory.Places.InvalidateHosts()
			return nil
		case attempt < retry.WriteAttempts && (faults.Stale(err) || faults.OutcomeUnknown(err)) && tries.Wait(ctx):
			continue
		case faults.Is[*types.ResourceInUse](err):
			return openstack.AttributeErrorf("distributed_switch", "the switch %s does not let the ESX host %s or its adapters go: virtual "+
				"machines or vmkernel interfaces of the host are plugged into it. Move them first (%w)",
				change.on.Name, hostname, faults.Detailed(err))
		}
		return faults.Explain(act, err)
	}
}

// isDone reports whether a change was made although its answer was lost.
func (c *Nodes) isDone(ctx context.Context, host ref, change membershipChange) bool {
	now, err := wire.Read[mo.HostSystem](ctx, c.wire, host, []string{"config.network"})
	if err != nil || now.Config == nil || now.Config.Network == nil {
		return false
	}
	is, member := membershipOn(memberships(now.Config.Network), change.on.Uuid)
	if change.operation == types.ConfigSpecOperationRemove {
		return !member
	}
	return member && slices.Equal(is.Adapters, change.adapters)
}

func (c *Nodes) switchVersion(ctx context.Context, on ref) (string, error) {
	content, err := c.wire.Ask(ctx, property.Query{Object: on, Paths: []string{"config.configVersion"}})
	if err != nil || len(content.PropSet) == 0 {
		return "", err
	}
	version, _ := content.PropSet[0].Val.(string)
	return version, nil
}

func (c *Nodes) sendMember(ctx context.Context, host ref, change membershipChange, version string) error {
	member := types.DistributedVirtualSwitchHostMemberConfigSpec{Operation: string(change.operation), Host: host}
	if change.operation != types.ConfigSpecOperationRemove {
		backing := &types.DistributedVirtualSwitchHostMemberPnicBacking{}
		for _, adapter := range change.adapters {
			backing.PnicSpec = append(backing.PnicSpec, types.DistributedVirtualSwitchHostMemberPnicSpec{PnicDevice: adapter,
				UplinkPortKey: change.ports[adapter]})
		}
		member.Backing = backing
	}
	spec := &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{ConfigVersion: version,
		Host: []types.DistributedVirtualSwitchHostMemberConfigSpec{member}}}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	_, err = c.wire.RunTask(ctx, func(ctx context.Context) (ref, error) {
		res, err := methods.ReconfigureDvs_Task(ctx, vim, &types.ReconfigureDvs_Task{This: change.on.Self, Spec: spec})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	return err
}

// leaveSwitches removes a host from every switch that lists it as a member, because a host that is lost cannot tell its switches.
func (c *Nodes) leaveSwitches(ctx context.Context, host ref, hostname string) error {
	dc, err := c.Inventory.Places.Datacenter(ctx)
	if err != nil {
		return err
	}
	objects, err := c.wire.Collect(ctx, property.Below(dc.NetworkFolder),
		map[string][]string{"DistributedVirtualSwitch": {"name", "uuid", "summary"}})
	if err != nil {
		return faults.Explain("listing the switches", err)
	}
	all, err := property.OfType[mo.DistributedVirtualSwitch](objects,
		func(kind string) bool { return strings.HasSuffix(kind, "istributedVirtualSwitch") })
	if err != nil {
		return faults.Explain("listing the switches", err)
	}
	for _, on := range all {
		if slices.Contains(on.Summary.HostMember, host) {
			if err := c.changeMember(ctx, host, hostname, membershipChange{on: on, operation: types.ConfigSpecOperationRemove}); err != nil {
				return err
			}
		}
	}
	return nil
}
