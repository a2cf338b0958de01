// SPDX-License-Identifier: MPL-2.0

package groups

import (
	"context"
	"errors"
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/firewall"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// addressesDiffer tells which address groups that rules of a security group name have other addresses in NSX than are recorded: a process
// was killed before it could write them. What seems to differ is read again, the record too.
func (b *Backend) addressesDiffer(ctx context.Context, w policy.Owner, g openstack.SecurityGroup) (lines []string, err error) {
	differs := func(o policy.Object, a openstack.AddressGroup) bool {
		changed, err := firewall.MergeAddressGroup(w, o, a)
		return changed || err != nil
	}
	for _, r := range g.Rules {
		if r.AddressGroupID == "" {
			continue
		}
		a, err := b.records.AddressGroup(ctx, r.AddressGroupID)
		if err != nil {
			return nil, errors.New(err.Error()) // hide ErrNotFound: the port is there
		}
		at := firewall.IDOf(w, a.ID)
		if o, there := b.members.get(at); there && !differs(o, a) {
			continue
		}
		o := policy.Object{}
		if err := b.api.Get(ctx, firewall.GroupPath(b.root, at), &o); err != nil && !errors.Is(err, openstack.ErrNotFound) {
			return nil, err
		}
		b.members.keep(at, o.Copy())
		if a, err = b.addressRecord(ctx, a.ID); err != nil {
			return nil, errors.New(err.Error())
		}
		if differs(o, a) {
			lines = append(lines, fmt.Sprintf("NSX has other addresses of the address group %s (%s) than are recorded", a.Name, a.ID))
		}
	}
	return lines, nil
}

// enforceAddresses brings the address groups that rules of a security group name in line with their records.
func (b *Backend) enforceAddresses(ctx context.Context, id string) error {
	g, err := b.records.Group(ctx, id)
	if err != nil {
		return err
	}
	for _, r := range g.Rules {
		if r.AddressGroupID == "" {
			continue
		}
		if err := b.followAddresses(ctx, r.AddressGroupID); err != nil {
			return err
		}
	}
	return nil
}
