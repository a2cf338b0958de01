package vcenter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// BookPort gives a port of the network service a port of the switch, named after it and set as it is to be, before a NIC is
// connected: no packet passes that should not. Ports that are booked in one network at the same moment are booked together. The key
// is empty where a network's ports cannot be booked: they do not exist before they are connected, or keep what the last one was set.
func (c *Client) BookPort(ctx context.Context, n openstack.Network, p openstack.Port) (key string, err error) {
	if !n.Bookable() {
		return "", nil
	}
	fresh := &batch[openstack.Port, string]{do: func(ctx context.Context, ports []openstack.Port) []outcome[string] { return c.book(ctx, n, ports) }}
	found, _ := c.bookings.LoadOrStore(n.ID, fresh)
	b, _ := found.(*batch[openstack.Port, string])
	return b.ask(ctx, p)
}

// book chooses free ports and claims them in one task, guarded by the version of each: who comes second looks again.
func (c *Client) book(ctx context.Context, n openstack.Network, ports []openstack.Port) []outcome[string] {
	act := fmt.Sprintf("booking ports of the network %s", n.Name)
	on, err := c.findSwitch(ctx, n.SwitchUUID)
	for attempt := 0; err == nil && attempt < writeAttempts; attempt++ {
		var free []types.DistributedVirtualPort
		free, err = c.fetchPorts(ctx, on.Self, &types.DistributedVirtualSwitchPortCriteria{Connected: types.NewBool(false), PortgroupKey: []string{n.PortgroupKey}, Inside: types.NewBool(true)})
		if err != nil {
			break
		}
		specs := chosen(free, ports)
		if lacking := len(ports) - len(specs); lacking > 0 {
			err = c.morePorts(ctx, n, lacking)
		} else if err = c.setPorts(ctx, on.Self, specs); err == nil {
			out := make([]outcome[string], len(ports))
			for i, spec := range specs {
				out[i].value = spec.Key
			}
			return out
		}
		if isFault[*types.ConcurrentAccess](err) || unanswered(err) {
			err = nil
		}
	}
	if err == nil {
		err = errors.New("others book faster than this provider can")
	}
	return allFailed[string](len(ports), explain(act, err))
}

// chosen are the changes that book free ports, in the order of those that are to have one: one that bears the name already, or the
// next that bears none. Fewer where there are not enough.
func chosen(free []types.DistributedVirtualPort, ports []openstack.Port) (specs []types.DVPortConfigSpec) {
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

// portSpec names a port of the switch and sets what differs from its portgroup.
func portSpec(is types.DistributedVirtualPort, p openstack.Port) types.DVPortConfigSpec {
	policy := func(own bool, value bool) *types.BoolPolicy {
		if !own {
			return &types.BoolPolicy{InheritablePolicy: types.InheritablePolicy{Inherited: true}}
		}
		return &types.BoolPolicy{Value: types.NewBool(value)}
	}
	setting := &types.VMwareDVSPortSetting{SecurityPolicy: &types.DVSSecurityPolicy{InheritablePolicy: types.InheritablePolicy{Inherited: p.Insecure == nil}}}
	setting.Blocked = policy(p.Down, true)
	if p.Insecure != nil {
		setting.SecurityPolicy.AllowPromiscuous, setting.SecurityPolicy.MacChanges, setting.SecurityPolicy.ForgedTransmits = policy(true, *p.Insecure), policy(true, *p.Insecure), policy(true, *p.Insecure)
	}
	return types.DVPortConfigSpec{Operation: string(types.ConfigSpecOperationEdit), Key: is.Key, ConfigVersion: is.Config.ConfigVersion, Name: p.ID, Setting: setting}
}

func (c *Client) fetchPorts(ctx context.Context, dvs ref, criteria *types.DistributedVirtualSwitchPortCriteria) ([]types.DistributedVirtualPort, error) {
	vim, err := c.session.vim(ctx)
	if err != nil {
		return nil, err
	}
	res, err := methods.FetchDVPorts(ctx, vim, &types.FetchDVPorts{This: dvs, Criteria: criteria})
	if err != nil {
		return nil, err
	}
	return res.Returnval, nil
}

func (c *Client) setPorts(ctx context.Context, dvs ref, specs []types.DVPortConfigSpec) error {
	return c.do(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.ReconfigureDVPort_Task(ctx, vim, &types.ReconfigureDVPort_Task{This: dvs, Port: specs})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
}

// morePorts adds ports to a portgroup.
func (c *Client) morePorts(ctx context.Context, n openstack.Network, more int) error {
	group, err := read[mo.DistributedVirtualPortgroup](ctx, c, ref{Type: "DistributedVirtualPortgroup", Value: n.ID}, portgroupPaths)
	if err != nil {
		return err
	}
	spec := wholePortgroup(group)
	spec.NumPorts += int32(more)
	return c.setPortgroup(ctx, group.Self, spec)
}

// SetPort changes the port of the switch that a port of the network service has booked. One that bears another name by now is not
// its own any more: it is left alone.
func (c *Client) SetPort(ctx context.Context, n openstack.Network, p openstack.Port) error {
	on, err := c.findSwitch(ctx, n.SwitchUUID)
	if err != nil {
		return err
	}
	for attempt := 0; ; attempt++ {
		found, err := c.fetchPorts(ctx, on.Self, &types.DistributedVirtualSwitchPortCriteria{PortKey: []string{p.SwitchPort}})
		if err != nil {
			return explain("reading the switch's port "+p.SwitchPort, err)
		}
		at := slices.IndexFunc(found, func(f types.DistributedVirtualPort) bool { return f.Key == p.SwitchPort && f.Config.Name == p.ID })
		if at < 0 {
			return fmt.Errorf("the port %s of the switch %s does not belong to the port %s any more: plug the instance in anew (change its network block, or replace it)", p.SwitchPort, n.SwitchName, p.ID)
		}
		err = c.setPorts(ctx, on.Self, []types.DVPortConfigSpec{portSpec(found[at], p)})
		if attempt == writeAttempts || err == nil || !unanswered(err) && !isFault[*types.ConcurrentAccess](err) {
			return explain("changing the switch's port "+p.SwitchPort, err)
		}
	}
}

// FreePort takes its name off a port of the switch that was booked and never connected. One that was is bare again once its NIC is
// gone.
func (c *Client) FreePort(ctx context.Context, n openstack.Network, p openstack.Port) error {
	on, err := c.findSwitch(ctx, n.SwitchUUID)
	if err != nil {
		return err
	}
	found, err := c.fetchPorts(ctx, on.Self, &types.DistributedVirtualSwitchPortCriteria{PortKey: []string{p.SwitchPort}, Connected: types.NewBool(false)})
	at := slices.IndexFunc(found, func(f types.DistributedVirtualPort) bool { return f.Key == p.SwitchPort && f.Config.Name == p.ID })
	if err != nil || at < 0 {
		return err
	}
	bare := portSpec(found[at], openstack.Port{})
	bare.Name = emptyText
	if err = c.setPorts(ctx, on.Self, []types.DVPortConfigSpec{bare}); isFault[*types.ConcurrentAccess](err) {
		return nil // somebody has taken it since
	}
	return err
}
