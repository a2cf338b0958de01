// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// A port's record comes first, because the claim of its addresses is there, and its segment port follows. Where that fails, the record
// goes again; where the process is killed in between, Book makes the segment port. A port goes in the reverse order.

// CheckPort refuses a port that no segment port can be.
func (b *Backend) CheckPort(ctx context.Context, p openstack.Port) error {
	n, err := b.Network(ctx, p.NetworkID, "")
	if err != nil {
		return openstack.AttributeErrorf("network_id", "%w", err)
	}
	if err := b.records.CheckGroups(ctx, n, p); err != nil {
		return err
	}
	if err := b.qos.Check(ctx, p.QoSPolicyID); err != nil {
		return err
	}
	if err := b.checkGroups(ctx, n, p); err != nil {
		return err
	}
	if !policy.Secure(p, n) {
		return nil
	}
	_, err = policy.AddressBindings(p)
	return err
}

// CreatePort claims a port's addresses and MAC in its record, and makes its segment port.
func (b *Backend) CreatePort(ctx context.Context, w sdn.PortRequest) (openstack.Port, error) {
	p, lag := b.records.CreatePort(ctx, w)
	if lag != nil && !openstack.IsPartialEnforcement(lag) {
		return p, lag
	}
	if err := b.putPort(ctx, p); err != nil {
		end := context.WithoutCancel(ctx)
		if undone := b.records.DeletePort(end, p.NetworkID, p.ID); undone != nil && !openstack.IsPartialEnforcement(undone) {
			err = errors.Join(err, fmt.Errorf("its record is left, and can be imported: %w", undone))
		}
		return p, err
	}
	return p, lag
}

// putPort makes the segment port of a port with its profiles, or brings one that is there in line.
func (b *Backend) putPort(ctx context.Context, p openstack.Port) error {
	n, err := b.Network(ctx, p.NetworkID, "")
	if err != nil {
		return err
	}
	owner, err := b.owner(ctx)
	if err != nil {
		return err
	}
	body, err := b.segmentPort(owner, p, n)
	if err != nil {
		return err
	}
	if err := b.prepared(ctx, p); err != nil {
		return err
	}
	path, now := b.root.SegmentPort(n.ID, p.ID), policy.Object{}
	err = b.api.Create(ctx, path, body, &now)
	if errors.Is(err, api.ErrExists) { // a process that was killed has made it, or it is to be changed
		now, err = b.updatePort(ctx, owner, p, n)
		if err == nil && p.QoSPolicyID == "" {
			err = b.unlimit(ctx, n.ID, p.ID)
		}
	}
	if err != nil {
		return err
	}
	b.listOf(n.ID).keep(p.ID, now)
	logging.Network.Info(ctx, "a segment port is made", "port", p.ID, "network", n.Name, "segment", n.ID)
	if err := b.putProfiles(ctx, p, n); err != nil {
		return err
	}
	return b.putBindings(ctx, owner, p)
}

// updatePort brings a segment port that is there in line with its record. NSX may refuse to take address bindings from one that is in use.
func (b *Backend) updatePort(ctx context.Context, owner policy.Owner, p openstack.Port, n openstack.Network) (policy.Object, error) {
	body, err := owner.SegmentPort(p, n)
	if err != nil {
		return nil, err
	}
	shrinks := false
	now, err := b.api.Update(ctx, b.root.SegmentPort(n.ID, p.ID), func(is map[string]any) (bool, error) {
		shrinks = policy.Shrinks(is, body.AddressBindings)
		return b.mergePort(owner, is, p, n)
	})
	if refused := (*api.Error)(nil); shrinks && p.DeviceID != "" && errors.As(err, &refused) && refused.Unwrap() == nil {
		err = policy.ShrinkRefused(p, err)
	}
	return now, err
}

// Follow brings a segment port in line with its changed record. What others have changed of it since is set back, too.
func (b *Backend) Follow(ctx context.Context, before, now openstack.Port) error {
	n, err := b.Network(ctx, now.NetworkID, "")
	if err != nil {
		return err
	}
	differences, there, err1 := b.differences(ctx, now, n)
	drift, _, err2 := b.differences(ctx, before, n)
	if err = errors.Join(err1, err2); err != nil {
		return err
	}
	if there { // the profiles first: the port still differs where a process ends in between, so that the next brings both in line
		stray, failed := b.astray(ctx, now)
		if failed != nil {
			return failed
		}
		err = b.followProfiles(ctx, before, now, n, len(drift) > 0 || stray)
		if err == nil && len(differences) > 0 {
			err = b.changePort(ctx, now, n)
		}
	}
	if !there || isNotFound(err) {
		if err = b.putPort(ctx, now); err == nil {
			err = b.awaitPort(ctx, n.ID, now.ID)
		}
	}
	if err != nil {
		return err
	}
	return b.followBindings(ctx, before, now)
}

// changePort changes a segment port to what its record says, and waits until that is in force.
func (b *Backend) changePort(ctx context.Context, p openstack.Port, n openstack.Network) error {
	owner, err := b.owner(ctx)
	if err == nil {
		err = b.prepared(ctx, p)
	}
	if err != nil {
		return err
	}
	now, err := b.updatePort(ctx, owner, p, n)
	if err != nil {
		return err
	}
	b.listOf(n.ID).keep(p.ID, now)
	return b.awaitPort(ctx, n.ID, p.ID)
}

// followBindings brings the DHCP static bindings of a port in line with its changed record.
func (b *Backend) followBindings(ctx context.Context, before, now openstack.Port) error {
	owner, err := b.owner(ctx)
	if err != nil {
		return err
	}
	was, err1 := b.bindings(ctx, owner, before)
	is, err2 := b.bindings(ctx, owner, now)
	if err := errors.Join(err1, err2); err != nil || reflect.DeepEqual(was, is) {
		return err
	}
	for _, old := range was {
		if !slices.ContainsFunc(is, func(kept policy.StaticBinding) bool { return kept.ID == old.ID }) {
			if err := b.api.Delete(ctx, b.root.StaticBinding(now.NetworkID, old.ID)); err != nil {
				return err
			}
		}
	}
	return b.putBindings(ctx, owner, now)
}

// RemovePort deletes a segment port of ours, after the NIC that was plugged into it is gone.
func (b *Backend) RemovePort(ctx context.Context, p openstack.Port) error {
	owner, err := b.owner(ctx)
	if err != nil {
		return err
	}
	list := b.listOf(p.NetworkID)
	is, there, err := list.port(ctx, p.ID)
	switch {
	case isNotFound(err) || err == nil && !there:
		return nil
	case err != nil:
		return err
	case !owner.Owns(is): // somebody made one of the same id: NSX and this record never were one
		return nil
	}
	if err := b.Released(ctx, p); err != nil {
		return err
	}
	parts, err := b.partsOf(ctx, owner, p)
	if err != nil {
		return err
	}
	for _, path := range parts {
		if err := b.api.Delete(ctx, path); err != nil {
			return err
		}
	}
	if err := b.deletePort(ctx, p); err != nil {
		return err
	}
	list.keep(p.ID, nil)
	logging.Network.Info(ctx, "a segment port is deleted", "port", p.ID, "segment", p.NetworkID)
	return nil
}

// deletePort deletes a segment port whose parts are gone. A process that was killed may have left a binding that its record no longer has.
func (b *Backend) deletePort(ctx context.Context, p openstack.Port) error {
	path := b.root.SegmentPort(p.NetworkID, p.ID)
	err := b.api.DeleteUnused(ctx, path)
	if err == nil {
		return nil
	}
	if errors.Is(err, api.ErrInUse) {
		if err := b.api.Delete(ctx, b.root.PortDiscoveryMap(p.NetworkID, p.ID)); err != nil {
			return err
		}
		if err := b.unlimit(ctx, p.NetworkID, p.ID); err != nil {
			return err
		}
	}
	return b.api.Delete(ctx, path)
}

// partsOf returns the paths of what must go before a segment port: its DHCP static bindings and its binding maps.
func (b *Backend) partsOf(ctx context.Context, owner policy.Owner, p openstack.Port) (paths []string, err error) {
	n, err := b.Network(ctx, p.NetworkID, "")
	if err != nil {
		return nil, err
	}
	all, err := b.bindings(ctx, owner, p)
	for _, binding := range all {
		paths = append(paths, b.root.StaticBinding(n.ID, binding.ID))
	}
	paths = append(paths, b.root.PortSecurityMap(n.ID, p.ID))
	if b.root.PortProfiles(p, n, 0).Discovery != nil {
		paths = append(paths, b.root.PortDiscoveryMap(n.ID, p.ID))
	}
	if p.QoSPolicyID != "" {
		paths = append(paths, b.root.PortQoSMap(n.ID, p.ID))
	}
	return paths, err
}

// removeStrays deletes the segment ports of ours that have no record, from a segment that is to be deleted: a process was killed before it
// could.
func (b *Backend) removeStrays(ctx context.Context, n openstack.Network) error {
	all, err := b.listOf(n.ID).get(ctx, 0)
	if err != nil {
		return err
	}
	owner, err := b.owner(ctx)
	if err != nil {
		return err
	}
	for _, o := range all {
		if owner.Owns(o) {
			if err := b.RemovePort(ctx, owner.Port(o)); err != nil {
				return err
			}
		}
	}
	return nil
}

func isNotFound(err error) bool { return errors.Is(err, openstack.ErrNotFound) }
