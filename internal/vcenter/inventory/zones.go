// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// Zone is an availability zone: a cluster, and what instances may use of it. Empty fields are chosen automatically.
type Zone struct {
	Name           string
	Cluster        string   // name
	ResourcePool   string   // name or path below the cluster; empty: the cluster's root pool
	Datastores     []string // names; none: by DatastoreRegex
	DatastoreRegex string   // matched at the start of the name, as Nova does
	StoragePolicy  string   // for instances whose flavor names none
	Switch         string   // for networks that ask for this zone and name none; some host of the cluster must be a member

	CPURatio, RAMRatio, DiskRatio float64 // how many times each is allocated; 0: as in Nova, 4, 1 and 1
}

// DefaultZone is the zone that always exists, as in Nova. The provider's own arguments describe it.
const DefaultZone = "nova"

// Site is where one zone's instances go. Its parts are found once.
type Site struct {
	c    *Inventory
	Zone Zone
	own  bool // described by the provider's own arguments, not by a block

	clusterOnce  wire.Lookup[mo.ComputeResource]
	poolOnce     wire.Lookup[ref]
	storesOnce   wire.Lookup[[]mo.Datastore]
	mountsOnce   wire.Lookup[map[ref][]types.DatastoreHostMount]
	clockOnce    wire.Lookup[vmspec.Clock]
	fitOnce      wire.Lookup[struct{}]
	room         capacity
	drsOnce      wire.Lookup[bool]
	versionsOnce wire.Lookup[[]string]
	Turns        atomic.Int64 // counts chosen hosts, to choose another one each time
}

// ownZone returns the zone that the provider's own arguments describe.
func (cfg Config) ownZone() Zone {
	own := Zone{Name: DefaultZone, Cluster: cfg.Cluster, ResourcePool: cfg.ResourcePool, DatastoreRegex: cfg.DatastoreRegex,
		Switch: cfg.Switch}
	if cfg.Datastore != "" {
		own.Datastores = []string{cfg.Datastore}
	}
	return own
}

// zonesOf returns the zone blocks that name a cluster.
func (cfg Config) zonesOf(cluster string) []Zone {
	return slices.DeleteFunc(slices.Clone(cfg.Zones), func(z Zone) bool { return z.Cluster != cluster })
}

// newPlaces returns the zones of a configuration. If the provider's own arguments name no cluster, the first zone's is used.
func newPlaces(c *Inventory) *Places {
	own := c.Config.ownZone()
	if own.Cluster == "" && len(c.Config.Zones) > 0 {
		own.Cluster = c.Config.Zones[0].Cluster
	}
	p := &Places{Zones: map[string]*Site{own.Name: {c: c, Zone: own, own: true}}}
	for _, z := range c.Config.Zones { // one of them may be called nova
		p.Zones[z.Name] = &Site{c: c, Zone: z}
	}
	p.Site = p.Zones[DefaultZone]
	return p
}

// SplitZone returns the zone and the host of "zone:host". An empty zone is the default one.
func SplitZone(text string) (zone, host string) {
	if InNoZone(text) { // the part after the colon is a cluster
		return text, ""
	}
	zone, host, _ = strings.Cut(text, ":")
	if zone == "" {
		zone = DefaultZone
	}
	return zone, host
}

// In returns the site of a zone, whose name may be followed by a host.
func (p *Places) In(text string) (*Site, error) {
	name, _ := SplitZone(text)
	if s, is := p.Zones[name]; is {
		return s, nil
	}
	return nil, openstack.AttributeErrorf("availability_zone", "there is no availability zone %q: the provider's availability_zone blocks "+
		"make %s", name,
		faults.Quoted(p.names()))
}

// names returns the names of all zones, sorted.
func (p *Places) names() []string {
	var names []string
	for name := range p.Zones {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Zones returns the names of the availability zones, sorted.
func (c *Inventory) Zones() []string { return c.Places.names() }

// ZoneSwitch returns the distributed switch of a zone, empty if it names none.
func (c *Inventory) ZoneSwitch(zone string) (string, error) {
	s, err := c.Places.In(zone)
	if err != nil {
		return "", err
	}
	return s.Zone.Switch, nil
}

// Cluster returns the zone's cluster, or the only one of the datacenter. A standalone host only counts if it is named.
func (s *Site) Cluster(ctx context.Context) (mo.ComputeResource, error) {
	return s.clusterOnce.Get(func() (mo.ComputeResource, error) {
		dc, err := s.c.Places.Datacenter(ctx)
		if err != nil {
			return mo.ComputeResource{}, err
		}
		one, err := s.pickCluster(ctx, dc.Name)
		if err != nil { // it may have been made after they were listed
			s.c.Places.clustersOnce.Forget()
			one, err = s.pickCluster(ctx, dc.Name)
		}
		return one, s.atZoneBlock(err)
	})
}

func (s *Site) pickCluster(ctx context.Context, datacenter string) (mo.ComputeResource, error) {
	all, err := s.c.Places.clusters(ctx)
	if err != nil {
		return mo.ComputeResource{}, err
	}
	if s.Zone.Cluster == "" {
		all = slices.DeleteFunc(slices.Clone(all), func(r mo.ComputeResource) bool { return r.Self.Type != "ClusterComputeResource" })
	}
	one, err := OneOf("cluster", "cluster", s.Zone.Cluster, "datacenter "+datacenter, all, func(r mo.ComputeResource) string { return r.Name })
	if err != nil {
		return one, s.c.wire.Gaps.Nameless(err, "ClusterComputeResource", "ComputeResource")
	}
	return one, faults.Explain("reading the cluster", s.c.wire.Gaps.About(one.Self, "resourcePool", "datastore", "host"))
}

// Pool returns the zone's resource pool below the cluster, or the cluster's root pool, which Nova uses.
func (s *Site) Pool(ctx context.Context) (ref, error) {
	return s.poolOnce.Get(func() (ref, error) {
		cluster, err := s.Cluster(ctx)
		if err != nil || s.Zone.ResourcePool == "" {
			return property.Deref(cluster.ResourcePool), err
		}
		walk := &types.TraversalSpec{SelectionSpec: types.SelectionSpec{Name: "walk"}, Type: "ResourcePool", Path: "resourcePool",
			SelectSet: []types.BaseSelectionSpec{&types.SelectionSpec{Name: "walk"}}}
		from := types.ObjectSpec{Obj: *cluster.ResourcePool, SelectSet: []types.BaseSelectionSpec{walk}}
		all, err := wire.ListReadable[mo.ResourcePool](ctx, s.c.wire, from, map[string][]string{"ResourcePool": {"name", "parent"}})
		if err != nil {
			return ref{}, faults.Explain("listing the resource pools", err)
		}
		pool, err := pickPool(*cluster.ResourcePool, cluster.Name, s.Zone.ResourcePool, all)
		return pool, s.atZoneBlock(s.c.wire.Gaps.Nameless(err, "ResourcePool"))
	})
}

// StoreNamed finds a datastore by name among those of all zones.
func (p *Places) StoreNamed(ctx context.Context, name string) (ref, error) {
	var seen []mo.Datastore
	var failed error
	for _, zone := range p.names() {
		stores, err := p.Zones[zone].eligibleStores(ctx)
		if failed = cmp.Or(failed, err); err != nil { // the datastore may be another zone's
			continue
		}
		if i := slices.IndexFunc(stores, func(d mo.Datastore) bool { return d.Name == name }); i >= 0 {
			return stores[i].Self, nil
		}
		seen = append(seen, stores...)
	}
	return ref{}, cmp.Or(failed, openstack.NotFound("the datastore %s is none of those that may be chosen: %s", name, storeNames(seen)))
}

// novaDatastoreTypes are the types that Nova's VMware driver places instances on.
var novaDatastoreTypes = []string{"VMFS", "NFS", "NFS41", "vsan"}

// datastore chooses the datastore for bytes more: the named one, or by Nova's rule the one with the most free space among those of the
// cluster that are accessible, not in maintenance, of a type for VMs and match datastore_regex.
func (s *Site) datastore(ctx context.Context, bytes int64) (mo.Datastore, error) {
	stores, err := s.eligibleStores(ctx)
	if err != nil {
		return mo.Datastore{}, err
	}
	return s.Emptiest(stores, bytes), nil
}

// eligibleStores returns the datastores to choose from, read once.
func (s *Site) eligibleStores(ctx context.Context) ([]mo.Datastore, error) {
	return s.storesOnce.Get(func() ([]mo.Datastore, error) {
		stores, err := s.datastores(ctx)
		return stores, s.atZoneBlock(err)
	})
}

// Emptiest returns the datastore with the most free space, less what this process has placed there, and counts bytes as placed. stores
// must not be empty.
func (s *Site) Emptiest(stores []mo.Datastore, bytes int64) mo.Datastore {
	p := s.c.Places
	p.mu.Lock()
	defer p.mu.Unlock()
	best := slices.MaxFunc(stores, func(a, b mo.Datastore) int {
		return int((a.Summary.FreeSpace-p.taken[a.Self])>>20 - (b.Summary.FreeSpace-p.taken[b.Self])>>20)
	})
	if p.taken == nil {
		p.taken = map[ref]int64{}
	}
	p.taken[best.Self] += bytes
	return best
}

// datastores returns the datastores to choose from, or an error if there are none.
func (s *Site) datastores(ctx context.Context) ([]mo.Datastore, error) {
	cluster, err := s.Cluster(ctx)
	if err != nil {
		return nil, err
	}
	questions := make([]property.Query, len(cluster.Datastore))
	for i, r := range cluster.Datastore {
		questions[i] = property.Query{Object: r, Paths: []string{"name", "summary"}}
	}
	found, err := s.c.wire.Retrieve(ctx, questions)
	if err != nil {
		return nil, faults.Explain("reading the datastores", err)
	}
	all, err := property.Readable[mo.Datastore](slices.Collect(maps.Values(found)), func(string) bool { return true })
	if err != nil {
		return nil, faults.Explain("reading the datastores", err)
	}
	slices.SortFunc(all, func(a, b mo.Datastore) int { return strings.Compare(a.Name, b.Name) })
	if len(s.Zone.Datastores) == 0 {
		var unread []string
		all = slices.DeleteFunc(all, func(d mo.Datastore) bool {
			err := s.c.wire.Gaps.About(d.Self, "summary")
			if err != nil {
				unread = append(unread, err.Error())
			}
			return err != nil
		})
		chosen, err := eligible(all, s.Zone.DatastoreRegex, cluster.Name)
		logStores(ctx, cluster, s.Zone.DatastoreRegex, all)
		if err != nil && len(unread) > 0 {
			err = faults.Appended(err, "Others cannot be read: "+strings.Join(unread, "; "))
		}
		return chosen, s.c.wire.Gaps.Nameless(err, "Datastore")
	}
	var chosen []mo.Datastore
	for _, name := range s.Zone.Datastores {
		one, err := OneOf("datastore", "datastore", name, "cluster "+cluster.Name, all, func(d mo.Datastore) string { return d.Name })
		if err == nil {
			err = faults.Explain("reading the datastore", s.c.wire.Gaps.About(one.Self, "summary"))
		}
		if err != nil {
			return nil, s.c.wire.Gaps.Nameless(err, "Datastore")
		}
		chosen = append(chosen, one)
	}
	return chosen, nil
}

// eligible returns the datastores that Nova would place instances on.
func eligible(all []mo.Datastore, pattern, cluster string) ([]mo.Datastore, error) {
	match, err := regexp.Compile("^(?:" + pattern + ")")
	if err != nil {
		return nil, openstack.ProviderErrorf("datastore_regex", "%q is not a regular expression: %w", pattern, err)
	}
	var out []mo.Datastore
	var why []string
	for _, store := range all {
		if against := ineligible(store, match); against != "" {
			why = append(why, store.Name+" "+against)
			continue
		}
		out = append(out, store)
	}
	if len(out) == 0 {
		return nil, openstack.ProviderErrorf("datastore_regex", "no datastore of cluster %s can be used with datastore_regex %q: %s", cluster,
			pattern, strings.Join(why, ", "))
	}
	return out, nil
}

// HostOn returns one of the cluster's hosts that a VM can be made on: connected, not in maintenance, with the datastore mounted. A clone
// needs none, but CreateVM_Task does if the cluster has no DRS. Nil if none is seen: vCenter decides.
func (s *Site) HostOn(ctx context.Context, store ref) (*ref, error) {
	cluster, err := s.Cluster(ctx)
	if err != nil {
		return nil, err
	}
	mounts, err := wire.Read[mo.Datastore](ctx, s.c.wire, store, []string{"host"})
	if err != nil {
		return nil, faults.Explain("reading the datastore's hosts", err)
	}
	var questions []property.Query
	for _, mount := range mounts.Host {
		if slices.Contains(cluster.Host, mount.Key) {
			questions = append(questions, property.Query{Object: mount.Key,
				Paths: []string{"runtime.connectionState", "runtime.inMaintenanceMode"}})
		}
	}
	found, err := s.c.wire.Retrieve(ctx, questions)
	if err != nil {
		return nil, faults.Explain("reading the cluster's hosts", err)
	}
	for _, q := range questions {
		var host mo.HostSystem
		if content, ok := found[q.Object]; ok && mo.LoadObjectContent([]types.ObjectContent{content}, &host) == nil &&
			host.Runtime.ConnectionState == types.HostSystemConnectionStateConnected && !host.Runtime.InMaintenanceMode {
			return &q.Object, nil
		}
	}
	return nil, nil
}

// ClusterOf returns the cluster that a zone's instances are placed on. A standalone host is an error, since it has no rules.
func (c *Inventory) ClusterOf(ctx context.Context, zone string) (mo.ComputeResource, error) {
	s, err := c.Places.In(zone)
	if err != nil {
		return mo.ComputeResource{}, err
	}
	cluster, err := s.Cluster(ctx)
	if err == nil && cluster.Self.Type != "ClusterComputeResource" {
		err = fmt.Errorf("%s is a host that stands alone, and rules need a cluster", cluster.Name)
	}
	return cluster, err
}
