// SPDX-License-Identifier: MPL-2.0

package l3

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded/l3/law"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// recordedFloatingIP finds the record of a floating IP on any network, with what it leads to even if that is gone.
func (b *Backend) recordedFloatingIP(ctx context.Context, id string) (openstack.FloatingIP, error) {
	f, found, err := recorded.Find[openstack.FloatingIP](ctx, b.Backend, recorded.FloatingIPKind, id)
	if err == nil && !found {
		err = openstack.NotFound("there is no floating IP %s", id)
	}
	return f, err
}

// FloatingIP finds a floating IP in the records of all networks.
func (b *Backend) FloatingIP(ctx context.Context, id string) (openstack.FloatingIP, error) {
	f, err := b.recordedFloatingIP(ctx, id)
	if err != nil {
		return f, err
	}
	return b.live(ctx, f)
}

// FloatingIPOn reads one floating IP.
func (b *Backend) FloatingIPOn(ctx context.Context, network, id string) (f openstack.FloatingIP, err error) {
	all, err := b.View(ctx, "floating IP", network, id)
	if err != nil {
		return f, err
	}
	if err := all.Get(recorded.FloatingIPKind, id, &f); err != nil {
		return f, err
	}
	return b.live(ctx, f)
}

// live returns a floating IP without a port that is gone, or that does not have the address any more.
func (b *Backend) live(ctx context.Context, f openstack.FloatingIP) (openstack.FloatingIP, error) {
	if f.PortID == "" {
		return f, nil
	}
	there, err := b.there(ctx, f.PortID, f.FixedIP)
	if err == nil && !there {
		f.PortID, f.FixedIP, f.RouterID = "", "", ""
	}
	return f, err
}

// FloatingIPs returns the floating IPs of one network or, if network is empty, of all.
func (b *Backend) FloatingIPs(ctx context.Context, network string) ([]openstack.FloatingIP, error) {
	all, err := recorded.On[openstack.FloatingIP](ctx, b.Backend, recorded.FloatingIPKind, network)
	if err != nil {
		return nil, err
	}
	all = slices.Clone(all)
	for i := range all {
		if all[i], err = b.live(ctx, all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// IdleFloatingIPs returns the floating IPs that lead nowhere and are equal to a new one in all that is written, of the same user and
// project, but for those that this process has made. A new one with an address or a port meets what a killed process has left anyway.
func (b *Backend) IdleFloatingIPs(ctx context.Context, f openstack.FloatingIP) ([]openstack.FloatingIP, error) {
	if f.Address != "" || f.PortID != "" {
		return nil, nil
	}
	all, err := b.FloatingIPs(ctx, f.NetworkID)
	own := b.c.Records.Mark("")
	return slices.DeleteFunc(all, func(o openstack.FloatingIP) bool {
		alike := o
		alike.ID, alike.Mark, alike.Address = f.ID, f.Mark, ""
		if f.SubnetID == "" {
			alike.SubnetID = ""
		}
		return o.PortID != "" || o.RouterID != "" || !b.LeftBehind(o.ID, o.Mark, &own) || !recordsEqual(alike, f)
	}), err
}

// aimed returns a floating IP with the address of the port that it leads to, and the router that leads there. Where that router may still
// come the error is an unready.
func (b *Backend) aimed(ctx context.Context, f openstack.FloatingIP) (openstack.FloatingIP, error) {
	if f.PortID == "" {
		f.FixedIP, f.RouterID = "", ""
		return f, nil
	}
	p, err := b.portOf(ctx, f.PortID, ofFloatingIP)
	if err != nil {
		return f, err
	}
	ip, err := addressOf(p, f.FixedIP, ofFloatingIP)
	if err != nil {
		return f, err
	}
	f.FixedIP = ip.Address
	f.RouterID, err = b.router(ctx, way{f.NetworkID, p, ip, ofFloatingIP})
	return f, err
}

// confirm looks whether the router that leads to a floating IP's port is still there after the record was written, because routers,
// interfaces and floating IPs are recorded in different VMs: deleting an interface looks for floating IPs in the same way. If it is not,
// the record becomes what it was before, or goes if before is nil.
func (b *Backend) confirm(ctx context.Context, f openstack.FloatingIP, before *openstack.FloatingIP) error {
	if f.PortID == "" {
		return nil
	}
	ctx = context.WithoutCancel(ctx) // what cannot stand is taken back, though the time is up
	if err := b.c.Records.Refresh(ctx); err != nil {
		return err
	}
	now, err := b.aimed(ctx, f)
	if err == nil && now.RouterID == f.RouterID {
		return nil
	}
	if err == nil {
		err = unready{fmt.Errorf("the router %s, which led to the port %s, was changed a moment ago: apply again", f.RouterID, f.PortID)}
	}
	undone := b.c.Records.OfNetwork(f.NetworkID).Update(ctx, func(all records.Set) error {
		var is openstack.FloatingIP
		if err := all.Get(recorded.FloatingIPKind, f.ID, &is); err != nil || !recordsEqual(is, f) {
			return ignoreNotFound(err)
		}
		if before != nil {
			return all.Put(recorded.FloatingIPKind, f.ID, *before)
		}
		all.Drop(recorded.FloatingIPKind, f.ID)
		return nil
	})
	if undone != nil {
		return errors.Join(err, undone)
	}
	return err
}

// UpdateFloatingIP changes a floating IP's record, and finds the router that leads to its port where it leads to another one.
func (b *Backend) UpdateFloatingIP(ctx context.Context, id string, change func(*openstack.FloatingIP) error) (openstack.FloatingIP, error) {
	seen, err := b.recordedFloatingIP(ctx, id)
	if err != nil {
		return seen, err
	}
	var now openstack.FloatingIP
	var was openstack.FloatingIP
	err = b.whenReady(ctx, func() (err error) {
		if was, err = b.recordedFloatingIP(ctx, id); err != nil {
			return err
		}
		for written := false; !written; {
			if now, err = b.changed(ctx, was, change); err != nil {
				return err
			}
			before := was // where another process has changed it since, its record is changed again
			if was, err = b.putFloatingIP(ctx, before, now); err != nil {
				return err
			}
			written = recordsEqual(was, before)
		}
		if law.SameTarget(now, was) {
			return nil
		}
		return b.confirm(ctx, now, &was)
	})
	if err == nil {
		err = b.follow(ctx, []string{was.RouterID, now.RouterID})
	}
	return now, b.Lost(ctx, "floating IP", seen.NetworkID, id, err)
}

// changed applies a change to a record: its identity and address stay.
func (b *Backend) changed(ctx context.Context, was openstack.FloatingIP, change func(*openstack.FloatingIP) error) (openstack.FloatingIP,
	error) {
	f, err := b.live(ctx, was)
	if err != nil {
		return f, err
	}
	had := f
	if err := change(&f); err != nil {
		return f, err
	}
	f.ID, f.NetworkID, f.SubnetID, f.Address, f.Mark = was.ID, was.NetworkID, was.SubnetID, was.Address, was.Mark
	if f.RouterID = had.RouterID; law.SameTarget(f, had) {
		return f, nil
	}
	return b.aimed(ctx, f)
}

// putFloatingIP writes a changed record in the place of another, and returns the record that was there. If that is not the other one,
// nothing is written.
func (b *Backend) putFloatingIP(ctx context.Context, before, f openstack.FloatingIP) (was openstack.FloatingIP, err error) {
	err = b.c.Records.OfNetwork(f.NetworkID).Update(ctx, func(all records.Set) error {
		was = openstack.FloatingIP{}
		if err := all.Get(recorded.FloatingIPKind, f.ID, &was); err != nil {
			return err
		}
		if !recordsEqual(was, before) {
			return nil
		}
		if f.PortID != "" && !law.SameTarget(f, was) {
			others, err1 := records.All[openstack.FloatingIP](all, recorded.FloatingIPKind)
			behind, err2 := forwardingsOf(all, f.ID)
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
			if err := errors.Join(law.OneEach(others, f), law.Unforwarded(f, behind)); err != nil {
				return unready{err}
			}
		}
		return all.Put(recorded.FloatingIPKind, f.ID, f)
	})
	if err != nil {
		was = before
	}
	return was, err
}

// recordsEqual reports whether two records are the same.
func recordsEqual(a, b any) bool { return records.Fingerprint(a) == records.Fingerprint(b) }

// DeleteFloatingIP removes a floating IP's record, which frees its address. Forwardings to what is gone go with it.
func (b *Backend) DeleteFloatingIP(ctx context.Context, id string) error {
	f, err := b.recordedFloatingIP(ctx, id)
	if err != nil {
		return err
	}
	routers := []string{f.RouterID}
	if behind, err := b.Forwardings(ctx, id); err != nil || len(behind) > 0 {
		routers = nil // it will be refused, and leads on
	}
	err = b.part(ctx, id, routers, func() error { return b.dropFloatingIP(ctx, f) })
	if err != nil {
		return b.Lost(ctx, "floating IP", f.NetworkID, id, err)
	}
	return b.Retire(ctx, f.NetworkID)
}

// dropFloatingIP removes the record of a floating IP, unless it has forwardings.
func (b *Backend) dropFloatingIP(ctx context.Context, f openstack.FloatingIP) error {
	dead, err := b.deadForwardings(ctx, f.NetworkID)
	if err != nil {
		return err
	}
	return b.c.Records.OfNetwork(f.NetworkID).Update(ctx, func(all records.Set) error {
		if err := all.Get(recorded.FloatingIPKind, f.ID, &openstack.FloatingIP{}); err != nil {
			return err
		}
		if err := dropForwardings(all, dead); err != nil {
			return err
		}
		behind, err := forwardingsOf(all, f.ID)
		if err != nil {
			return err
		}
		if len(behind) > 0 {
			return fmt.Errorf("the floating IP %s (%s) is in use: it has the port forwarding %s. Delete that first", f.Address, f.ID, behind[0].ID)
		}
		all.Drop(recorded.FloatingIPKind, f.ID)
		return nil
	})
}
