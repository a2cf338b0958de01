package vcenter

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// places knows where in the inventory things are made: datacenter, cluster, pool, datastore, folder. Each is found once.
type places struct {
	c *Client

	datacenterOnce lookup[datacenter]
	clusterOnce    lookup[mo.ComputeResource]
	poolOnce       lookup[ref]
	storesOnce     lookup[[]mo.Datastore]

	mu      sync.Mutex
	folders map[string]ref
	taken   map[ref]int64 // bytes this process has put on a datastore since its free space was read
}

// lookup finds something once; a failure is not kept.
type lookup[T any] struct {
	mu    sync.Mutex
	found bool
	value T
}

func (l *lookup[T]) get(find func() (T, error)) (T, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.found {
		return l.value, nil
	}
	value, err := find()
	if err == nil {
		l.value, l.found = value, true
	}
	return value, err
}

// datacenter is the configured one, or the only one.
func (p *places) datacenter(ctx context.Context) (datacenter, error) {
	return p.datacenterOnce.get(func() (datacenter, error) {
		vim, err := p.c.session.vim(ctx)
		if err != nil {
			return datacenter{}, err
		}
		all, err := list[mo.Datacenter](ctx, p.c, below(vim.ServiceContent.RootFolder),
			map[string][]string{"Datacenter": {"name", "parent", "vmFolder", "hostFolder", "networkFolder"}})
		if err != nil {
			return datacenter{}, explain("listing the datacenters", err)
		}
		located, err := p.locate(ctx, vim.ServiceContent.RootFolder, all)
		if err != nil {
			return datacenter{}, err
		}
		return oneOf("datacenter", "datacenter", p.c.Config.Datacenter, "the vCenter", located, func(d datacenter) string {
			twins := slices.ContainsFunc(all, func(o mo.Datacenter) bool { return o.Name == d.Name && o.Self != d.Self })
			if twins || strings.Contains(p.c.Config.Datacenter, "/") {
				return d.path
			}
			return d.Name
		})
	})
}

// datacenter is one with its inventory path, without a slash before it: a datacenter may lie in a folder.
type datacenter struct {
	mo.Datacenter
	path string
}

// locate finds out in which folders datacenters lie. Most lie in none, and then nothing is asked.
func (p *places) locate(ctx context.Context, root ref, all []mo.Datacenter) ([]datacenter, error) {
	var folders []mo.Folder
	if slices.ContainsFunc(all, func(d mo.Datacenter) bool { return derefOr(d.Parent) != root }) {
		var err error
		if folders, err = list[mo.Folder](ctx, p.c, below(root), map[string][]string{"Folder": {"name", "parent"}}); err != nil {
			return nil, explain("listing the folders of datacenters", err)
		}
	}
	out := make([]datacenter, len(all))
	for i, d := range all {
		out[i] = datacenter{d, folderPath(root, folders, derefOr(d.Parent).Value) + d.Name}
	}
	return out, nil
}

// datacenterPath is the datacenter's inventory path where it has been found already.
func (p *places) datacenterPath() string {
	p.datacenterOnce.mu.Lock()
	defer p.datacenterOnce.mu.Unlock()
	return p.datacenterOnce.value.path
}

// oneOf picks the named one of several, or the only one.
func oneOf[T any](kind, argument, wanted, where string, all []T, name func(T) string) (T, error) {
	var none T
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = name(one)
	}
	if wanted == "" {
		switch len(all) {
		case 0:
			return none, fmt.Errorf("%s has no %s that this user may see", where, kind)
		case 1:
			return all[0], nil
		}
		slices.Sort(names)
		return none, openstack.Misconfigured(argument, "%s has several %ss (%s): choose one", where, kind, quoted(names))
	}
	i := slices.Index(names, wanted)
	if i < 0 {
		return none, openstack.Misconfigured(argument, "%w", noSuch(kind, wanted, where, names))
	}
	return all[i], nil
}

// cluster is the configured one, or the only one of the datacenter. A standalone host counts where it is named.
func (p *places) cluster(ctx context.Context) (mo.ComputeResource, error) {
	return p.clusterOnce.get(func() (mo.ComputeResource, error) {
		dc, err := p.datacenter(ctx)
		if err != nil {
			return mo.ComputeResource{}, err
		}
		paths := []string{"name", "resourcePool", "datastore", "host"}
		all, err := list[mo.ComputeResource](ctx, p.c, below(dc.HostFolder),
			map[string][]string{"ClusterComputeResource": paths, "ComputeResource": paths})
		if err != nil {
			return mo.ComputeResource{}, explain("listing the clusters", err)
		}
		if p.c.Config.Cluster == "" {
			all = slices.DeleteFunc(all, func(r mo.ComputeResource) bool { return r.Self.Type != "ClusterComputeResource" })
		}
		return oneOf("cluster", "cluster", p.c.Config.Cluster, "datacenter "+dc.Name, all, func(r mo.ComputeResource) string { return r.Name })
	})
}

// pool is the configured resource pool below the cluster, or the cluster's root pool, as Nova uses.
func (p *places) pool(ctx context.Context) (ref, error) {
	return p.poolOnce.get(func() (ref, error) {
		cluster, err := p.cluster(ctx)
		if err != nil || p.c.Config.ResourcePool == "" {
			return derefOr(cluster.ResourcePool), err
		}
		walk := &types.TraversalSpec{SelectionSpec: types.SelectionSpec{Name: "walk"}, Type: "ResourcePool", Path: "resourcePool",
			SelectSet: []types.BaseSelectionSpec{&types.SelectionSpec{Name: "walk"}}}
		from := types.ObjectSpec{Obj: *cluster.ResourcePool, SelectSet: []types.BaseSelectionSpec{walk}}
		all, err := list[mo.ResourcePool](ctx, p.c, from, map[string][]string{"ResourcePool": {"name", "parent"}})
		if err != nil {
			return ref{}, explain("listing the resource pools", err)
		}
		return pickPool(*cluster.ResourcePool, cluster.Name, p.c.Config.ResourcePool, all)
	})
}

func derefOr(r *ref) ref {
	if r == nil {
		return ref{}
	}
	return *r
}

// pickPool finds a pool by its path below the root pool, or by its name where that is unique.
func pickPool(root ref, cluster, wanted string, all []mo.ResourcePool) (ref, error) {
	byRef := map[ref]mo.ResourcePool{}
	for _, pool := range all {
		byRef[pool.Self] = pool
	}
	var names []string
	var matches []ref
	for _, pool := range all {
		path := pool.Name
		for up := derefOr(pool.Parent); up != root && byRef[up].Name != ""; up = derefOr(byRef[up].Parent) {
			path = byRef[up].Name + "/" + path
		}
		names = append(names, path)
		if path == strings.Trim(wanted, "/") {
			return pool.Self, nil
		}
		if pool.Name == wanted {
			matches = append(matches, pool.Self)
		}
	}
	switch len(matches) {
	case 1:
		return matches[0], nil
	case 0:
		return ref{}, openstack.Misconfigured("resource_pool", "%w", noSuch("resource pool", wanted, "cluster "+cluster, names))
	}
	return ref{}, openstack.Misconfigured("resource_pool", "cluster %s has %d resource pools called %q: write its path, one of %s", cluster, len(matches), wanted, quoted(names))
}

// novaDatastoreTypes are the types that Nova's VMware driver places instances on.
var novaDatastoreTypes = []string{"VMFS", "NFS", "NFS41", "vsan"}

// datastore chooses where bytes more go: the named datastore, or Nova's rule: of the cluster's, those that are accessible, not
// in maintenance, of a type for virtual machines and match datastore_regex, the one with the most free space.
func (p *places) datastore(ctx context.Context, bytes int64) (mo.Datastore, error) {
	stores, err := p.eligibleStores(ctx)
	if err != nil {
		return mo.Datastore{}, err
	}
	return p.emptiest(stores, bytes), nil
}

// eligibleStores are the datastores that may be chosen, read once.
func (p *places) eligibleStores(ctx context.Context) ([]mo.Datastore, error) {
	return p.storesOnce.get(func() ([]mo.Datastore, error) { return p.datastores(ctx) })
}

// storeNamed finds the datastore of a machine that was made here.
func (p *places) storeNamed(ctx context.Context, name string) (ref, error) {
	stores, err := p.eligibleStores(ctx)
	if err != nil {
		return ref{}, err
	}
	i := slices.IndexFunc(stores, func(d mo.Datastore) bool { return d.Name == name })
	if i < 0 {
		return ref{}, openstack.NotFound("the datastore %s is none of those that may be chosen: %s", name, storeNames(stores))
	}
	return stores[i].Self, nil
}

// emptiest is the datastore with the most free space, with what this process has put there; never asked for none.
func (p *places) emptiest(stores []mo.Datastore, bytes int64) mo.Datastore {
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

// datastores are those that may be chosen, never none.
func (p *places) datastores(ctx context.Context) ([]mo.Datastore, error) {
	cluster, err := p.cluster(ctx)
	if err != nil {
		return nil, err
	}
	questions := make([]question, len(cluster.Datastore))
	for i, r := range cluster.Datastore {
		questions[i] = question{r, []string{"name", "summary"}}
	}
	found, err := p.c.retrieve(ctx, questions)
	if err != nil {
		return nil, explain("reading the datastores", err)
	}
	var all []mo.Datastore
	for _, content := range found {
		var store mo.Datastore
		if err := mo.LoadObjectContent([]types.ObjectContent{content}, &store); err != nil {
			return nil, explain("reading the datastores", err)
		}
		all = append(all, store)
	}
	slices.SortFunc(all, func(a, b mo.Datastore) int { return strings.Compare(a.Name, b.Name) })
	if p.c.Config.Datastore != "" {
		one, err := oneOf("datastore", "datastore", p.c.Config.Datastore, "cluster "+cluster.Name, all, func(d mo.Datastore) string { return d.Name })
		return []mo.Datastore{one}, err
	}
	return eligible(all, p.c.Config.DatastoreRegex, cluster.Name)
}

func eligible(all []mo.Datastore, pattern, cluster string) ([]mo.Datastore, error) {
	match, err := regexp.Compile("^(?:" + pattern + ")")
	if err != nil {
		return nil, openstack.Misconfigured("datastore_regex", "%q is not a regular expression: %w", pattern, err)
	}
	var out []mo.Datastore
	var why []string
	for _, store := range all {
		s := store.Summary
		switch {
		case !slices.Contains(novaDatastoreTypes, s.Type):
			why = append(why, store.Name+" is of type "+s.Type)
		case !s.Accessible:
			why = append(why, store.Name+" is not accessible")
		case s.MaintenanceMode != "" && s.MaintenanceMode != string(types.DatastoreSummaryMaintenanceModeStateNormal):
			why = append(why, store.Name+" is in maintenance")
		case !match.MatchString(store.Name):
			why = append(why, store.Name+" does not match")
		default:
			out = append(out, store)
		}
	}
	if len(out) == 0 {
		return nil, openstack.Misconfigured("datastore_regex", "no datastore of cluster %s can be used with datastore_regex %q: %s", cluster, pattern, strings.Join(why, ", "))
	}
	return out, nil
}

// host is one of the cluster's hosts that a machine can be made on: connected, not in maintenance, with the datastore mounted.
// A clone needs none, but a machine made from nothing does where the cluster has no DRS. Nil where none is seen: vCenter decides.
func (p *places) host(ctx context.Context, store ref) (*ref, error) {
	cluster, err := p.cluster(ctx)
	if err != nil {
		return nil, err
	}
	mounts, err := read[mo.Datastore](ctx, p.c, store, []string{"host"})
	if err != nil {
		return nil, explain("reading the datastore's hosts", err)
	}
	var questions []question
	for _, mount := range mounts.Host {
		if slices.Contains(cluster.Host, mount.Key) {
			questions = append(questions, question{mount.Key, []string{"runtime.connectionState", "runtime.inMaintenanceMode"}})
		}
	}
	found, err := p.c.retrieve(ctx, questions)
	if err != nil {
		return nil, explain("reading the cluster's hosts", err)
	}
	for _, q := range questions {
		var host mo.HostSystem
		if content, ok := found[q.ref]; ok && mo.LoadObjectContent([]types.ObjectContent{content}, &host) == nil &&
			host.Runtime.ConnectionState == types.HostSystemConnectionStateConnected && !host.Runtime.InMaintenanceMode {
			return &q.ref, nil
		}
	}
	return nil, nil
}

// CheckPlacement finds cluster, resource pool and datastore, so that a wrong choice is an error of the plan.
func (c *Client) CheckPlacement(ctx context.Context) error {
	if _, err := c.places.pool(ctx); err != nil {
		return err
	}
	_, err := c.places.datastore(ctx, 0)
	return err
}
