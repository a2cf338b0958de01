// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/firewall"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// A segment port belongs to security groups by its tags, so a change of its groups is one write of the port, whatever rules they have.

// Preparing sets what makes the objects of the firewall that ports with security groups need, before a port bears their tags.
func (b *Backend) Preparing(prepare func(ctx context.Context, p openstack.Port) error) {
	b.prepare = prepare
}

// prepared makes what the firewall needs of a port's security groups.
func (b *Backend) prepared(ctx context.Context, p openstack.Port) error {
	if b.prepare == nil || len(b.records.OnNSX(p.Groups)) == 0 {
		return nil
	}
	return b.prepare(ctx, p)
}

// checkGroups refuses security groups that nothing enforces at a segment port, and more of them than it can have.
func (b *Backend) checkGroups(ctx context.Context, n openstack.Network, p openstack.Port) error {
	if len(b.records.Filtering(p.Groups)) > 0 {
		return openstack.AttributeErrorf("security_group_ids", "the network %s is on NSX, and the provider's security_groups is %q: a "+
			"distributed switch does not filter the ports of segments. Write no_security_groups = true, use a network of a distributed switch, or "+
			"have NSX enforce groups (security_groups = \"nsx\")", n.Name, b.records.Enforcer())
	}
	p.Groups = b.records.OnNSX(p.Groups)
	if len(p.Groups) == 0 {
		return nil
	}
	owner, err := b.owner(ctx)
	if err != nil {
		return err
	}
	return firewall.CheckPort(owner, p)
}

// tagged returns the ids in NSX of the security groups by which NSX filters a port.
func (b *Backend) tagged(w policy.Owner, p openstack.Port) []string {
	groups := b.records.OnNSX(p.Groups)
	for i, id := range groups {
		groups[i] = firewall.IDOf(w, id)
	}
	return groups
}

// segmentPort returns the body of a port's segment port, with the tags of its security groups.
func (b *Backend) segmentPort(w policy.Owner, p openstack.Port, n openstack.Network) (policy.SegmentPort, error) {
	body, err := w.SegmentPort(p, n)
	body.Tags = append(body.Tags, firewall.PortTags(b.tagged(w, p))...)
	return body, err
}

// mergePort changes a segment port as it was read to what its port is to be, with the tags of its security groups: none where NSX does not
// enforce them any more.
func (b *Backend) mergePort(w policy.Owner, o policy.Object, p openstack.Port, n openstack.Network) (changed bool, err error) {
	changed, err = w.MergePort(o, p, n)
	if err != nil {
		return false, err
	}
	regrouped, err := firewall.MergePortTags(w, o, b.tagged(w, p))
	return changed || regrouped, err
}
