// SPDX-License-Identifier: MPL-2.0

package recorded

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// A port that was made for an instance lives as long as the instance. If the instance is destroyed outside Terraform, or its creation is
// killed, the port's record and perhaps its switch port remain, and no state knows them. Whatever finds such leftovers removes them.

// comingFor is how long the instance of a claimed port may still appear, because its image may have to be deployed before the clone is
// sent. It equals the default timeout of a creation.
const comingFor = 30 * time.Minute

// dead returns those ports whose instances no longer exist. coming are those for which that is uncertain: there is no VM, but another
// process may still be making it.
func (b *Backend) dead(ctx context.Context, ports []openstack.Port) (dead, coming []openstack.Port, err error) {
	var made []openstack.Port
	var devices []string
	for _, p := range ports {
		if p.Implicit && p.DeviceID != "" {
			made, devices = append(made, p), append(devices, p.DeviceID)
		}
	}
	if len(made) == 0 {
		return nil, nil, nil
	}
	_, there, err := b.c.Machines.PortsOf(ctx, devices)
	if err != nil {
		return nil, nil, err
	}
	lonely := map[string][]openstack.Port{}
	for _, p := range made {
		if there[p.DeviceID] {
			continue
		}
		absent, err := b.c.Machines.Absent(ctx, p.DeviceID)
		if err != nil {
			return nil, nil, err
		}
		if absent {
			lonely[p.NetworkID] = append(lonely[p.NetworkID], p)
		}
	}
	for on, ports := range lonely {
		standings, err := b.place.Standings(ctx, on, ports)
		if err != nil {
			return nil, nil, err
		}
		for i, p := range ports {
			switch {
			case standings[i] == network.Connected: // by a VM that this account cannot see
			case standings[i] != network.Released && b.coming(ctx, p):
				coming = append(coming, p)
			default:
				dead = append(dead, p)
			}
		}
	}
	return dead, coming, nil
}

// coming reports whether the instance of a port may still be in creation: not if this process has seen the instance go, nor after
// comingFor, unless a clone that may be its instance still runs.
func (b *Backend) coming(ctx context.Context, p openstack.Port) bool {
	if p.Mark == nil || b.c.Machines.KnownGone(p.DeviceID) {
		return false
	}
	return time.Since(p.Mark.At) < comingFor || b.c.Machines.Cloning(ctx, p.Mark.At)
}

// awaited adds to an error which ports are in the way because their instances may still be in creation, and what to do.
func awaited(err error, coming []openstack.Port) error {
	if len(coming) == 0 {
		return err
	}
	p := coming[0]
	text := fmt.Sprintf("The port %s%s is claimed for the instance %s, which is not there: it may be being made by another process. Let that "+
		"end, or apply it again where it was interrupted. From %s on the port counts as left over, and goes by "+
		"itself", p.ID, p.Mark.Clause(), p.DeviceID,
		p.Mark.At.Add(comingFor).Format(time.RFC3339))
	if more := len(coming) - 1; more > 0 {
		text += fmt.Sprintf(". So it is with %d more", more)
	}
	var field *openstack.FieldError
	if errors.As(err, &field) {
		whole := *field
		whole.Err = fmt.Errorf("%w. %s", field.Err, text)
		return &whole
	}
	return fmt.Errorf("%w. %s", err, text)
}

// bury removes the records of dead ports, unless a port was claimed again since, and frees their switch ports.
func (b *Backend) bury(ctx context.Context, dead []openstack.Port) error {
	byNetwork := map[string][]openstack.Port{}
	for _, p := range dead {
		byNetwork[p.NetworkID] = append(byNetwork[p.NetworkID], p)
	}
	var all error
	for network, ports := range byNetwork {
		all = errors.Join(all, b.Part(ctx, ports, func() error { return b.dropDead(ctx, network, ports) }))
	}
	return all
}

// dropDead is bury for ports of one network.
func (b *Backend) dropDead(ctx context.Context, network string, ports []openstack.Port) error {
	var groups []string
	err := b.c.Records.OfNetwork(network).Update(ctx, func(all records.Set) error {
		groups = nil
		for _, p := range ports {
			var now openstack.Port
			if err := all.Get(PortKind, p.ID, &now); err != nil || !now.Implicit || now.DeviceID != p.DeviceID {
				continue
			}
			groups = append(groups, now.Groups...)
			all.Drop(PortKind, p.ID)
		}
		return nil
	})
	if err != nil && !errors.Is(err, records.ErrNoStore) { // the records VM was removed with its last record: another process removed these
		return err
	}
	var all error
	for _, p := range ports {
		all = errors.Join(all, b.place.Unbook(ctx, p))
	}
	return errors.Join(all, b.carryOut(ctx, traffic.Change{Groups: groups}), b.Retire(ctx, network))
}

// Claiming calls try until it succeeds or fails for good. If the claim collides with dead ports, it removes them and tries again.
func (b *Backend) Claiming(ctx context.Context, network string, try func() error) error {
	for {
		err := try()
		if !sdn.IsTaken(err) {
			return err
		}
		ports, failed := b.Ports(ctx, network)
		if failed != nil {
			return err
		}
		dead, coming, failed := b.dead(ctx, ports)
		if failed != nil || len(dead) == 0 {
			return awaited(err, coming)
		}
		if failed := b.bury(ctx, dead); failed != nil && !openstack.IsPartialEnforcement(failed) {
			return errors.Join(err, failed)
		}
	}
}

// pause waits, and returns false if the context ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// leaves reports whether this process is destroying an instance that has one of the ports.
func (b *Backend) leaves(ports []openstack.Port) bool {
	return slices.ContainsFunc(ports, func(p openstack.Port) bool { return p.DeviceID != "" && b.c.Machines.Going(p.DeviceID) })
}
