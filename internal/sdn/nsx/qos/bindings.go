// SPDX-License-Identifier: MPL-2.0

package qos

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// unbindStrays takes a profile off the segment ports of ours whose records do not have its policy, and returns who has it rightly.
func (p *Profiles) unbindStrays(ctx context.Context, owner policy.Owner, id string, refused error) (users []string, err error) {
	maps, err := p.bindingsOf(ctx, id, refused)
	if err != nil {
		return nil, err
	}
	if err := p.refresh(ctx); err != nil {
		return nil, err
	}
	ports, err := p.records.Ports(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, path := range maps {
		up, _, _ := strings.Cut(path, "-qos-profile-binding-maps/")
		up = up[:strings.LastIndex(up, "/")]
		var port policy.Object
		if strings.Contains(up, "/ports/") {
			if err := p.api.Get(ctx, up, &port); err != nil && !errors.Is(err, openstack.ErrNotFound) {
				return nil, err
			}
		}
		recorded := slices.ContainsFunc(ports, func(of openstack.Port) bool {
			return of.QoSPolicyID == id && up == p.root.SegmentPort(of.NetworkID, of.ID)
		})
		if recorded || !owner.Owns(port) {
			users = append(users, "the "+p.api.Noun(up))
		} else if err := p.api.Delete(ctx, path); err != nil {
			return nil, err
		}
	}
	return users, nil
}

// bindingsOf returns the paths of the maps that bind to the profile of a QoS policy: those that NSX names where it refuses to delete the
// profile, and those that its search finds, which lags.
func (p *Profiles) bindingsOf(ctx context.Context, id string, refused error) (bound []string, err error) {
	found, err := api.Search[policy.Object](ctx, p.api, "qos_profile_path:"+api.Escape(p.root.QoSProfile(id)))
	if err != nil {
		return nil, err
	}
	var paths []string
	if said := (*api.Error)(nil); errors.As(refused, &said) {
		paths = said.Named()
	}
	for _, o := range found {
		paths = append(paths, o.Path())
	}
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		if !strings.Contains(path, "-qos-profile-binding-maps/") {
			continue
		}
		there, err := p.stillBound(ctx, path, id)
		if err != nil {
			return nil, err
		}
		if there {
			bound = append(bound, path)
		}
	}
	return bound, nil
}

// stillBound reports whether a map binds to the profile of a QoS policy.
func (p *Profiles) stillBound(ctx context.Context, path, id string) (bool, error) {
	var o policy.Object
	err := p.api.Get(ctx, path, &o)
	if errors.Is(err, openstack.ErrNotFound) {
		return false, nil
	}
	return o.Text("qos_profile_path") == p.root.QoSProfile(id), err
}
