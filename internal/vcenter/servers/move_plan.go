// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"context"
	"errors"
	"slices"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/affinity"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// Move is where an instance goes, as a plan shows it.
type Move struct {
	To   string // the place, as people call it
	Node string // the compute node that it will be on
	Host string // the ESX host, where one is named
	Away bool   // its disks move to another datastore
}

// storagePolicyOf returns the storage policy that an instance's flavor names. A flavor that does not compile any more names none.
func storagePolicyOf(specs *vmspec.Compiler, s openstack.Server) string {
	compiled, err := specs.Compile(s.Flavor, s.Properties)
	if err != nil {
		return ""
	}
	return compiled.Needs.StoragePolicy
}

// pinned returns why an instance cannot move while it runs; empty if it can.
func pinned(specs *vmspec.Compiler, s openstack.Server) string {
	compiled, err := specs.Compile(s.Flavor, s.Properties)
	if err != nil {
		return ""
	}
	spec, err := compiled.Spec(vmspec.Instance{Flavor: s.Flavor, Properties: s.Properties})
	if err == nil && property.IsTrue(spec.SevEnabled) && s.PowerState == openstack.Active {
		return "its memory is encrypted (hw:mem_encryption), and such a machine cannot move while it runs: shut it off first"
	}
	return ""
}

// PlanMove checks whether an instance can go to a zone and compute node: whether a host there can take it, with its networks, its
// datastore or one of the zone's, and the aggregates that its next flavor wants. It returns what the plan shows.
func (c *Servers) PlanMove(ctx context.Context, specs *vmspec.Compiler, is openstack.Server, next openstack.Flavor, zone,
	node string) (Move, error) {
	to, err := c.inventory.PlannedTarget(ctx, zone, node)
	if err != nil {
		return Move{}, err
	}
	if err := c.inventory.CheckPlacement(ctx, zone); err != nil {
		return Move{}, err
	}
	plan := Move{To: to.Name(), Node: to.Node}
	if to.Host != nil {
		plan.Host = to.Host.Name
	}
	if why := pinned(specs, is); why != "" {
		return plan, openstack.AttributeErrorf(to.Field(), "%s cannot move to %s: %s", is.Name, plan.To, why)
	}
	if to.Comes { // a host that joins with this plan is checked once it is there
		return plan, nil
	}
	stores, err := to.Candidates(ctx, storagePolicyOf(specs, is))
	if err != nil {
		return plan, err
	}
	if err := c.wire.Gaps.Named("Datastore", is.Datastore); err != nil {
		return plan, faults.Explain("planning the move of "+is.Name, err)
	}
	plan.Away = is.Datastore != "" && !slices.ContainsFunc(stores.All, func(d mo.Datastore) bool { return d.Name == is.Datastore })
	if plan.Away && is.ConfigDrive {
		return plan, openstack.AttributeErrorf("availability_zone", "%s cannot move to %s: it would need another datastore than %s, and its "+
			"config drive is an image that storage vMotion leaves behind. Give the zone a datastore that both clusters mount and the instance is on",
			is.Name, plan.To, is.Datastore)
	}
	hosts, err := c.inventory.Places.Hosts(ctx)
	if err != nil {
		return plan, err
	}
	networks, err := c.networksOf(ctx, is)
	if err != nil {
		return plan, err
	}
	hosts = c.inventory.PlannedHosts(hosts)
	fit, err := to.EligibleHosts(hosts, networks, nil)
	if err == nil {
		_, err = affinity.AggregateHosts(ctx, to, next, hosts, fit, c.aggregates.Planned)
	}
	if err != nil {
		return plan, openstack.AttributeErrorf(to.Field(), "%s cannot move to %s: %w", is.Name, plan.To, err)
	}
	return plan, nil
}

// networksOf returns the networks that an instance is plugged into, without those that are gone.
func (c *Servers) networksOf(ctx context.Context, s openstack.Server) (out []openstack.Network, err error) {
	for _, nic := range s.NICs {
		network, err := c.networks.Network(ctx, nic.NetworkID, "")
		if errors.Is(err, openstack.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, network)
	}
	return out, nil
}
