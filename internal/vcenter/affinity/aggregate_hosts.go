// SPDX-License-Identifier: MPL-2.0

package affinity

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// AggregateHosts returns the hosts of among whose aggregates satisfy a flavor's extra specs, or an error if there are none. A flavor
// without such extra specs accepts all of among, and ask is not called.
func AggregateHosts(ctx context.Context, at inventory.Target, f openstack.Flavor, hosts map[ref]mo.HostSystem, among []ref,
	ask func(context.Context) ([]planned.Aggregate, error)) (out []ref, err error) {
	specs := vmspec.AggregateSpecs(f)
	if len(specs) == 0 {
		return among, nil
	}
	all, err := ask(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range among {
		var in []openstack.Aggregate
		for _, a := range all {
			if a.OpenHosts || slices.ContainsFunc(a.Hosts, func(written string) bool { return isHost(written, r.Value, hosts[r].Name) }) {
				in = append(in, a.Aggregate)
			}
		}
		if vmspec.HostSatisfies(specs, in) {
			out = append(out, r)
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case at.Host != nil:
		return nil, fmt.Errorf("its flavor %s chooses hosts by aggregates (aggregate_instance_extra_specs), and the host %s is in none of them",
			f.Name, at.Host.Name)
	}
	return nil, noAggregate(f, specs, at.Cluster.Name, all)
}

// Made returns the aggregates of the catalogue, read again.
func (c *Aggregates) Made(ctx context.Context) (out []planned.Aggregate, err error) {
	all, err := freshAggregates(ctx, c.records)
	for _, a := range all {
		out = append(out, planned.Aggregate{Aggregate: a})
	}
	return out, err
}

// CheckSpecs refuses a flavor whose extra specs no host of a zone's cluster satisfies, by the aggregates that exist or are planned.
func (c *Aggregates) CheckSpecs(ctx context.Context, zone string, f openstack.Flavor) error {
	specs := vmspec.AggregateSpecs(f)
	if len(specs) == 0 {
		return nil
	}
	cluster, err := c.inventory.ClusterOf(ctx, zone)
	if err != nil {
		return err
	}
	all, err := c.Planned(ctx)
	if err != nil {
		return err
	}
	hosts, err := c.inventory.PlannedHypervisors(ctx)
	if err != nil {
		return err
	}
	for _, h := range hosts {
		if !h.IsHost || h.Node != "" && inventory.ClusterPart(h.Node) != cluster.Self.Value {
			continue
		}
		var in []openstack.Aggregate
		for _, a := range all {
			if a.OpenHosts || slices.ContainsFunc(a.Hosts, func(written string) bool { return isHost(written, h.ID, h.Hostname) }) {
				in = append(in, a.Aggregate)
			}
		}
		if vmspec.HostSatisfies(specs, in) {
			return nil
		}
	}
	return noAggregate(f, specs, cluster.Name, all)
}

// Planned returns the aggregates of the catalogue as this process's plans will leave them.
func (c *Aggregates) Planned(ctx context.Context) ([]planned.Aggregate, error) {
	all, err := c.List(ctx)
	if err != nil {
		return nil, err
	}
	return c.planned.Aggregates.Become(all), nil
}

// noAggregate returns an error that names the wanted extra specs, and what the aggregates have instead.
func noAggregate(f openstack.Flavor, specs map[string]string, cluster string, all []planned.Aggregate) error {
	var wanted, near []string
	for _, key := range slices.Sorted(maps.Keys(specs)) {
		wanted = append(wanted, fmt.Sprintf("%s %q", key, specs[key]))
	}
	for _, a := range all {
		var has []string
		for _, key := range slices.Sorted(maps.Keys(a.Metadata)) {
			has = append(has, fmt.Sprintf("%s = %q", key, a.Metadata[key]))
		}
		near = append(near, fmt.Sprintf("%s has %s and %d hosts", a.Name, cmp.Or(strings.Join(has, ", "), "no metadata"), len(a.Hosts)))
	}
	return fmt.Errorf("the flavor %s wants hosts whose aggregates have %s, and no host of the cluster %s is in such ones (%s). Where an "+
		"aggregate of this configuration has it, let the flavor's extra_specs refer to the aggregate's metadata, so that it is planned and "+
		"made first",
		f.Name, strings.Join(wanted, " and "), cluster, cmp.Or(strings.Join(near, "; "), "there are no aggregates"))
}
