package vcenter

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// places knows where in the inventory things are made: datacenter, folders, and each availability zone's cluster, pool and datastores.
// Each is found once. What asks for no zone asks the first, nova.
type places struct {
	*site
	zones map[string]*site

	datacenterOnce lookup[datacenter]
	clustersOnce   lookup[[]mo.ComputeResource]
	hostsOnce      lookup[map[ref]mo.HostSystem]

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

// forget has it found anew.
func (l *lookup[T]) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	var none T
	l.value, l.found = none, false
}

// outdate forgets what is known of clusters and what is in them.
func (p *places) outdate() {
	p.clustersOnce.forget()
	p.hostsOnce.forget()
	for _, s := range p.zones {
		s.clusterOnce.forget()
		s.poolOnce.forget()
		s.storesOnce.forget()
		s.clockOnce.forget()
		s.fitOnce.forget()
		s.drsOnce.forget()
		s.versionsOnce.forget()
	}
}

// unfit forgets what is known of the hosts, and which zones go together: a host has changed, though not its cluster.
func (p *places) unfit() {
	p.hostsOnce.forget()
	for _, s := range p.zones {
		s.fitOnce.forget()
	}
}

// datacenter is the configured one, or the only one.
func (p *places) datacenter(ctx context.Context) (datacenter, error) {
	return p.datacenterOnce.get(func() (datacenter, error) {
		vim, err := p.c.session.vim(ctx)
		if err != nil {
			return datacenter{}, err
		}
		all, err := listReadable[mo.Datacenter](ctx, p.c, below(vim.ServiceContent.RootFolder),
			map[string][]string{"Datacenter": {"name", "parent", "vmFolder", "hostFolder", "networkFolder"}})
		if err != nil {
			return datacenter{}, explain("listing the datacenters", err)
		}
		located, err := p.locate(ctx, vim.ServiceContent.RootFolder, all)
		if err != nil {
			return datacenter{}, err
		}
		one, err := oneOf("datacenter", "datacenter", p.c.Config.Datacenter, "the vCenter", located, func(d datacenter) string {
			twins := slices.ContainsFunc(all, func(o mo.Datacenter) bool { return o.Name == d.Name && o.Self != d.Self })
			if twins || strings.Contains(p.c.Config.Datacenter, "/") {
				return d.path
			}
			return d.Name
		})
		if err != nil {
			return one, p.c.gaps.nameless(err, "Datacenter")
		}
		return one, explain("reading the datacenter", p.c.gaps.about(one.Self, "parent", "vmFolder", "hostFolder", "networkFolder"))
	})
}

// datacenter is one with its inventory path, without a slash before it: a datacenter may lie in a folder.
type datacenter struct {
	mo.Datacenter
	path string
	kept string // the path as vCenter keeps it
}

// locate finds out in which folders datacenters lie. Most lie in none, and then nothing is asked.
func (p *places) locate(ctx context.Context, root ref, all []mo.Datacenter) ([]datacenter, error) {
	var folders []mo.Folder
	if slices.ContainsFunc(all, func(d mo.Datacenter) bool { return derefOr(d.Parent) != root }) {
		var err error
		if folders, err = listReadable[mo.Folder](ctx, p.c, below(root), map[string][]string{"Folder": {"name", "parent"}}); err != nil {
			return nil, explain("listing the folders of datacenters", err)
		}
	}
	kept := slices.Clone(folders)
	for i := range kept {
		kept[i].Name = escapeName(kept[i].Name)
	}
	out := make([]datacenter, len(all))
	for i, d := range all {
		in := derefOr(d.Parent).Value
		out[i] = datacenter{d, folderPath(root, folders, in) + d.Name, folderPath(root, kept, in) + escapeName(d.Name)}
	}
	return out, nil
}

// keptDatacenterPath is datacenterPath as vCenter keeps it.
func (p *places) keptDatacenterPath() string {
	p.datacenterOnce.mu.Lock()
	defer p.datacenterOnce.mu.Unlock()
	return p.datacenterOnce.value.kept
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
	if i < 0 { // written as vCenter keeps it
		i = slices.Index(names, unescapeName(wanted))
	}
	if i < 0 {
		return none, openstack.Misconfigured(argument, "%w", noSuch(kind, wanted, where, names))
	}
	return all[i], nil
}

// clusters are all of the datacenter, with hosts that stand alone.
func (p *places) clusters(ctx context.Context) ([]mo.ComputeResource, error) {
	return p.clustersOnce.get(func() ([]mo.ComputeResource, error) {
		dc, err := p.datacenter(ctx)
		if err != nil {
			return nil, err
		}
		paths := []string{"name", "resourcePool", "datastore", "host"}
		all, err := listReadable[mo.ComputeResource](ctx, p.c, below(dc.HostFolder),
			map[string][]string{"ClusterComputeResource": paths, "ComputeResource": paths})
		return all, explain("listing the clusters", err)
	})
}

func derefOr(r *ref) ref {
	if r == nil {
		return ref{}
	}
	return *r
}

// pickPool finds a pool by its path below the root pool, or by its name where that is unique. A slash in a name may be written as it is, or
// as vCenter keeps it (%2f) where it could be taken for one between two names.
func pickPool(root ref, cluster, wanted string, all []mo.ResourcePool) (ref, error) {
	byRef := map[ref]mo.ResourcePool{}
	for _, pool := range all {
		byRef[pool.Self] = pool
	}
	var names []string
	var matches []ref
	for _, pool := range all {
		path, kept := pool.Name, escapeName(pool.Name)
		for up := derefOr(pool.Parent); up != root && byRef[up].Name != ""; up = derefOr(byRef[up].Parent) {
			path, kept = byRef[up].Name+"/"+path, escapeName(byRef[up].Name)+"/"+kept
		}
		names = append(names, kept)
		if kept == strings.Trim(wanted, "/") {
			return pool.Self, nil
		}
		if path == strings.Trim(wanted, "/") || pool.Name == wanted {
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
