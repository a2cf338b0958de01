// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Target is where an instance must go: a zone, its cluster, and a host of it where one is named.
type Target struct {
	*Site
	Cluster mo.ComputeResource
	Node    string // the cluster's name as a compute node
	Host    *mo.HostSystem
	named   string // the argument that names the host
	Comes   bool   // the host is planned, and not in this cluster yet
}

// Target finds the place that a zone and a compute node name together. The node is the zone's cluster or one of its hosts. If it is not
// a host, the zone's own host counts ("zone:host").
func (c *Inventory) Target(ctx context.Context, zone, node string) (Target, error) {
	return c.findSpot(ctx, zone, node, false)
}

// PlannedTarget is Target for a plan: hosts are where the plans of this process put them.
func (c *Inventory) PlannedTarget(ctx context.Context, zone, node string) (Target, error) {
	return c.findSpot(ctx, zone, node, true)
}

func (c *Inventory) findSpot(ctx context.Context, zone, node string, toBe bool) (at Target, err error) {
	if at.Site, err = c.Places.In(zone); err != nil {
		return at, err
	}
	if at.Cluster, err = at.Site.Cluster(ctx); err != nil {
		return at, err
	}
	if at.Node, err = c.nodeName(ctx, at.Cluster.Self); err != nil {
		return at, err
	}
	at.named = "hypervisor_hostname"
	_, bound := SplitZone(zone)
	if bound != "" && (node == "" || strings.EqualFold(node, at.Node)) {
		at.named, node = "availability_zone", bound
	}
	if bound != "" && !strings.EqualFold(node, bound) {
		return at, openstack.AttributeErrorf(at.named, "%s is another host than the one that the zone %s binds the instance to: write only "+
			"one of them", node, zone)
	}
	if node == "" || strings.EqualFold(node, at.Node) {
		return at, nil
	}
	err = at.findHost(ctx, node, toBe)
	return at, err
}

// findHost finds a host of the cluster.
func (at *Target) findHost(ctx context.Context, node string, toBe bool) error {
	hosts, err := at.c.Places.Hosts(ctx)
	if err != nil {
		return err
	}
	planned, there := false, false
	if toBe {
		if planned, there, err = at.c.comes(ctx, node, at.Cluster.Self); err != nil {
			return err
		}
		hosts = at.c.PlannedHosts(hosts)
	}
	var names []string
	for _, r := range at.Cluster.Host {
		host, ok := hosts[r]
		if !ok {
			continue
		}
		if names = append(names, host.Name); strings.EqualFold(host.Name, node) && (there || !planned) {
			at.Host = &host
			return faults.Explain("looking at the host "+host.Name, at.c.wire.Gaps.About(r, placePaths...))
		}
	}
	if at.Comes = there; there {
		return nil
	}
	slices.Sort(names)
	err = fmt.Errorf("there is no %q in the cluster %s, which is that of the zone %s: write its own name %s, or that of one of its hosts: %s",
		node, at.Cluster.Name, at.Zone.Name, at.Node, faults.Quoted(names))
	return openstack.AttributeErrorf(at.named, "%w", at.c.wire.Gaps.Nameless(err, HostKind))
}

// CheckNode refuses a compute node that is neither a zone's cluster nor one of its hosts, and a host that takes no VMs. A planned host
// counts as planned.
func (c *Inventory) CheckNode(ctx context.Context, zone, node string) error {
	at, err := c.PlannedTarget(ctx, zone, node)
	if err != nil || at.Host == nil {
		return err
	}
	if why := at.rejection(*at.Host, nil, nil); why != "" {
		return openstack.AttributeErrorf("hypervisor_hostname", "%s: choose another, or leave it to vCenter", why)
	}
	return nil
}

// nodeName returns a cluster's name as a compute node, which is that of Nova's driver.
func (c *Inventory) nodeName(ctx context.Context, cluster ref) (string, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return "", err
	}
	return cluster.Value + "." + vim.ServiceContent.About.InstanceUuid, nil
}

// Name describes the place for people.
func (at Target) Name() string {
	if at.Host != nil {
		return fmt.Sprintf("%s (cluster %s, host %s)", at.Zone.Name, at.Cluster.Name, at.Host.Name)
	}
	return fmt.Sprintf("%s (cluster %s)", at.Zone.Name, at.Cluster.Name)
}

// Hosts returns the hosts of all clusters of the datacenter, read together and once.
func (p *Places) Hosts(ctx context.Context) (map[ref]mo.HostSystem, error) {
	return p.hostsOnce.Get(func() (map[ref]mo.HostSystem, error) {
		all, err := p.clusters(ctx)
		if err != nil {
			return nil, err
		}
		var members []ref
		for _, cluster := range all {
			members = append(members, cluster.Host...)
		}
		return p.ReadHosts(ctx, members)
	})
}

// placePaths are the host properties that decide whether a VM can go there.
var placePaths = []string{"name", "datastore", "network", "runtime.connectionState", "runtime.inMaintenanceMode"}

// ReadHosts reads some hosts. A host that cannot be read whole is returned with what is shown of it, and is later rejected for that.
func (p *Places) ReadHosts(ctx context.Context, members []ref) (map[ref]mo.HostSystem, error) {
	questions := make([]property.Query, len(members))
	for i, host := range members {
		questions[i] = property.Query{Object: host, Paths: placePaths}
	}
	found, err := p.c.wire.Retrieve(ctx, questions)
	if err != nil {
		return nil, faults.Explain("reading the hosts", err)
	}
	all, err := property.Readable[mo.HostSystem](slices.Collect(maps.Values(found)), func(string) bool { return true })
	out := map[ref]mo.HostSystem{}
	for _, host := range all {
		out[host.Self] = host
	}
	return out, faults.Explain("reading the hosts", err)
}

// EligibleHosts returns the hosts of a place that can take a VM with some networks and, if given, datastores, or an error with the
// reasons if there are none.
func (at Target) EligibleHosts(hosts map[ref]mo.HostSystem, networks []openstack.Network, stores []ref) (out []ref, err error) {
	members := at.Site.members(at.Cluster, at.Host)
	var why []string
	for _, r := range members {
		host, ok := hosts[r]
		if !ok {
			continue
		}
		if against := at.rejection(host, networks, stores); against != "" {
			why = append(why, against)
			continue
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		slices.Sort(why)
		return nil, errors.New(cmp.Or(strings.Join(slices.Compact(why), "; "), "the cluster has no hosts"))
	}
	return out, nil
}

// members returns the hosts to choose from: the named one, or all of the cluster.
func (s *Site) members(cluster mo.ComputeResource, named *mo.HostSystem) []ref {
	if named != nil {
		return []ref{named.Self}
	}
	return cluster.Host
}

// rejection returns why a host cannot be chosen; empty if it can.
func (at Target) rejection(host mo.HostSystem, networks []openstack.Network, stores []ref) string {
	if err := at.c.wire.Gaps.About(host.Self, placePaths...); err != nil {
		return err.Error()
	}
	switch {
	case host.Runtime.ConnectionState != types.HostSystemConnectionStateConnected:
		return "the host " + host.Name + " is " + string(host.Runtime.ConnectionState)
	case host.Runtime.InMaintenanceMode:
		return "the host " + host.Name + " is in maintenance"
	}
	for _, n := range networks {
		if n.Switched() {
			if why := at.c.unreached(n, host); why != "" {
				return why
			}
			continue
		}
		if !slices.ContainsFunc(host.Network, func(r ref) bool { return r.Value == n.ID }) {
			return fmt.Sprintf("the host %s has no network %s", host.Name, n.Name)
		}
	}
	for _, store := range stores {
		if !slices.Contains(host.Datastore, store) {
			return fmt.Sprintf("the host %s does not mount the datastore %s", host.Name, store.Value)
		}
	}
	return ""
}

// stores are the datastores that an instance may use in a place, with the storage policy that it must have there.
type stores struct {
	All    []mo.Datastore
	Policy string // the policy's id; empty: none
}

// Candidates returns a place's datastores for an instance: those that the flavor's storage policy, or else the zone's, allows and that
// the named host mounts.
func (at Target) Candidates(ctx context.Context, policy string) (s stores, err error) {
	if policy = cmp.Or(policy, at.Zone.StoragePolicy); policy == "" {
		s.All, err = at.eligibleStores(ctx)
	} else if s.Policy, err = at.c.Policies.Id(ctx, policy); err == nil {
		s.All, err = at.c.Policies.allowed(ctx, at.Site, s.Policy, policy)
	}
	if err != nil || at.Host == nil {
		return s, err
	}
	seen := s.All
	s.All = slices.DeleteFunc(slices.Clone(seen), func(d mo.Datastore) bool { return !slices.Contains(at.Host.Datastore, d.Self) })
	if len(s.All) == 0 {
		return s, openstack.AttributeErrorf(at.Field(), "the host %s mounts none of the datastores that may be chosen: %s", at.Host.Name,
			storeNames(seen))
	}
	return s, nil
}

// Field returns the argument that names the place.
func (at Target) Field() string {
	if at.Host != nil {
		return at.named
	}
	return "availability_zone"
}

// Drs reports whether the zone's cluster has DRS, which then chooses hosts.
func (s *Site) Drs(ctx context.Context) (bool, error) {
	return s.drsOnce.Get(func() (bool, error) {
		cluster, err := s.Cluster(ctx)
		if err != nil || cluster.Self.Type != "ClusterComputeResource" {
			return false, err
		}
		shown, err := wire.Read[mo.ClusterComputeResource](ctx, s.c.wire, cluster.Self, []string{"configurationEx"})
		if err != nil {
			return false, faults.Explain("reading the cluster "+cluster.Name, err)
		}
		config, ok := shown.ConfigurationEx.(*types.ClusterConfigInfoEx)
		return ok && config.DrsConfig.Enabled != nil && *config.DrsConfig.Enabled, nil
	})
}
