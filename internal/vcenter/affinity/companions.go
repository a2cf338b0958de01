// SPDX-License-Identifier: MPL-2.0

package affinity

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// WithoutDRS returns the clusters of some zones if DRS is off in all of them, since without DRS no rule has an effect. It reads them
// concurrently. A zone whose cluster cannot be found is ignored, unless that is so for all.
func (c *Rules) WithoutDRS(ctx context.Context, zones ...string) (clusters []string, err error) {
	off, on, failed := make([]string, len(zones)), make([]bool, len(zones)), make([]error, len(zones))
	var all sync.WaitGroup
	for i, zone := range zones {
		all.Go(func() {
			cluster, err := c.inventory.ClusterOf(ctx, zone)
			if err == nil {
				on[i], err = c.inventory.Places.Zones[zone].Drs(ctx)
			}
			if failed[i] = err; err == nil {
				off[i] = cluster.Name
			}
		})
	}
	all.Wait()
	if slices.Contains(on, true) {
		return nil, nil
	}
	if !slices.Contains(failed, nil) {
		return nil, failed[0]
	}
	slices.Sort(off)
	return slices.DeleteFunc(slices.Compact(off), func(name string) bool { return name == "" }), nil
}

// CheckOthers refuses ids of instances to keep apart from that do not exist. An instance in another cluster is apart already.
func (c *Rules) CheckOthers(ctx context.Context, zone string, ids []string) error {
	for _, id := range ids {
		err := c.CheckCompanions(ctx, zone, []string{id})
		if !errors.Is(err, openstack.ErrNotFound) {
			if err != nil {
				return err
			}
			continue
		}
		if _, err := c.machines.FindUUID(ctx, id); errors.Is(err, openstack.ErrNotFound) {
			return openstack.NotFound("no instance has the id %s: leave it out, or write the id of one that is there", id)
		} else if err != nil {
			return faults.Explain("looking for the instance "+id, err)
		}
	}
	return nil
}

// CheckCompanions refuses ids of instances that are not in the zone's cluster, where a new instance is to join them.
func (c *Rules) CheckCompanions(ctx context.Context, zone string, ids []string) error {
	own, err := c.inventory.ClusterOf(ctx, zone)
	if err != nil || len(ids) == 0 {
		return err
	}
	v, err := c.view(ctx, own.Self)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(v.vms, func(vm drsMember) bool { return strings.EqualFold(vm.id, id) }) {
			return openstack.NotFound("no instance of the cluster %s has the id %s", v.name, id)
		}
	}
	return nil
}
