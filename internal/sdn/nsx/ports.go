package nsx

import (
	"context"
	"errors"
	"fmt"
	"reflect"

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
	switch {
	case len(b.records.Filtering(p.Groups)) > 0:
		return openstack.AttributeErrorf("security_group_ids", "the network %s is on NSX, and the provider's security_groups is %q: a distributed "+
			"switch does not filter the ports of segments, and groups of NSX are not in this version. Write no_security_groups = true, or use a "+
			"network of a distributed switch", n.Name, b.records.Enforcer())
	case p.QoSPolicyID != "":
		return openstack.AttributeErrorf("qos_policy_id", "the network %s is on NSX, where QoS policies are not carried out in this version: "+
			"leave it out, or use a network of a distributed switch", n.Name)
	case !policy.Secure(p, n):
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
	body, err := owner.SegmentPort(p, n)
	if err != nil {
		return err
	}
	path, now := b.root.SegmentPort(n.ID, p.ID), policy.Object{}
	err = b.api.Create(ctx, path, body, &now)
	if errors.Is(err, api.ErrExists) { // a process that was killed has made it, or it is to be changed
		var is map[string]any
		is, err = b.api.Update(ctx, path, func(is map[string]any) (bool, error) { return owner.MergePort(is, p, n) })
		now = is
	}
	if err != nil {
		return b.refusedPort(p, now, err)
	}
	b.listOf(n.ID).keep(p.ID, now)
	logging.Network.Info(ctx, "a segment port is made", "port", p.ID, "network", n.Name, "segment", n.ID)
	return b.putProfiles(ctx, p, n)
}

// refusedPort explains why a segment port could not be changed.
func (b *Backend) refusedPort(p openstack.Port, _ policy.Object, err error) error {
	var field *openstack.FieldError
	if errors.As(err, &field) || p.DeviceID == "" {
		return err
	}
	return fmt.Errorf("%w. Where NSX does not let addresses be taken from a port that is in use, unplug it from the instance %s first, or "+
		"replace it", err, p.DeviceID)
}

// Follow brings a segment port in line with its changed record.
func (b *Backend) Follow(ctx context.Context, before, now openstack.Port) error {
	n, err := b.Network(ctx, now.NetworkID, "")
	if err != nil {
		return err
	}
	owner, err := b.owner(ctx)
	if err != nil {
		return err
	}
	was, err1 := owner.SegmentPort(before, n)
	is, err2 := owner.SegmentPort(now, n)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if !reflect.DeepEqual(was, is) {
		if err := b.changePort(ctx, owner, now, n); err != nil {
			return err
		}
	}
	if !reflect.DeepEqual(b.root.PortProfiles(before, n, 0), b.root.PortProfiles(now, n, 0)) {
		return b.putProfiles(ctx, now, n)
	}
	return nil
}

// changePort changes a segment port to what its record says, and makes it where it is missing.
func (b *Backend) changePort(ctx context.Context, owner policy.Owner, p openstack.Port, n openstack.Network) error {
	now, err := b.api.Update(ctx, b.root.SegmentPort(n.ID, p.ID), func(is map[string]any) (bool, error) {
		return owner.MergePort(is, p, n)
	})
	switch {
	case isNotFound(err):
		return b.putPort(ctx, p)
	case err != nil:
		return b.refusedPort(p, now, err)
	}
	b.listOf(n.ID).keep(p.ID, now)
	return b.awaitPort(ctx, n.ID, p.ID)
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
	maps := []string{b.root.PortSecurityMap(p.NetworkID, p.ID)}
	if n, err := b.Network(ctx, p.NetworkID, ""); err == nil && b.root.PortProfiles(p, n, 0).Discovery != nil {
		maps = append(maps, b.root.PortDiscoveryMap(p.NetworkID, p.ID))
	}
	for _, path := range append(maps, b.root.SegmentPort(p.NetworkID, p.ID)) {
		if err := b.api.Delete(ctx, path); err != nil {
			return err
		}
	}
	list.keep(p.ID, nil)
	logging.Network.Info(ctx, "a segment port is deleted", "port", p.ID, "segment", p.NetworkID)
	return nil
}

// removeStrays deletes the segment ports of ours that have no record, from a segment that is to be deleted: a process was killed before it
// could.
func (b *Backend) removeStrays(ctx context.Context, n openstack.Network) error {
	all, err := b.listOf(n.ID).get(ctx, true)
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
