// SPDX-License-Identifier: MPL-2.0

package network

import (
	"context"
	"errors"
	"slices"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// FilterOf returns a switch port's own filter, nil if it has its portgroup's.
func FilterOf(is types.DistributedVirtualPort) *types.DvsFilterPolicy {
	setting, ok := is.Config.Setting.(*types.VMwareDVSPortSetting)
	if !ok || setting.FilterPolicy == nil || setting.FilterPolicy.Inherited || len(setting.FilterPolicy.FilterConfig) == 0 {
		return nil
	}
	return setting.FilterPolicy
}

func (c *Networks) fetchPorts(ctx context.Context, dvs ref, criteria *types.DistributedVirtualSwitchPortCriteria) (
	[]types.DistributedVirtualPort, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	res, err := methods.FetchDVPorts(ctx, vim, &types.FetchDVPorts{This: dvs, Criteria: criteria})
	if err != nil {
		return nil, err
	}
	return res.Returnval, nil
}

// setPorts changes ports of a switch. It waits for transient refusals to pass: the records already describe the ports as changed, so no
// later plan would notice the difference.
func (c *Networks) setPorts(ctx context.Context, dvs ref, specs []types.DVPortConfigSpec) error {
	defer c.portsTurn.Add(1)
	return retry.WhileTransient(ctx, func() error {
		return c.wire.RunIdempotent(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
			res, err := methods.ReconfigureDVPort_Task(ctx, vim, &types.ReconfigureDVPort_Task{This: dvs, Port: specs})
			if err != nil {
				return ref{}, err
			}
			return res.Returnval, nil
		})
	})
}

// seenPort is a port of a switch as read at a value of portsTurn.
type seenPort struct {
	port types.DistributedVirtualPort
	turn int64
}

// SwitchPort reads a port of a switch. Concurrent reads share a call, and the answer is kept until this process changes ports.
func (c *Networks) SwitchPort(ctx context.Context, switchUUID, key string) (types.DistributedVirtualPort, error) {
	found, _ := c.portsSeen.Load(switchUUID + "/" + key)
	if seen, known := found.(seenPort); known && seen.turn == c.portsTurn.Load() {
		return seen.port, nil
	}
	fresh := &wire.Batch[string, types.DistributedVirtualPort]{Do: func(ctx context.Context,
		keys []string) []wire.Outcome[types.DistributedVirtualPort] {
		return c.readPorts(ctx, switchUUID, keys)
	}}
	found, _ = c.portReads.LoadOrStore(switchUUID, fresh)
	b, _ := found.(*wire.Batch[string, types.DistributedVirtualPort])
	return b.Ask(ctx, key)
}

// Standing is what a port of the switch shows about the port that it was booked for.
type Standing int

// The values of Standing.
const (
	Unbooked  Standing = iota // nothing: none was booked, or it no longer exists
	Awaited                   // it has the port's name, and no NIC is connected: the VM has not been made
	Connected                 // a NIC is connected, even if the account cannot see its VM
	Released                  // the name was reset, as it is when a NIC goes: the VM existed
)

// Standings reads the standing of a network's ports, in one call.
func (c *Networks) Standings(ctx context.Context, network string, ports []openstack.Port) ([]Standing, error) {
	out := make([]Standing, len(ports))
	keys := make([]string, 0, len(ports))
	for _, p := range ports {
		if p.SwitchPort != "" {
			keys = append(keys, p.SwitchPort)
		}
	}
	if len(keys) == 0 {
		return out, nil
	}
	n, err := c.Network(ctx, network, "")
	if errors.Is(err, openstack.ErrNotFound) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	read, next := c.readPorts(ctx, n.SwitchUUID, keys), 0
	for i, p := range ports {
		if p.SwitchPort == "" {
			continue
		}
		is := read[next]
		next++
		switch {
		case errors.Is(is.Err, openstack.ErrNotFound):
		case is.Err != nil:
			return nil, is.Err
		case is.Value.Config.Name != p.ID:
			out[i] = Released
		case is.Value.Connectee != nil:
			out[i] = Connected
		default:
			out[i] = Awaited
		}
	}
	return out, nil
}

func (c *Networks) readPorts(ctx context.Context, switchUUID string, keys []string) []wire.Outcome[types.DistributedVirtualPort] {
	turn := c.portsTurn.Load() // taken first, as a change during the read may be in the answer or not
	on, err := c.FindSwitch(ctx, switchUUID)
	var found []types.DistributedVirtualPort
	if err == nil {
		found, err = c.fetchPorts(ctx, on.Self, &types.DistributedVirtualSwitchPortCriteria{PortKey: distinct(keys)})
	}
	if err != nil {
		return wire.AllFailed[types.DistributedVirtualPort](len(keys), faults.Explain("reading ports of the switch "+switchUUID, err))
	}
	byKey := map[string]types.DistributedVirtualPort{}
	for _, port := range found {
		byKey[port.Key] = port
	}
	out := make([]wire.Outcome[types.DistributedVirtualPort], len(keys))
	for i, key := range keys {
		port, there := byKey[key]
		if !there {
			out[i].Err = openstack.NotFound("the switch has no port %s", key)
			continue
		}
		out[i].Value = port
		c.portsSeen.Store(switchUUID+"/"+key, seenPort{port, turn})
	}
	return out
}

func distinct(keys []string) []string {
	sorted := slices.Clone(keys)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// SetPorts changes ports of a switch in one task. shape gets the ports with these keys as read, and returns what some of them must be.
// If another client changes one at the same moment, SetPorts reads all again and calls shape again, so that shape never decides on older
// data than it changes. A port with another name than shape gives it belongs to something else by now, and is left alone.
func (c *Networks) SetPorts(ctx context.Context, switchUUID string, keys []string,
	shape func(is map[string]types.DistributedVirtualPort) ([]SwitchPortSpec, error)) error {
	on, err := c.FindSwitch(ctx, switchUUID)
	if err != nil {
		return err
	}
	tries := retry.Backoff{Longest: retry.LongestRace}
	for attempt := 0; ; attempt++ {
		found, err := c.fetchPorts(ctx, on.Self, &types.DistributedVirtualSwitchPortCriteria{PortKey: distinct(keys)})
		if err != nil {
			return faults.Explain("reading ports of the switch "+on.Name, err)
		}
		is := map[string]types.DistributedVirtualPort{}
		for _, f := range found {
			is[f.Key] = f
		}
		places, err := shape(is)
		if err != nil {
			return err
		}
		var specs []types.DVPortConfigSpec
		for _, p := range places {
			if port, there := is[p.SwitchPort]; there && port.Config.Name == p.ID {
				specs = append(specs, portSpec(port, p))
			}
		}
		if len(specs) == 0 {
			return nil
		}
		err = c.setPorts(ctx, on.Self, specs)
		if attempt == retry.WriteAttempts || err == nil || !faults.OutcomeUnknown(err) && !faults.Stale(err) ||
			!tries.Wait(ctx) {
			return faults.Explain("changing ports of the switch "+on.Name, err)
		}
	}
}

// FreePort removes its name from a switch port that was booked and never connected. After a connection the switch itself resets it once
// the NIC is gone.
func (c *Networks) FreePort(ctx context.Context, n openstack.Network, p openstack.Port) error {
	on, err := c.FindSwitch(ctx, n.SwitchUUID)
	if err != nil {
		return err
	}
	found, err := c.fetchPorts(ctx, on.Self, &types.DistributedVirtualSwitchPortCriteria{PortKey: []string{p.SwitchPort},
		Connected: types.NewBool(false)})
	at := slices.IndexFunc(found, func(f types.DistributedVirtualPort) bool { return f.Key == p.SwitchPort && f.Config.Name == p.ID })
	if err != nil || at < 0 {
		return err
	}
	bare := portSpec(found[at], SwitchPortSpec{})
	bare.Name = emptyText
	if err = c.setPorts(ctx, on.Self, []types.DVPortConfigSpec{bare}); faults.Stale(err) {
		return nil // another client has changed it since
	}
	return err
}
