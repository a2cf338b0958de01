// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	pbmtypes "github.com/vmware/govmomi/pbm/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// VolumeTypes lists the storage policies of the vCenter by name. They are read once.
func (c *Inventory) VolumeTypes(ctx context.Context) ([]openstack.VolumeType, error) {
	return c.Policies.all(ctx)
}

// DatastoresOf names the datastores of a zone that satisfy a storage policy; none is no error.
func (c *Inventory) DatastoresOf(ctx context.Context, zone, policy string) (names []string, err error) {
	s, err := c.Places.In(zone)
	if err != nil {
		return nil, err
	}
	id, err := c.Policies.Id(ctx, policy)
	if err != nil {
		return nil, err
	}
	stores, err := c.Policies.allowed(ctx, s, id, policy)
	if errors.Is(err, openstack.ErrNotFound) {
		return nil, nil
	}
	for _, store := range stores {
		names = append(names, store.Name)
	}
	return names, err
}

// volumeType is a storage policy as OpenStack would see it.
func volumeType(profile pbmtypes.BasePbmProfile) openstack.VolumeType {
	is := profile.GetPbmProfile()
	out := openstack.VolumeType{ID: is.ProfileId.UniqueId, Name: is.Name, Description: is.Description, Rules: map[string]string{}}
	capable, ok := profile.(pbmtypes.BasePbmCapabilityProfile)
	if !ok {
		return out
	}
	rules, ok := capable.GetPbmCapabilityProfile().Constraints.(*pbmtypes.PbmCapabilitySubProfileConstraints)
	if !ok {
		return out
	}
	for _, sub := range rules.SubProfiles {
		for _, rule := range sub.Capability {
			if text := valueOf(rule.Constraint); text != "" {
				out.Rules[rule.Id.Namespace+"."+rule.Id.Id] = text
			}
		}
	}
	return out
}

// valueOf is what a rule asks for: the values of its properties, with their names where there are several.
func valueOf(constraints []pbmtypes.PbmCapabilityConstraintInstance) string {
	var all []string
	var properties []pbmtypes.PbmCapabilityPropertyInstance
	for _, one := range constraints {
		properties = append(properties, one.PropertyInstance...)
	}
	for _, p := range properties {
		text := plain(p.Value)
		if len(properties) > 1 {
			text = p.Id + "=" + text
		}
		all = append(all, text)
	}
	return strings.Join(all, ",")
}

// plain is a value of a rule, which may be a range or a set.
func plain(value any) string {
	switch v := value.(type) {
	case pbmtypes.PbmCapabilityRange:
		return plain(v.Min) + "-" + plain(v.Max)
	case pbmtypes.PbmCapabilityDiscreteSet:
		texts := make([]string, len(v.Values))
		for i, each := range v.Values {
			texts[i] = plain(each)
		}
		return strings.Join(texts, " ")
	case nil:
		return ""
	}
	return fmt.Sprint(value)
}

// sortedTypes are policies by name.
func sortedTypes(all []openstack.VolumeType) []openstack.VolumeType {
	slices.SortFunc(all, func(a, b openstack.VolumeType) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return all
}
