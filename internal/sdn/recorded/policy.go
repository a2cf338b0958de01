// SPDX-License-Identifier: MPL-2.0

package recorded

import (
	"context"
	"errors"
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
)

// No agent keeps what a vCenter's network lets pass up to date. So a process that changes a group, a rule or a member updates every
// plugged-in port at once, whichever workspace manages the port. OpenStack does the same, and it must not wait: an address that a member
// has given back may belong to another port a moment later.

// CurrentPolicy returns the policy that this process has, or reads a new one if records have changed since.
func (b *Backend) CurrentPolicy(ctx context.Context) (*traffic.Policy, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known != nil && b.knownAge == b.c.Records.Age() {
		return b.known, nil
	}
	// take the age before reading: what other goroutines write meanwhile may be missing in the snapshot
	now := &traffic.Policy{Groups: map[string]openstack.SecurityGroup{}, Ports: map[string]openstack.Port{}, Members: map[string][]string{},
		QoS: map[string]openstack.QoSPolicy{}, Trunks: map[string]openstack.Trunk{}, Enforced: b.enforced, Elsewhere: b.AsInOpenStack()}
	age := b.c.Records.Age()
	groups, err := b.Groups(ctx)
	if err != nil {
		return nil, err
	}
	ports, err := b.Ports(ctx, "")
	if err != nil {
		return nil, err
	}
	addresses, err := b.AddressGroups(ctx)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		now.Groups[g.ID] = g
	}
	for _, g := range addresses {
		now.Members[g.ID] = sdn.Merged(g.Addresses)
	}
	if err := b.addQoS(ctx, now); err != nil {
		return nil, err
	}
	for _, p := range ports {
		now.Ports[p.ID] = p
		own, err := traffic.Addresses(p)
		if err != nil {
			return nil, fmt.Errorf("the port %s: %w", p.ID, err)
		}
		for _, id := range p.Groups {
			for _, prefix := range own {
				now.Members[id] = append(now.Members[id], prefix.String())
			}
		}
	}
	b.known, b.knownAge = now, age
	return now, nil
}

// FreshPolicy returns the policy after reading the records again, with the changes of other processes.
func (b *Backend) FreshPolicy(ctx context.Context) (*traffic.Policy, error) {
	if err := b.c.Records.Refresh(ctx); err != nil {
		return nil, err
	}
	return b.CurrentPolicy(ctx)
}

// addQoS adds QoS policies and trunks.
func (b *Backend) addQoS(ctx context.Context, now *traffic.Policy) error {
	policies, err1 := b.QoSPolicies(ctx)
	trunks, err2 := b.Trunks(ctx)
	for _, p := range policies {
		now.QoS[p.ID] = p
	}
	for _, t := range trunks {
		now.Trunks[t.ID] = t
	}
	return errors.Join(err1, err2)
}

// CheckGroups refuses groups that do not exist, and groups on a port that cannot have any.
func (b *Backend) CheckGroups(ctx context.Context, n openstack.Network, p openstack.Port) error {
	if len(b.enforced(p.Groups)) == 0 {
		return atGroups(b.checkTogether(p.Groups))
	}
	if err := b.requireEnforcerFor(p.Groups); err != nil {
		return atGroups(err)
	}
	if err := b.law.CheckMember(p); err != nil {
		return err
	}
	now, err := b.CurrentPolicy(ctx)
	if err != nil {
		return err
	}
	for _, id := range b.enforced(p.Groups) {
		if _, there := now.Groups[id]; !there && !b.expectsGroup(id) {
			return openstack.AttributeErrorf("security_group_ids", "there is no security group %s", id)
		}
	}
	insecure := n.Insecure
	if p.Insecure != nil {
		insecure = *p.Insecure
	}
	if insecure {
		return openstack.AttributeErrorf("security_group_ids", "a port with security groups needs port security, as in OpenStack: write "+
			"port_security_enabled = true, or no_security_groups = true")
	}
	return nil
}

// atGroups attaches an error about groups to their attribute, unless it names one already.
func atGroups(err error) error {
	var field *openstack.FieldError
	if err == nil || errors.As(err, &field) {
		return err
	}
	return openstack.AttributeErrorf("security_group_ids", "%w", err)
}

// carryOut has the network follow a change, if it concerns a port, a QoS policy or a group that filters.
func (b *Backend) carryOut(ctx context.Context, c traffic.Change) error {
	if c.Groups = b.Filtering(c.Groups); c.Port == "" && len(c.Groups)+len(c.QoS) == 0 {
		return nil
	}
	return b.place.CarryOut(ctx, c)
}
