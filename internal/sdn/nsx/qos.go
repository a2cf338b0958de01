package nsx

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// A QoS policy gets its profile with the first segment or port that has it, and loses it before its record goes. Whoever changes the
// record brings the profile in line by one write, however many ports have the policy.

// qosProfile is the profile of a QoS policy, as last seen or written.
type qosProfile struct {
	mu   sync.Mutex // held while NSX is asked, so that one of many ports makes the profile
	seen bool
	is   policy.Object // nil: NSX has none
}

// lockQoS locks the profile of a QoS policy, and reads it where this process has not seen it yet.
func (b *Backend) lockQoS(ctx context.Context, id string, anew bool) (*qosProfile, error) {
	known, _ := b.qos.LoadOrStore(id, &qosProfile{})
	one, _ := known.(*qosProfile)
	one.mu.Lock()
	if one.seen && !anew {
		return one, nil
	}
	var is policy.Object
	err := b.api.Get(ctx, b.root.QoSProfile(id), &is)
	if isNotFound(err) {
		is, err = nil, nil
	}
	if err != nil {
		one.mu.Unlock()
		return nil, err
	}
	one.seen, one.is = true, is
	return one, nil
}

// limitedBy returns the profile of a QoS policy as last seen or written; nil where NSX has none.
func (b *Backend) limitedBy(ctx context.Context, id string) (policy.Object, error) {
	one, err := b.lockQoS(ctx, id, false)
	if err != nil {
		return nil, err
	}
	defer one.mu.Unlock()
	return copied(one.is), nil
}

// hasQoS reports whether there are QoS policies. Where there are none, NSX is asked nothing about them.
func (b *Backend) hasQoS(ctx context.Context) (bool, error) {
	all, err := b.records.QoSPolicies(ctx)
	return len(all) > 0, err
}

// checkQoS refuses a QoS policy that does not exist, or whose limits NSX cannot keep.
func (b *Backend) checkQoS(ctx context.Context, id string) error {
	p, err := b.records.HasQoSPolicy(ctx, id)
	if err != nil {
		return err
	}
	if err := policy.CheckLimits(p); err != nil {
		return openstack.AttributeErrorf("qos_policy_id", "%w", err)
	}
	return nil
}

// QoSLaw returns what refuses limits of a QoS policy that NSX cannot keep, where a network on NSX has, or has had, the policy.
func (b *Backend) QoSLaw(ctx context.Context, id string) (check func(openstack.QoSPolicy) error, err error) {
	is, err := b.limitedBy(ctx, id)
	if err != nil || is == nil {
		return func(openstack.QoSPolicy) error { return nil }, err
	}
	return policy.CheckLimits, nil
}

// putQoS makes the profile of a QoS policy, or brings one that is there in line with the policy's record.
func (b *Backend) putQoS(ctx context.Context, id string) error {
	if err := b.checkQoS(ctx, id); err != nil {
		return err
	}
	one, err := b.lockQoS(ctx, id, false)
	if err != nil {
		return err
	}
	defer one.mu.Unlock()
	owner, err := b.owner(ctx)
	if err != nil {
		return err
	}
	p, err := b.records.HasQoSPolicy(ctx, id)
	if err != nil || one.is != nil && owner.Owns(one.is) && policy.Limits(one.is, p) {
		return err
	}
	path := b.root.QoSProfile(id)
	if one.is == nil {
		err = b.api.Create(ctx, path, owner.QoSProfile(p), nil)
		if err != nil && !errors.Is(err, api.ErrExists) {
			return err
		}
		made := err == nil
		logging.Network.Info(ctx, "a QoS policy has a profile in NSX", "policy", id, "made", made)
		if err = b.writeQoS(ctx, owner, id, one); made && isNotFound(err) { // the policy was deleted meanwhile
			err = errors.Join(openstack.AttributeErrorf("qos_policy_id", "there is no QoS policy %s any more", id), b.api.DeleteUnused(ctx, path))
		}
		return err
	}
	return b.writeQoS(ctx, owner, id, one)
}

// writeQoS brings a profile in line with the policy's record, which it reads after the profile: of two processes that change a policy, the
// one that writes the profile last has read the last record, because NSX takes a profile only from whoever has read it as it is.
func (b *Backend) writeQoS(ctx context.Context, owner policy.Owner, id string, one *qosProfile) error {
	now, err := b.api.Update(ctx, b.root.QoSProfile(id), func(is map[string]any) (bool, error) {
		if err := b.c.Records.Refresh(ctx); err != nil {
			return false, err
		}
		p, err := b.records.QoSPolicy(ctx, id)
		if err != nil {
			return false, err
		}
		if err := policy.CheckLimits(p); err != nil {
			return false, err
		}
		return owner.MergeQoSProfile(is, p)
	})
	if err != nil {
		one.seen = false
		return err
	}
	one.seen, one.is = true, now
	return nil
}

// FollowQoS brings the profile of a changed QoS policy in line with its record, where there is one.
func (b *Backend) FollowQoS(ctx context.Context, id string) error {
	one, err := b.lockQoS(ctx, id, false)
	if err != nil {
		return err
	}
	defer one.mu.Unlock()
	owner, err := b.owner(ctx)
	if err != nil {
		return err
	}
	err = b.writeQoS(ctx, owner, id, one)
	if isNotFound(err) { // no network on NSX has the policy, or it is deleted
		one.seen, one.is, err = true, nil, nil
	}
	return err
}

// FreeQoS deletes the profile of a QoS policy that no port's record has. Segments that have it keep it.
func (b *Backend) FreeQoS(ctx context.Context, id string) error {
	owner, err := b.owner(ctx)
	if err != nil {
		return err
	}
	one, err := b.lockQoS(ctx, id, true)
	if err != nil {
		return err
	}
	defer one.mu.Unlock()
	if one.is == nil || !owner.Owns(one.is) { // none, or one that somebody else made
		return nil
	}
	path := b.root.QoSProfile(id)
	err = b.api.DeleteUnused(ctx, path)
	if errors.Is(err, api.ErrInUse) {
		users, failed := b.unbindStrays(ctx, owner, id, err)
		switch {
		case failed != nil:
			return failed
		case len(users) > 0:
			return fmt.Errorf("the QoS policy %s is in use: %s have it. Take it off them in an apply of its own, because Terraform destroys before "+
				"it updates: %w", one.is.Name(), strings.Join(users, ", "), err)
		}
		err = b.api.Delete(ctx, path) // NSX lets go of the last binding in the background
	}
	if err != nil {
		return err
	}
	one.is = nil
	logging.Network.Info(ctx, "the profile of a QoS policy is deleted", "policy", id)
	return nil
}
