// SPDX-License-Identifier: MPL-2.0

package qos

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

// Records are those of the QoS policies, and of the ports that have them.
type Records interface {
	// QoSPolicies returns all policies.
	QoSPolicies(ctx context.Context) ([]openstack.QoSPolicy, error)
	// QoSPolicy reads one policy.
	QoSPolicy(ctx context.Context, id string) (openstack.QoSPolicy, error)
	// HasQoSPolicy is QoSPolicy with an error at the argument that names a policy.
	HasQoSPolicy(ctx context.Context, id string) (openstack.QoSPolicy, error)
	// Ports returns the ports of a network, of all networks where that is empty.
	Ports(ctx context.Context, network string) ([]openstack.Port, error)
}

// Profiles are those of NSX that this provider's QoS policies have. A policy gets its profile with the first segment or port that has it,
// and loses it before its record goes. Whoever changes the record brings the profile in line by one write, however many ports have it.
type Profiles struct {
	api     *api.Client
	root    policy.Root
	records Records
	refresh func(context.Context) error                 // has the records be read anew
	owner   func(context.Context) (policy.Owner, error) // tells ours from others
	known   sync.Map                                    // profiles by the ids of their policies
}

// New prepares the profiles without calling NSX. refresh has the records be read anew, and owner tells this provider's objects from others.
func New(client *api.Client, records Records, refresh func(context.Context) error,
	owner func(context.Context) (policy.Owner, error)) *Profiles {
	return &Profiles{api: client, root: policy.Root(client.Root()), records: records, refresh: refresh, owner: owner}
}

// profile is the profile of a QoS policy, as last seen or written.
type profile struct {
	mu   sync.Mutex // held while NSX is asked, so that one of many ports makes the profile
	seen bool
	is   policy.Object // nil: NSX has none
}

// lock locks the profile of a QoS policy, and reads it where this process has not seen it yet.
func (p *Profiles) lock(ctx context.Context, id string, anew bool) (*profile, error) {
	known, _ := p.known.LoadOrStore(id, &profile{})
	one, _ := known.(*profile)
	one.mu.Lock()
	if one.seen && !anew {
		return one, nil
	}
	var is policy.Object
	err := p.api.Get(ctx, p.root.QoSProfile(id), &is)
	if errors.Is(err, openstack.ErrNotFound) {
		is, err = nil, nil
	}
	if err != nil {
		one.mu.Unlock()
		return nil, err
	}
	one.seen, one.is = true, is
	return one, nil
}

// Of returns the profile of a QoS policy as last seen or written, which nobody may change; nil where NSX has none.
func (p *Profiles) Of(ctx context.Context, id string) (policy.Object, error) {
	one, err := p.lock(ctx, id, false)
	if err != nil {
		return nil, err
	}
	defer one.mu.Unlock()
	return one.is, nil
}

// Forget has the profile of a QoS policy be read anew.
func (p *Profiles) Forget(id string) { p.known.Delete(id) }

// Check refuses a QoS policy that does not exist, or whose limits NSX cannot keep; "" is none.
func (p *Profiles) Check(ctx context.Context, id string) error {
	is, err := p.records.HasQoSPolicy(ctx, id)
	if err != nil {
		return err
	}
	if err := policy.CheckLimits(is); err != nil {
		return openstack.AttributeErrorf("qos_policy_id", "%w", err)
	}
	return nil
}

// Law returns what refuses limits of a QoS policy that NSX cannot keep, where a network on NSX has, or has had, the policy.
func (p *Profiles) Law(ctx context.Context, id string) (check func(openstack.QoSPolicy) error, err error) {
	is, err := p.Of(ctx, id)
	if err != nil || is == nil {
		return func(openstack.QoSPolicy) error { return nil }, err
	}
	return policy.CheckLimits, nil
}

// Put makes the profile of a QoS policy, or brings one that is there in line with the policy's record.
func (p *Profiles) Put(ctx context.Context, id string) error {
	if err := p.Check(ctx, id); err != nil {
		return err
	}
	one, err := p.lock(ctx, id, false)
	if err != nil {
		return err
	}
	defer one.mu.Unlock()
	owner, err := p.owner(ctx)
	if err != nil {
		return err
	}
	want, err := p.records.HasQoSPolicy(ctx, id)
	if err != nil || one.is != nil && owner.Owns(one.is) && policy.Limits(one.is, want) {
		return err
	}
	if one.is != nil {
		return p.write(ctx, owner, id, one)
	}
	err = p.api.Create(ctx, p.root.QoSProfile(id), owner.QoSProfile(want), nil)
	if err != nil && !errors.Is(err, api.ErrExists) {
		return err
	}
	made := err == nil
	logging.Network.Info(ctx, "a QoS policy has a profile in NSX", "policy", id, "made", made)
	if err = p.write(ctx, owner, id, one); made && errors.Is(err, openstack.ErrNotFound) { // the policy was deleted meanwhile
		err = errors.Join(openstack.AttributeErrorf("qos_policy_id", "there is no QoS policy %s any more", id),
			p.api.DeleteUnused(ctx, p.root.QoSProfile(id)))
	}
	return err
}

// write brings a profile in line with the policy's record, which it reads after the profile: of two processes that change a policy, the one
// that writes the profile last has read the last record, because NSX takes a profile only from whoever has read it as it is.
func (p *Profiles) write(ctx context.Context, owner policy.Owner, id string, one *profile) error {
	now, err := p.api.Update(ctx, p.root.QoSProfile(id), func(is map[string]any) (bool, error) {
		if err := p.refresh(ctx); err != nil {
			return false, err
		}
		want, err := p.records.QoSPolicy(ctx, id)
		if err != nil {
			return false, err
		}
		if err := policy.CheckLimits(want); err != nil {
			return false, err
		}
		return owner.MergeQoSProfile(is, want)
	})
	if err != nil {
		one.seen = false
		return err
	}
	one.seen, one.is = true, now
	return nil
}

// Follow brings the profile of a changed QoS policy in line with its record, where there is one.
func (p *Profiles) Follow(ctx context.Context, id string) error {
	one, err := p.lock(ctx, id, false)
	if err != nil {
		return err
	}
	defer one.mu.Unlock()
	owner, err := p.owner(ctx)
	if err != nil {
		return err
	}
	err = p.write(ctx, owner, id, one)
	if errors.Is(err, openstack.ErrNotFound) { // no network on NSX has the policy, or it is deleted
		return nil
	}
	return err
}

// Free deletes the profile of a QoS policy that no port's record has. Segments that have it keep it.
func (p *Profiles) Free(ctx context.Context, id string) error {
	owner, err := p.owner(ctx)
	if err != nil {
		return err
	}
	one, err := p.lock(ctx, id, true)
	if err != nil {
		return err
	}
	defer one.mu.Unlock()
	if one.is == nil || !owner.Owns(one.is) { // none, or one that somebody else made
		return nil
	}
	path := p.root.QoSProfile(id)
	err = p.api.DeleteUnused(ctx, path)
	if errors.Is(err, api.ErrInUse) {
		users, failed := p.unbindStrays(ctx, owner, id, err)
		switch {
		case failed != nil:
			return failed
		case len(users) > 0:
			return fmt.Errorf("the QoS policy %s is in use: %s have it. Take it off them in an apply of its own, because Terraform destroys before "+
				"it updates: %w", one.is.Name(), strings.Join(users, ", "), err)
		}
		err = p.api.Delete(ctx, path) // NSX lets go of the last binding in the background
	}
	if err != nil {
		return err
	}
	one.is = nil
	logging.Network.Info(ctx, "the profile of a QoS policy is deleted", "policy", id)
	return nil
}
