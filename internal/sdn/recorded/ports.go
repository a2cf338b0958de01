// SPDX-License-Identifier: MPL-2.0

package recorded

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// CheckClaim checks a request against the records of the port's network and what is planned there. Ports that were made for instances
// which are gone do not count.
func (b *Backend) CheckClaim(ctx context.Context, w sdn.PortRequest) error {
	if len(planned.PortKeys(w.Port)) == 0 {
		return nil
	}
	subnets, err := b.Subnets(ctx, w.NetworkID)
	if err != nil {
		return err
	}
	ports, err := b.HoldersOn(ctx, w.NetworkID)
	if err != nil {
		return err
	}
	foreign, err := b.place.ForeignPorts(ctx, w.NetworkID, false)
	if err != nil {
		return err
	}
	ports = append(ports, foreign...)
	subnets = b.planned.Subnets.Overlay(ctx, openstack.Subnet{ID: "none of them", NetworkID: w.NetworkID}, subnets)
	ports = b.planned.Ports.Overlay(ctx, w.Port, ports)
	refused := sdn.Foresee(w, subnets, ports)
	if refused == nil {
		return nil
	}
	free, err := b.Unplugged(ctx, slices.DeleteFunc(slices.Clone(ports),
		func(p openstack.Port) bool { return !p.Implicit || p.DeviceID == "" }))
	if err != nil {
		return err
	}
	return sdn.Foresee(w, subnets, slices.DeleteFunc(ports, func(p openstack.Port) bool {
		return slices.ContainsFunc(free, func(f openstack.Port) bool { return f.ID == p.ID && p.ID != "" })
	}))
}

// CreatePort claims a port's addresses and MAC and writes its record, in one write.
func (b *Backend) CreatePort(ctx context.Context, w sdn.PortRequest) (openstack.Port, error) {
	if err := b.checkNetworkID(ctx, w.NetworkID); err != nil {
		return w.Port, err
	}
	if err := b.place.CheckPort(ctx, w.Port); err != nil {
		return w.Port, err
	}
	if err := b.recordDefault(ctx, w.Groups); err != nil {
		return w.Port, err
	}
	mark := b.c.Records.Mark("")
	if w.Mark = &mark; w.ID == "" {
		w.ID = uuid.NewString()
	}
	var made openstack.Port
	err := b.Claiming(ctx, w.NetworkID, func() error {
		foreign, err := b.place.ForeignPorts(ctx, w.NetworkID, true)
		if err != nil {
			return err
		}
		return b.c.Records.OfNetwork(w.NetworkID).Claim(ctx, func(all records.Set) (err error) {
			var is openstack.Port
			if err := all.Get(PortKind, w.ID, &is); err == nil && (w.TakesUp == "" || is.DeviceID != w.TakesUp) {
				return fmt.Errorf("the port %s: %w", w.ID, sdn.ErrPortExists)
			}
			made, err = b.claim(all, w, foreign)
			if err != nil {
				return err
			}
			return all.Put(PortKind, made.ID, made)
		})
	})
	if err != nil {
		return made, err
	}
	return made, b.carryOut(ctx, traffic.Change{Groups: made.Groups})
}

// claim completes a request from the records of its network and the ports that others made there, or refuses it.
func (b *Backend) claim(all records.Set, w sdn.PortRequest, foreign []openstack.Port) (openstack.Port, error) {
	subnets, err := records.All[openstack.Subnet](all, SubnetKind)
	if err != nil {
		return w.Port, err
	}
	others, err := Holders(all)
	if err != nil {
		return w.Port, err
	}
	p, err := sdn.Claim(w, subnets, append(others, foreign...))
	if err == nil && len(b.enforced(p.Groups)) > 0 {
		err = b.law.CheckClaimed(p)
	}
	return p, err
}

// FindPort looks for a port in the records of all networks.
func (b *Backend) FindPort(ctx context.Context, id string) (openstack.Port, error) {
	p, found, err := Find[openstack.Port](ctx, b, PortKind, id)
	if err == nil && !found {
		err = openstack.NotFound("there is no port %s", id)
	}
	return p, err
}

// Port reads one port.
func (b *Backend) Port(ctx context.Context, network, id string) (p openstack.Port, err error) {
	all, err := b.View(ctx, "port", network, id)
	if err != nil {
		return p, err
	}
	return p, all.Get(PortKind, id, &p)
}

// Ports returns the ports of one network or, if network is empty, of all.
func (b *Backend) Ports(ctx context.Context, network string) ([]openstack.Port, error) {
	return On[openstack.Port](ctx, b, PortKind, network)
}

// UpdatePort changes a port's record, and claims the addresses that are new.
func (b *Backend) UpdatePort(ctx context.Context, network, id string, change func(*sdn.PortRequest) error) (openstack.Port, error) {
	var before, p openstack.Port
	err := b.Claiming(ctx, network, func() error {
		foreign, err := b.place.ForeignPorts(ctx, network, false)
		if err != nil {
			return err
		}
		return b.c.Records.OfNetwork(network).Update(ctx, func(all records.Set) error {
			var w sdn.PortRequest
			if err := all.Get(PortKind, id, &w.Port); err != nil {
				return err
			}
			before, w.NoFixedIP = w.Port, len(w.FixedIPs) == 0
			err := change(&w)
			if err == nil && (!slices.Equal(w.FixedIPs, before.FixedIPs) || w.DeviceID != "" && w.DeviceID != before.DeviceID) {
				err = keepPort(all, id)
			}
			if err != nil {
				return err
			}
			if p, err = b.claim(all, w, foreign); err != nil {
				return err
			}
			return all.Put(PortKind, id, p)
		})
	})
	if err != nil {
		return p, b.Lost(ctx, "port", network, id, b.Naming(ctx, err))
	}
	if err := b.recordDefault(ctx, p.Groups); err != nil {
		return p, err
	}
	return p, b.place.Follow(ctx, before, p)
}

// CheckUnplugged refuses a port that an existing instance has.
func (b *Backend) CheckUnplugged(ctx context.Context, network, id string) error {
	p, err := b.Port(ctx, network, id)
	if err != nil || p.DeviceID == "" {
		return err
	}
	server, err := b.c.Machines.ByID(ctx, p.DeviceID)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if slices.ContainsFunc(server.NICs, func(n openstack.NIC) bool { return n.Port == id }) {
		return fmt.Errorf("the port %s is plugged into the instance %s (%s): unplug it there, or delete the instance, first. Where the port "+
			"is to be replaced, make the new one first (lifecycle { create_before_destroy = true }, without a fixed address), or replace the "+
			"instance with it (terraform apply -replace)", id, server.Name, server.ID)
	}
	return nil
}

// Unplugged returns the ports that no VM has. It makes one query for all instances.
func (b *Backend) Unplugged(ctx context.Context, ports []openstack.Port) ([]openstack.Port, error) {
	var devices []string
	for _, p := range ports {
		if p.DeviceID != "" && !slices.Contains(devices, p.DeviceID) {
			devices = append(devices, p.DeviceID)
		}
	}
	plugged, _, err := b.c.Machines.PortsOf(ctx, devices)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(ports), func(p openstack.Port) bool { return plugged[p.ID] }), nil
}

// DeletePort removes a port's record, which frees its addresses, and after the last record the network's records VM.
func (b *Backend) DeletePort(ctx context.Context, network, id string) error {
	if err := b.CheckUnplugged(ctx, network, id); err != nil {
		return err
	}
	left, err := b.hasLeft(ctx, network, id)
	if err != nil {
		return err
	}
	all, err := b.View(ctx, "port", network, id)
	if err != nil {
		return err
	}
	p, err := mayGo(all, id, left)
	if err == nil {
		err = b.place.RemovePort(ctx, p)
	}
	if err == nil {
		err = b.c.Records.OfNetwork(network).Update(ctx, func(all records.Set) (err error) {
			if p, err = mayGo(all, id, left); err == nil {
				all.Drop(PortKind, id)
			}
			return err
		})
	}
	if err != nil {
		return b.Lost(ctx, "port", network, id, b.Naming(ctx, err))
	}
	settled := b.carryOut(ctx, traffic.Change{Groups: p.Groups}) // before anything else: its addresses may be another port's a moment later
	if err := b.Retire(ctx, network); err != nil {
		return errors.Join(settled, err)
	}
	return settled
}

// mayGo returns a port that is to be deleted, or refuses it where a trunk or a router has the port. left: its trunk is gone. A record that
// cannot be read goes, too.
func mayGo(all records.Set, id string, left bool) (p openstack.Port, err error) {
	if err := all.Get(PortKind, id, &p); errors.Is(err, openstack.ErrNotFound) {
		return p, err
	}
	if p.TrunkID != "" && !left {
		return p, sdn.InTrunk(p)
	}
	return p, keepPort(all, id)
}
