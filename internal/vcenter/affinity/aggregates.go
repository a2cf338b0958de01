// SPDX-License-Identifier: MPL-2.0

package affinity

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// Aggregates are the host aggregates of the catalogue, each with a host group of its cluster.
type Aggregates struct {
	inventory *inventory.Inventory
	records   *records.Stores
	planned   *planned.Memory
	rules     *Rules
}

// NewAggregates returns the Aggregates of a datacenter without reading any.
func NewAggregates(rules *Rules, memory *planned.Memory) *Aggregates {
	return &Aggregates{inventory: rules.inventory, records: rules.records, planned: memory, rules: rules}
}

// List returns the aggregates of the catalogue.
func (c *Aggregates) List(ctx context.Context) ([]openstack.Aggregate, error) {
	return aggregatesIn(c.records.Catalogue.View(ctx))
}

// Named finds an aggregate by its id or its name.
func (c *Aggregates) Named(ctx context.Context, text string) (openstack.Aggregate, error) {
	all, err := c.List(ctx)
	if err != nil {
		return openstack.Aggregate{}, err
	}
	var names []string
	for _, a := range all {
		if a.ID == text || a.Name == text {
			return c.inCluster(ctx, a)
		}
		names = append(names, a.Name)
	}
	return openstack.Aggregate{}, faults.NoSuch("aggregate", text, "the catalogue", names)
}

// Read reads an aggregate that must exist, with the hosts that its cluster's host group has.
func (c *Aggregates) Read(ctx context.Context, id string) (openstack.Aggregate, error) {
	var a openstack.Aggregate
	all, err := c.records.Catalogue.View(ctx)
	if err != nil {
		return a, records.Known("aggregate", id, err)
	}
	if err := all.Get(aggregateKind, id, &a); err != nil {
		return a, err
	}
	return c.inCluster(ctx, a)
}

// inCluster adds the hosts of the cluster's host group, and whether the rules of the flavors that choose by aggregates are in force.
func (c *Aggregates) inCluster(ctx context.Context, a openstack.Aggregate) (openstack.Aggregate, error) {
	if a.InForce = true; a.Cluster == "" {
		return a, nil
	}
	v, err := c.rules.view(ctx, clusterNamed(a.Cluster))
	if err != nil {
		return a, err
	}
	all, err := c.List(ctx)
	if err != nil {
		return a, err
	}
	wanted := v.wantedRules(all)
	for name := range wanted {
		if strings.HasPrefix(name, ruleOfFlavor) && !v.inForce(name, wanted) {
			a.InForce = false
		}
	}
	written := a.Hosts
	a.Hosts = nil
	group := v.group(ruleOfAggregate + a.ID)
	if group == nil {
		return a, nil
	}
	for _, host := range groupMembers(group) {
		name := v.hosts[host]
		if i := slices.IndexFunc(written, func(w string) bool { return isHost(w, host.Value, name) }); i >= 0 {
			name = written[i]
		}
		a.Hosts = append(a.Hosts, name)
	}
	slices.Sort(a.Hosts)
	return a, nil
}

// Check refuses hosts that neither exist nor are planned, and hosts of several clusters.
func (c *Aggregates) Check(ctx context.Context, a openstack.Aggregate) error {
	_, err := c.place(ctx, a, c.inventory.PlannedHypervisors)
	return err
}

// place finds the hosts of an aggregate, which must be of one cluster, and sets that cluster.
func (c *Aggregates) place(ctx context.Context, a openstack.Aggregate,
	nodes func(context.Context) ([]openstack.Hypervisor, error)) (openstack.Aggregate, error) {
	if a.Cluster = ""; len(a.Hosts) == 0 {
		return a, nil
	}
	all, err := nodes(ctx)
	if err != nil {
		return a, err
	}
	all = slices.DeleteFunc(all, func(h openstack.Hypervisor) bool { return !h.IsHost })
	names := make([]string, len(all))
	for i, h := range all {
		names[i] = h.Hostname
	}
	first := openstack.Hypervisor{}
	for _, written := range a.Hosts {
		i := slices.IndexFunc(all, func(h openstack.Hypervisor) bool { return isHost(written, h.ID, h.Hostname) })
		switch {
		case i < 0:
			return a, openstack.AttributeErrorf("hosts", "%w", faults.NoSuch("ESX host", written, "datacenter "+c.inventory.Places.DatacenterPath(),
				names))
		case all[i].Node == "": // its cluster is not known yet
		case first.Node == "":
			first = all[i]
		case first.Node != all[i].Node:
			return a, openstack.AttributeErrorf("hosts", "%s is in the cluster %s and %s in %s: a group of hosts is one cluster's, so make an "+
				"aggregate for each", first.Hostname, first.Cluster, all[i].Hostname, all[i].Cluster)
		}
	}
	a.Cluster = inventory.ClusterPart(first.Node)
	return a, nil
}

// Create writes an aggregate's record and makes its host group.
func (c *Aggregates) Create(ctx context.Context, a openstack.Aggregate) (openstack.Aggregate, error) {
	a, err := c.place(ctx, a, c.inventory.Hypervisors)
	if err != nil {
		return a, err
	}
	mark := c.records.Mark("")
	a.ID, a.Mark = uuid.NewString(), &mark
	err = c.records.Catalogue.Claim(ctx, func(all records.Set) error {
		if err := aggregateFree(all, a); err != nil {
			return err
		}
		return all.Put(aggregateKind, a.ID, a)
	})
	if err != nil {
		return openstack.Aggregate{}, err
	}
	a.InForce = true
	return a, c.settle(ctx, a.ID, a.Cluster)
}

// settle updates an aggregate's host group, and the rules of the flavors that choose by aggregates.
func (c *Aggregates) settle(ctx context.Context, id string, clusters ...string) error {
	for i, cluster := range clusters {
		if cluster == "" || slices.Contains(clusters[:i], cluster) {
			continue
		}
		if err := c.rules.Settle(ctx, clusterNamed(cluster), Unsettled{Names: []string{ruleOfAggregate + id}, Flavors: true}); err != nil {
			return err
		}
	}
	return nil
}

// Update changes an aggregate, unless that would leave instances without a host. Instances on hosts that they may no longer use are
// moved by DRS.
func (c *Aggregates) Update(ctx context.Context, a openstack.Aggregate) (openstack.Aggregate, error) {
	a, err := c.place(ctx, a, c.inventory.Hypervisors)
	if err != nil {
		return a, err
	}
	was, err := c.replace(ctx, a)
	if err != nil {
		return a, err
	}
	a.Mark, a.InForce = was.Mark, true
	return a, c.settle(ctx, a.ID, was.Cluster, a.Cluster)
}

// replace overwrites an aggregate's record and returns the previous one.
func (c *Aggregates) replace(ctx context.Context, a openstack.Aggregate) (was openstack.Aggregate, err error) {
	if err := c.leavesHosts(ctx, a); err != nil {
		return was, err
	}
	err = c.records.Catalogue.Update(ctx, func(all records.Set) error {
		was = openstack.Aggregate{}
		if err := all.Get(aggregateKind, a.ID, &was); err != nil {
			return err
		}
		if err := aggregateFree(all, a); err != nil {
			return err
		}
		a.Mark = was.Mark
		return all.Put(aggregateKind, a.ID, a)
	})
	return was, records.Known("aggregate", a.ID, err)
}

// leavesHosts refuses a change of an aggregate that would leave instances without a host.
func (c *Aggregates) leavesHosts(ctx context.Context, to openstack.Aggregate) error {
	before, err := freshAggregates(ctx, c.records)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(before, func(a openstack.Aggregate) bool { return a.ID == to.ID })
	if i < 0 || before[i].Cluster == "" {
		return nil
	}
	v, err := c.rules.view(ctx, clusterNamed(before[i].Cluster))
	if err != nil {
		return err
	}
	after := slices.Clone(before)
	after[i] = to
	var stranded []drsMember
	for _, vm := range v.vms {
		if specs := vm.affinity.Aggregates; len(specs) > 0 && len(v.fitting(specs, before)) > 0 && len(v.fitting(specs, after)) == 0 {
			stranded = append(stranded, vm)
		}
	}
	if len(stranded) > 0 {
		return fmt.Errorf("the flavors of these instances choose the hosts of the aggregate %s, and no host would be left for them: %s. "+
			"Resize or destroy them first", to.Name, tiedNames(stranded))
	}
	return nil
}

// Delete removes an aggregate, its host group first.
func (c *Aggregates) Delete(ctx context.Context, id string) error {
	c.records.Catalogue.Forget()
	a, err := c.Read(ctx, id)
	if err != nil {
		return err
	}
	a.Hosts = nil
	if _, err := c.replace(ctx, a); err != nil {
		return err
	}
	if err := c.settle(ctx, id, a.Cluster); err != nil {
		return err
	}
	err = c.records.Catalogue.Update(ctx, func(all records.Set) error {
		if err := all.Get(aggregateKind, id, &openstack.Aggregate{}); err != nil {
			return err
		}
		all.Drop(aggregateKind, id)
		return nil
	})
	return records.Known("aggregate", id, err)
}
