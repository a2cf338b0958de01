// SPDX-License-Identifier: MPL-2.0

package network

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// SwitchPortSpec is what a port of the switch must be: the network service's port that it is for, with state and security, and its
// filter.
type SwitchPortSpec struct {
	openstack.Port
	Filter  *types.DvsFilterPolicy // nil: the portgroup's
	Shaping *openstack.Shaping     // nil: the portgroup's
	VLANs   []int64                // of a trunk, with 0 for frames without a tag, sorted; nil: the portgroup's
	Keeps   bool                   // where Shaping or VLANs are nil, what the port has of its own stays: an administrator may have set it
}

// BookPort reserves a port of the switch for a port of the network service, names it after that and configures it before a NIC is
// connected, so that no packet passes that should not. Concurrent bookings in one network go together. key is empty for a network whose
// ports cannot be booked, because they do not exist before they are connected, or keep the last port's configuration.
func (c *Networks) BookPort(ctx context.Context, n openstack.Network, p SwitchPortSpec) (key string, err error) {
	if !n.Bookable() {
		return "", nil
	}
	fresh := &wire.Batch[SwitchPortSpec, string]{Changes: true, Do: func(ctx context.Context, ports []SwitchPortSpec) []wire.Outcome[string] {
		return c.book(ctx, n, ports)
	}}
	found, _ := c.bookings.LoadOrStore(n.ID, fresh)
	b, _ := found.(*wire.Batch[SwitchPortSpec, string])
	return b.Ask(ctx, p)
}

// sparePorts is how many ports of a network of ours stay free for NICs plugged in without booking, since nothing else adds ports to it.
const sparePorts = 4

// mostGrowths is how often one booking adds ports. More would be pointless: another client names the new ports at once.
const mostGrowths = 5

// book chooses free ports and claims them in one task, guarded by the version of each. If another client was faster, it chooses again.
func (c *Networks) book(ctx context.Context, n openstack.Network, ports []SwitchPortSpec) []wire.Outcome[string] {
	act := fmt.Sprintf("booking ports of the network %s", n.Name)
	on, err := c.FindSwitch(ctx, n.SwitchUUID)
	tries, growths := retry.Backoff{Longest: retry.LongestRace}, 0
	for attempt := 0; err == nil && attempt < retry.WriteAttempts; attempt++ {
		if n, err = c.Network(ctx, n.ID, ""); err != nil { // read again: its allocation changes with the first booking
			break
		}
		var free []types.DistributedVirtualPort
		free, err = c.fetchPorts(ctx, on.Self, &types.DistributedVirtualSwitchPortCriteria{Connected: types.NewBool(false),
			PortgroupKey: []string{n.PortgroupKey}, Inside: types.NewBool(true)})
		if err != nil {
			break
		}
		var plugged map[string]string
		if plugged, err = c.plugged(ctx, on.Self, free, ports); err != nil {
			break
		}
		if len(plugged) == len(ports) {
			return keysOf(ports, nil, plugged)
		}
		specs := chosen(free, slices.DeleteFunc(slices.Clone(ports), func(p SwitchPortSpec) bool { return plugged[p.ID] != "" }))
		switch more := lacking(n, free, specs, len(ports)-len(plugged)); {
		case more > 0 && growths == mostGrowths:
			err = fmt.Errorf("it has no port without a name, and gets none by adding some: write another network, or take the names off ports of " +
				"the portgroup")
		case more > 0 || n.Mark != nil && n.Elastic:
			growths++
			err = c.morePorts(ctx, n, more)
		default:
			if err = c.setPorts(ctx, on.Self, specs); err == nil {
				return keysOf(ports, specs, plugged)
			}
		}
		if (faults.Stale(err) || faults.OutcomeUnknown(err)) && tries.Wait(ctx) {
			err = nil
		}
	}
	if err == nil {
		err = errors.New("others book faster than this provider can")
	}
	return wire.AllFailed[string](len(ports), faults.Explain(act, err))
}

// plugged returns the keys of the switch ports that ports have already and in which their NICs are, by the ports' ids: a process that was
// killed may have booked them, and its last change may end after the next process has begun.
func (c *Networks) plugged(ctx context.Context, dvs ref, free []types.DistributedVirtualPort, ports []SwitchPortSpec) (map[string]string,
	error) {
	of, keys := map[string]string{}, []string(nil)
	for _, p := range ports {
		at := slices.IndexFunc(free, func(f types.DistributedVirtualPort) bool { return f.Key == p.SwitchPort })
		if p.SwitchPort != "" && at < 0 {
			of[p.SwitchPort], keys = p.ID, append(keys, p.SwitchPort)
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	found, err := c.fetchPorts(ctx, dvs, &types.DistributedVirtualSwitchPortCriteria{PortKey: distinct(keys)})
	out := map[string]string{}
	for _, f := range found {
		if id := of[f.Key]; f.Connectee != nil && f.Config.Name == id {
			out[id] = f.Key
		}
	}
	return out, err
}

// keysOf returns the switch port of each port: the one in which its NIC is, or the next of those that were booked.
func keysOf(ports []SwitchPortSpec, specs []types.DVPortConfigSpec, plugged map[string]string) []wire.Outcome[string] {
	out := make([]wire.Outcome[string], len(ports))
	for i, p := range ports {
		if key, ok := plugged[p.ID]; ok {
			out[i].Value = key
			continue
		}
		out[i].Value, specs = specs[0].Key, specs[1:]
	}
	return out
}

// lacking returns how many ports a network lacks for a booking. A network of ours keeps some spare ports besides, because it is not
// elastic.
func lacking(n openstack.Network, free []types.DistributedVirtualPort, specs []types.DVPortConfigSpec, wanted int) int {
	if n.Mark == nil {
		return wanted - len(specs)
	}
	bare := 0
	for _, f := range free {
		if strings.TrimSpace(f.Config.Name) == "" {
			bare++
		}
	}
	for _, spec := range specs {
		if at := slices.IndexFunc(free, func(f types.DistributedVirtualPort) bool { return f.Key == spec.Key }); strings.TrimSpace(
			free[at].Config.Name) == "" {
			bare--
		}
	}
	return max(wanted-len(specs), 0) + max(sparePorts-bare, 0)
}

// chosen returns the changes that book free ports, in the order of ports: for each, the free port that has its name already, or the next
// one without a name. There are fewer changes if free ports run out.
func chosen(free []types.DistributedVirtualPort, ports []SwitchPortSpec) (specs []types.DVPortConfigSpec) {
	taken := map[string]bool{}
	take := func(fits func(name string) bool) *types.DistributedVirtualPort {
		at := slices.IndexFunc(free, func(f types.DistributedVirtualPort) bool {
			return !taken[f.Key] && fits(strings.TrimSpace(f.Config.Name))
		})
		if at < 0 {
			return nil
		}
		taken[free[at].Key] = true
		return &free[at]
	}
	for _, p := range ports {
		is := take(func(name string) bool { return name == p.ID })
		if is == nil {
			is = take(func(name string) bool { return name == "" })
		}
		if is != nil {
			specs = append(specs, portSpec(*is, p))
		}
	}
	return specs
}

// portSpec names a port of the switch and sets what differs from its portgroup. A MAC that is not the NIC's own can only be used if the
// switch accepts forged transmits and MAC changes.
func portSpec(is types.DistributedVirtualPort, p SwitchPortSpec) types.DVPortConfigSpec {
	policy := func(own bool, value bool) *types.BoolPolicy {
		if !own {
			return &types.BoolPolicy{InheritablePolicy: types.InheritablePolicy{Inherited: true}}
		}
		return &types.BoolPolicy{Value: types.NewBool(value)}
	}
	secure := p.Insecure != nil || p.ForeignMAC()
	setting := &types.VMwareDVSPortSetting{
		SecurityPolicy: &types.DVSSecurityPolicy{InheritablePolicy: types.InheritablePolicy{Inherited: !secure}}}
	setting.Blocked, setting.FilterPolicy = policy(p.Down, true), p.Filter
	if secure {
		insecure := p.Insecure != nil && *p.Insecure
		setting.SecurityPolicy.AllowPromiscuous = policy(p.Insecure != nil, insecure)
		setting.SecurityPolicy.MacChanges, setting.SecurityPolicy.ForgedTransmits = policy(true, insecure || p.ForeignMAC()),
			policy(true, insecure || p.ForeignMAC())
	}
	if p.Filter == nil && FilterOf(is) != nil {
		setting.FilterPolicy = &types.DvsFilterPolicy{InheritablePolicy: types.InheritablePolicy{Inherited: true}}
	}
	if p.Shaping != nil || !p.Keeps {
		overrideShaping(setting, is, p.Shaping)
	}
	if p.VLANs != nil || !p.Keeps {
		overrideVLANs(setting, is, p.VLANs)
	}
	return types.DVPortConfigSpec{Operation: string(types.ConfigSpecOperationEdit), Key: is.Key, ConfigVersion: is.Config.ConfigVersion,
		Name: p.ID, Setting: setting}
}

// morePorts adds ports to a portgroup. If this provider made it, it is not elastic from then on: an elastic portgroup may remove ports
// that are booked and not connected yet (API reference, DVPortgroupConfigSpec.autoExpand). It then grows by half of its size, so that
// with more instances it has to grow less often.
func (c *Networks) morePorts(ctx context.Context, n openstack.Network, more int) error {
	group, err := wire.Read[mo.DistributedVirtualPortgroup](ctx, c.wire, ref{Type: "DistributedVirtualPortgroup", Value: n.ID}, portgroupPaths)
	if err != nil {
		return err
	}
	spec := wholePortgroup(group)
	if n.Mark != nil {
		spec.AutoExpand = types.NewBool(false)
		if more > 0 {
			more = max(more, firstPorts, int(spec.NumPorts)/2)
		}
	}
	spec.NumPorts += int32(more)
	if err := c.setPortgroup(ctx, group.Self, spec); err != nil {
		return err
	}
	n.Elastic = property.IsTrue(spec.AutoExpand)
	c.networks.keep(n.ID, &n)
	return nil
}
