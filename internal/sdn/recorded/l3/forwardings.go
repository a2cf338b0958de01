// SPDX-License-Identifier: MPL-2.0

package l3

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded/l3/law"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// CheckForwarding refuses a floating IP that has a port, a number that is taken, an address that the port does not have, and a port that
// no router reaches.
func (b *Backend) CheckForwarding(ctx context.Context, f openstack.Forwarding) error {
	if err := b.CheckFloatingIPs(); err != nil {
		return err
	}
	at, err := b.checkForwarded(ctx, f)
	if err != nil || f.PortID == "" {
		return err
	}
	p, err := b.portOf(ctx, f.PortID, ofForwarding)
	if err != nil {
		return err
	}
	p, known, err := b.portToBe(ctx, p)
	if err != nil || !known || f.Address == "" {
		return err
	}
	ip, err := addressOf(p, f.Address, ofForwarding)
	if err != nil || at.ID == "" {
		return err
	}
	w := way{at.NetworkID, p, ip, ofForwarding}
	if f.ID != "" {
		was, err := b.Forwarding(ctx, f.FloatingIPID, f.ID)
		if err != nil || was.PortID == f.PortID && was.Address == f.Address {
			return ignoreNotFound(err)
		}
	}
	return b.foreseen(ctx, w)
}

// checkForwarded finds the floating IP of a forwarding, if it is known, and refuses one that leads to a port, or that has a forwarding of
// the same number.
func (b *Backend) checkForwarded(ctx context.Context, f openstack.Forwarding) (at openstack.FloatingIP, err error) {
	if f.FloatingIPID == "" {
		return at, nil
	}
	if at, err = b.FloatingIP(ctx, f.FloatingIPID); err != nil {
		return at, openstack.AttributeErrorf("floatingip_id", "%w", err)
	}
	ahead := b.Planned().FloatingIPs.At(at.ID)
	if len(ahead) == 0 && f.ID == "" {
		ahead = b.Planned().FloatingIPs.Overlay(ctx, openstack.FloatingIP{ID: "none of them"}, []openstack.FloatingIP{at})
	}
	if len(ahead) > 0 && ahead[len(ahead)-1].PortID != "" {
		return at, law.Taken(ahead[len(ahead)-1])
	}
	if f.External == 0 || f.Protocol == "" {
		return at, nil
	}
	others, err := b.Forwardings(ctx, at.ID)
	if err != nil {
		return at, err
	}
	return at, b.whenGone(ctx, func() error { return law.OneNumber(b.Planned().Forwardings.Overlay(ctx, f, others), f, at.Address) })
}

// CreateForwarding records a forwarding, unless its floating IP has one of the same protocol and number.
func (b *Backend) CreateForwarding(ctx context.Context, f openstack.Forwarding) (openstack.Forwarding, error) {
	mark := b.c.Records.Mark("")
	f.ID, f.Mark = cmp.Or(f.ID, uuid.NewString()), &mark
	return b.writeForwarding(ctx, f.FloatingIPID, func(openstack.Forwarding) (openstack.Forwarding, error) { return f, nil }, "")
}

// UpdateForwarding changes a forwarding's record.
func (b *Backend) UpdateForwarding(ctx context.Context, floatingIP, id string, change func(*openstack.Forwarding) error) (
	openstack.Forwarding, error) {
	return b.writeForwarding(ctx, floatingIP, func(was openstack.Forwarding) (openstack.Forwarding, error) {
		f := was
		err := change(&f)
		f.ID, f.FloatingIPID, f.Mark = was.ID, was.FloatingIPID, was.Mark
		return f, err
	}, id)
}

// writeForwarding writes a forwarding that change makes of the record of an id, or of nothing, as soon as a router leads to its port.
func (b *Backend) writeForwarding(ctx context.Context, floatingIP string, change func(openstack.Forwarding) (openstack.Forwarding, error),
	id string) (f openstack.Forwarding, err error) {
	at, err := b.recordedFloatingIP(ctx, floatingIP)
	if err != nil {
		return f, openstack.AttributeErrorf("floatingip_id", "%w", err)
	}
	err = b.whenReady(ctx, func() error {
		var was openstack.Forwarding
		if id != "" {
			if err := b.recordOn(ctx, at.NetworkID, id, &was); err != nil {
				return err
			}
		}
		if f, err = change(was); err != nil {
			return err
		}
		if f, err = b.forward(ctx, at.NetworkID, f, id != ""); err != nil {
			return err
		}
		return b.confirmForwarding(ctx, at.NetworkID, f, was)
	})
	if err == nil {
		if at, err = b.recordedFloatingIP(ctx, floatingIP); err == nil && id == "" {
			err = b.carryNew(ctx, f.ID, at.RouterID, func(end context.Context) error { return b.dropRecord(end, at.NetworkID, f.ID) })
		} else if err == nil {
			err = b.follow(ctx, []string{at.RouterID})
		}
	}
	if err != nil && id == "" && f.ID != "" {
		if failed := b.recordOn(ctx, at.NetworkID, f.ID, &openstack.Forwarding{}); errors.Is(failed, openstack.ErrNotFound) {
			f.ID = ""
		}
	}
	return f, b.Lost(ctx, "floating IP", at.NetworkID, at.ID, err)
}

func (b *Backend) recordOn(ctx context.Context, network, id string, f *openstack.Forwarding) error {
	all, err := b.View(ctx, "port forwarding", network, id)
	if err != nil {
		return err
	}
	return all.Get(forwardingKind, id, f)
}

// routerTo returns the router that leads to where a forwarding does, and the address of the port: its only one, where none is written.
func (b *Backend) routerTo(ctx context.Context, network string, f openstack.Forwarding) (router, address string, err error) {
	p, err := b.portOf(ctx, f.PortID, ofForwarding)
	if err != nil {
		return "", f.Address, err
	}
	ip, err := addressOf(p, f.Address, ofForwarding)
	if err != nil {
		return "", f.Address, err
	}
	router, err = b.router(ctx, way{network, p, ip, ofForwarding})
	return router, ip.Address, err
}

// forward writes a forwarding, and the router that leads there with its floating IP. It returns the forwarding with its port's address.
func (b *Backend) forward(ctx context.Context, network string, f openstack.Forwarding, exists bool) (openstack.Forwarding, error) {
	router, address, err := b.routerTo(ctx, network, f)
	if f.Address = address; err != nil {
		return f, err
	}
	dead, err := b.deadForwardings(ctx, network)
	if err != nil {
		return f, err
	}
	seen, err := b.recordedFloatingIP(ctx, f.FloatingIPID)
	if err != nil {
		return f, openstack.AttributeErrorf("floatingip_id", "%w", err)
	}
	live, err := b.live(ctx, seen)
	if err != nil {
		return f, err
	}
	return f, b.c.Records.OfNetwork(network).Update(ctx, func(all records.Set) error {
		var at openstack.FloatingIP
		if err := all.Get(recorded.FloatingIPKind, f.FloatingIPID, &at); err != nil {
			return openstack.AttributeErrorf("floatingip_id", "%w", err)
		}
		if at.PortID != "" && (live.PortID != "" || !law.SameTarget(at, seen)) {
			return unready{law.Taken(at)}
		}
		if err := all.Get(forwardingKind, f.ID, &openstack.Forwarding{}); err != nil && exists {
			return err
		}
		if err := dropForwardings(all, dead); err != nil {
			return err
		}
		others, err := forwardingsOf(all, f.FloatingIPID)
		if err != nil {
			return err
		}
		if err := law.OneNumber(others, f, at.Address); err != nil {
			return unready{err}
		}
		others = slices.DeleteFunc(others, func(o openstack.Forwarding) bool { return o.ID == f.ID })
		if len(others) > 0 && at.RouterID != "" && at.RouterID != router {
			return openstack.AttributeErrorf("internal_port_id", "the router %s leads to the port, and the floating IP %s is behind the router "+
				"%s by its other forwardings: name a port behind that, or take another floating IP", router, at.Address, at.RouterID)
		}
		at.PortID, at.FixedIP, at.RouterID = "", "", router
		if err := all.Put(recorded.FloatingIPKind, at.ID, at); err != nil {
			return err
		}
		return all.Put(forwardingKind, f.ID, f)
	})
}

// confirmForwarding does for a forwarding what confirm does for a floating IP. was is the record before, without an id where there was
// none.
func (b *Backend) confirmForwarding(ctx context.Context, network string, f, was openstack.Forwarding) error {
	if f.PortID == was.PortID && f.Address == was.Address {
		return nil
	}
	ctx = context.WithoutCancel(ctx) // what cannot stand is taken back, though the time is up
	if err := b.c.Records.Refresh(ctx); err != nil {
		return err
	}
	_, _, err := b.routerTo(ctx, network, f)
	if err == nil {
		return nil
	}
	undone := b.c.Records.OfNetwork(network).Update(ctx, func(all records.Set) error {
		if was.ID == "" {
			return dropForwarding(all, f)
		}
		return all.Put(forwardingKind, f.ID, was)
	})
	if undone != nil {
		return fmt.Errorf("%w; %w", err, undone)
	}
	return err
}
