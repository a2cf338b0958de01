// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Places finds where in the inventory things are made: the datacenter, folders, and each availability zone's cluster, pool and
// datastores. Each is looked up once. The embedded Site is the first zone, nova.
type Places struct {
	*Site
	Zones map[string]*Site

	datacenterOnce wire.Lookup[Datacenter]
	clustersOnce   wire.Lookup[[]mo.ComputeResource]
	ByNameOnce     wire.Lookup[map[string]ref] // the clusters, without their contents
	hostsOnce      wire.Lookup[map[ref]mo.HostSystem]

	mu      sync.Mutex
	folders map[string]ref
	taken   map[ref]int64 // bytes that this process has placed on a datastore since its free space was read
}

// InvalidateClusters drops the caches about clusters and their contents.
func (p *Places) InvalidateClusters() {
	p.clustersOnce.Forget()
	p.hostsOnce.Forget()
	for _, s := range p.Zones {
		s.clusterOnce.Forget()
		s.poolOnce.Forget()
		s.storesOnce.Forget()
		s.mountsOnce.Forget()
		s.clockOnce.Forget()
		s.fitOnce.Forget()
		s.drsOnce.Forget()
		s.versionsOnce.Forget()
	}
}

// InvalidateHosts drops the cached hosts and the checks of the zones, after a change of a host that did not affect its cluster.
func (p *Places) InvalidateHosts() {
	p.hostsOnce.Forget()
	for _, s := range p.Zones {
		s.fitOnce.Forget()
		s.mountsOnce.Forget()
	}
}

// Datacenter returns the configured datacenter, or the only one.
func (p *Places) Datacenter(ctx context.Context) (Datacenter, error) {
	return p.datacenterOnce.Get(func() (Datacenter, error) {
		vim, err := p.c.wire.Vim(ctx)
		if err != nil {
			return Datacenter{}, err
		}
		all, err := wire.ListReadable[mo.Datacenter](ctx, p.c.wire, property.Below(vim.ServiceContent.RootFolder),
			map[string][]string{"Datacenter": {"name", "parent", "vmFolder", "hostFolder", "networkFolder"}})
		if err != nil {
			return Datacenter{}, faults.Explain("listing the datacenters", err)
		}
		located, err := p.locate(ctx, vim.ServiceContent.RootFolder, all)
		if err != nil {
			return Datacenter{}, err
		}
		one, err := OneOf("datacenter", "datacenter", p.c.Config.Datacenter, "the vCenter", located, func(d Datacenter) string {
			twins := slices.ContainsFunc(all, func(o mo.Datacenter) bool { return o.Name == d.Name && o.Self != d.Self })
			if twins || strings.Contains(p.c.Config.Datacenter, "/") {
				return d.Path
			}
			return d.Name
		})
		if err != nil {
			return one, p.c.wire.Gaps.Nameless(err, "Datacenter")
		}
		return one, faults.Explain("reading the datacenter", p.c.wire.Gaps.About(one.Self, "parent", "vmFolder", "hostFolder", "networkFolder"))
	})
}

// Datacenter is a datacenter with its inventory path, without a leading slash. The datacenter may be in a folder.
type Datacenter struct {
	mo.Datacenter
	Path string
	Kept string // the path in vCenter's own escaping
}

// locate finds the folders of the datacenters. Most datacenters are in none, which takes no call.
func (p *Places) locate(ctx context.Context, root ref, all []mo.Datacenter) ([]Datacenter, error) {
	var folders []mo.Folder
	if slices.ContainsFunc(all, func(d mo.Datacenter) bool { return property.Deref(d.Parent) != root }) {
		var err error
		if folders, err = wire.ListReadable[mo.Folder](ctx, p.c.wire, property.Below(root),
			map[string][]string{"Folder": {"name", "parent"}}); err != nil {
			return nil, faults.Explain("listing the folders of datacenters", err)
		}
	}
	kept := slices.Clone(folders)
	for i := range kept {
		kept[i].Name = property.EscapeName(kept[i].Name)
	}
	out := make([]Datacenter, len(all))
	for i, d := range all {
		in := property.Deref(d.Parent).Value
		out[i] = Datacenter{d, FolderPath(root, folders, in) + d.Name, FolderPath(root, kept, in) + property.EscapeName(d.Name)}
	}
	return out, nil
}

// KeptDatacenterPath returns DatacenterPath in vCenter's own escaping.
func (p *Places) KeptDatacenterPath() string {
	dc, _ := p.datacenterOnce.Known()
	return dc.Kept
}

// DatacenterPath returns the datacenter's inventory path if it was looked up already, else an empty text.
func (p *Places) DatacenterPath() string {
	dc, _ := p.datacenterOnce.Known()
	return dc.Path
}

// OneOf returns the element with the wanted name, or if none is wanted, the only element.
func OneOf[T any](kind, argument, wanted, where string, all []T, name func(T) string) (T, error) {
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
		return none, openstack.ProviderErrorf(argument, "%s has several %ss (%s): choose one", where, kind, faults.Quoted(names))
	}
	i := slices.Index(names, wanted)
	if i < 0 { // wanted may be in vCenter's own escaping
		i = slices.Index(names, property.UnescapeName(wanted))
	}
	if i < 0 {
		return none, openstack.ProviderErrorf(argument, "%w", faults.NoSuch(kind, wanted, where, names))
	}
	return all[i], nil
}

// clusters returns all clusters of the datacenter, and standalone hosts.
func (p *Places) clusters(ctx context.Context) ([]mo.ComputeResource, error) {
	return p.clustersOnce.Get(func() ([]mo.ComputeResource, error) {
		dc, err := p.Datacenter(ctx)
		if err != nil {
			return nil, err
		}
		paths := []string{"name", "resourcePool", "datastore", "host"}
		all, err := wire.ListReadable[mo.ComputeResource](ctx, p.c.wire, property.Below(dc.HostFolder),
			map[string][]string{"ClusterComputeResource": paths, "ComputeResource": paths})
		return all, faults.Explain("listing the clusters", err)
	})
}

// pickPool finds a pool by its path below the root pool, or by its name if that is unique. A slash in a name may be written as it is, or
// escaped as vCenter does (%2f) if it could be mistaken for a separator.
func pickPool(root ref, cluster, wanted string, all []mo.ResourcePool) (ref, error) {
	byRef := map[ref]mo.ResourcePool{}
	for _, pool := range all {
		byRef[pool.Self] = pool
	}
	var names []string
	var matches []ref
	for _, pool := range all {
		path, kept := pool.Name, property.EscapeName(pool.Name)
		for up := property.Deref(pool.Parent); up != root && byRef[up].Name != ""; up = property.Deref(byRef[up].Parent) {
			path, kept = byRef[up].Name+"/"+path, property.EscapeName(byRef[up].Name)+"/"+kept
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
		return ref{}, openstack.ProviderErrorf("resource_pool", "%w", faults.NoSuch("resource pool", wanted, "cluster "+cluster, names))
	}
	return ref{}, openstack.ProviderErrorf("resource_pool", "cluster %s has %d resource pools called %q: write its path, one of %s", cluster,
		len(matches), wanted, faults.Quoted(names))
}
