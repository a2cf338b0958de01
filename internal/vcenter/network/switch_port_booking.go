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

// SwitchPortSpec is what a port of the switch is to be: whose it is, with its state and security, and what it lets pass.
type SwitchPortSpec struct {
	openstack.Port
	Filter *types.DvsFilterPolicy // nil: as the portgroup has it
}

// BookPort gives a port of the network service a port of the switch, named after it and set as it is to be, before a NIC is
// connected: no packet passes that should not. Ports that are booked in one network at the same moment are booked together. The key
// is empty where a network's ports cannot be booked: they do not exist before they are connected, or keep what the last one was set.
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

// sparePorts are how many ports of a network of ours stay free for those who plug in without booking: nobody else adds any.
const sparePorts = 4

// mostGrowths is how often one booking adds ports. More would be for nothing: somebody names them as soon as they are there.
const mostGrowths = 5

// book chooses free ports and claims them in one task, guarded by the version of each: who comes second looks again.
func (c *Networks) book(ctx context.Context, n openstack.Network, ports []SwitchPortSpec) []wire.Outcome[string] {
	act := fmt.Sprintf("booking ports of the network %s", n.Name)
	on, err := c.FindSwitch(ctx, n.SwitchUUID)
	tries, growths := retry.Backoff{Longest: retry.LongestRace}, 0
	for attempt := 0; err == nil && attempt < retry.WriteAttempts; attempt++ {
		if n, err = c.Network(ctx, n.ID, ""); err != nil { // as it is by now: its allocation changes with the first booking
			break
		}
		var free []types.DistributedVirtualPort
		free, err = c.fetchPorts(ctx, on.Self, &types.DistributedVirtualSwitchPortCriteria{Connected: types.NewBool(false),
			PortgroupKey: []string{n.PortgroupKey}, Inside: types.NewBool(true)})
		if err != nil {
			break
		}
		specs := chosen(free, ports)
		switch more := lacking(n, free, specs, len(ports)); {
		case more > 0 && growths == mostGrowths:
			err = fmt.Errorf("it has no port without a name, and gets none by adding some: write another network, or take the names off ports of " +
				"the portgroup")
		case more > 0 || n.Mark != nil && n.Elastic:
			growths++
			err = c.morePorts(ctx, n, more)
		default:
			if err = c.setPorts(ctx, on.Self, specs); err == nil {
				return keysOf(specs)
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

func keysOf(specs []types.DVPortConfigSpec) []wire.Outcome[string] {
	out := make([]wire.Outcome[string], len(specs))
	for i, spec := range specs {
		out[i].Value = spec.Key
	}
	return out
}

// lacking is how many ports a network has too few for a booking. One of ours keeps some free besides, for it is not elastic.
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

// chosen are the changes that book free ports, in the order of those that are to have one: one that bears the name already, or the
// next that bears none. Fewer where there are not enough.
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

// portSpec names a port of the switch and sets what differs from its portgroup. An address that is not the card's own may only be sent
// from where the switch does not look at addresses.
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
	return types.DVPortConfigSpec{Operation: string(types.ConfigSpecOperationEdit), Key: is.Key, ConfigVersion: is.Config.ConfigVersion,
		Name: p.ID, Setting: setting}
}

// morePorts adds ports to a portgroup. One that this provider made is not elastic from then on: an elastic portgroup may take ports away
// that are booked and not connected yet (API reference, DVPortgroupConfigSpec.autoExpand). It grows by half of what it has, so that the
// more instances there are, the less often it has to.
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
