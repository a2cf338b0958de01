// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"cmp"
	"context"
	"errors"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
)

// Nodes caches the datacenter's compute nodes, which are its clusters and their hosts. They are read together, and again only after this
// process has run a task: a plan reads them once.
type Nodes struct {
	c *Inventory

	reading sync.Mutex // held while reading, so that concurrent callers share the answer
	mu      sync.Mutex
	acts    int // number of tasks that were run
	known   int // acts at the time of the last read, plus one; 0: never read
	all     []openstack.Hypervisor
}

// Invalidate records that a task was run, which may have started or moved something.
func (n *Nodes) Invalidate() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.acts++
}

// fresh returns the last answer, whether it is still current, and the value of known for a new read.
func (n *Nodes) fresh() (all []openstack.Hypervisor, ok bool, next int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.all, n.known == n.acts+1, n.acts + 1
}

// Hypervisors returns all compute nodes of the datacenter, each cluster followed by its hosts, sorted by name. A standalone host counts
// if it is the provider's own compute node, or a zone's.
func (c *Inventory) Hypervisors(ctx context.Context) ([]openstack.Hypervisor, error) {
	n := c.Nodes
	n.reading.Lock()
	defer n.reading.Unlock()
	all, ok, next := n.fresh()
	if ok {
		return slices.Clone(all), nil
	}
	all, err := n.read(ctx)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all, n.known = all, next
	return slices.Clone(all), nil
}

// Hypervisor finds a compute node by id, hostname, or both. Without either it returns the provider's own cluster.
func (c *Inventory) Hypervisor(ctx context.Context, id, hostname string) (openstack.Hypervisor, error) {
	if id == "" && hostname == "" {
		own, err := c.Places.Cluster(ctx)
		if err != nil {
			return openstack.Hypervisor{}, err
		}
		id = own.Self.Value
	}
	all, err := c.Hypervisors(ctx)
	if err != nil {
		return openstack.Hypervisor{}, err
	}
	var ids, names []string
	var found []openstack.Hypervisor
	for _, h := range all {
		ids, names = append(ids, h.ID), append(names, h.Hostname)
		if (id == "" || h.ID == id) && (hostname == "" || strings.EqualFold(h.Hostname, hostname)) {
			found = append(found, h)
		}
	}
	where := "datacenter " + c.Places.DatacenterPath()
	switch {
	case len(found) > 0:
		return found[0], nil
	case id != "" && slices.Contains(ids, id):
		return openstack.Hypervisor{}, openstack.AttributeErrorf("hostname",
			"the compute node %s is not called %q: leave one of id and hostname out", id,
			hostname)
	case id != "":
		return openstack.Hypervisor{}, openstack.AttributeErrorf("id", "%w", faults.NoSuch("compute node with the id", id, where, ids))
	}
	return openstack.Hypervisor{}, openstack.AttributeErrorf("hostname", "%w", faults.NoSuch("compute node", hostname, where, names))
}

// read reads all compute nodes in one call.
func (n *Nodes) read(ctx context.Context) ([]openstack.Hypervisor, error) {
	dc, err := n.c.Places.Datacenter(ctx)
	if err != nil {
		return nil, err
	}
	vim, err := n.c.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	objects, err := n.c.wire.RetrieveAll(ctx, vim, nodeSpecs(dc.HostFolder))
	if err != nil {
		return nil, faults.Explain("reading the compute nodes", err)
	}
	seen, err := decodeNodes(objects)
	if err != nil {
		return nil, faults.Explain("reading the compute nodes", err)
	}
	return seen.hypervisors(n.c.Config, vim.ServiceContent.About)
}

// nodeSpecs selects every cluster below a folder, its datastores, its hosts and their VMs.
func nodeSpecs(folder ref) []types.PropertyFilterSpec {
	from := property.Below(folder)
	step := func(kind, path string, then ...types.BaseSelectionSpec) types.BaseSelectionSpec {
		return &types.TraversalSpec{Type: kind, Path: path, SelectSet: then}
	}
	walk, _ := from.SelectSet[0].(*types.TraversalSpec)
	walk.SelectSet = append(walk.SelectSet, step("ComputeResource", "host", step("HostSystem", "vm")), step("ComputeResource", "datastore"))
	cluster := []string{"name", "host", "datastore"}
	return []types.PropertyFilterSpec{{ObjectSet: []types.ObjectSpec{from}, PropSet: []types.PropertySpec{
		{Type: "ComputeResource", PathSet: cluster},
		{Type: "ClusterComputeResource", PathSet: cluster},
		{Type: "HostSystem", PathSet: []string{"name", "datastore", "summary.hardware", "summary.quickStats", "summary.config.product",
			"runtime.connectionState", "runtime.inMaintenanceMode", "config.network.vnic"}},
		{Type: "Datastore", PathSet: []string{"name", "summary"}},
		{Type: "VirtualMachine", PathSet: []string{"runtime.powerState", "runtime.host", "summary.config.numCpu"}},
	}}}
}

// survey holds the clusters that were read, and what is in them by reference.
type survey struct {
	clusters []mo.ComputeResource
	hosts    map[ref]mo.HostSystem
	stores   map[ref]mo.Datastore
	running  map[ref]int64 // VMs that are on, by host
	cpus     map[ref]int64 // their vCPUs
}

// decodeNodes decodes what the vCenter shows. A host that cannot be read counts as down; one whose name is hidden is left out.
func decodeNodes(objects []types.ObjectContent) (survey, error) {
	is := func(want ...string) func(string) bool {
		return func(kind string) bool { return slices.Contains(want, kind) }
	}
	in := survey{hosts: map[ref]mo.HostSystem{}, stores: map[ref]mo.Datastore{}, running: map[ref]int64{}, cpus: map[ref]int64{}}
	var err error
	in.clusters, err = property.Readable[mo.ComputeResource](objects, is("ComputeResource", "ClusterComputeResource"))
	hosts, err1 := property.Readable[mo.HostSystem](objects, is("HostSystem"))
	stores, err2 := property.Readable[mo.Datastore](objects, is("Datastore"))
	vms, err3 := property.Readable[mo.VirtualMachine](objects, is("VirtualMachine"))
	for _, host := range hosts {
		in.hosts[host.Self] = host
	}
	for _, store := range stores {
		in.stores[store.Self] = store
	}
	for _, vm := range vms {
		if host := property.Deref(vm.Runtime.Host); vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
			in.running[host]++
			in.cpus[host] += int64(vm.Summary.Config.NumCpu)
		}
	}
	slices.SortFunc(in.clusters, func(a, b mo.ComputeResource) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Self.Value, b.Self.Value))
	})
	return in, errors.Join(err, err1, err2, err3)
}

// hypervisors returns the compute nodes of the survey. The disk space of a cluster is what its zones may use, or if no zone uses the
// cluster, what the provider's own arguments allow.
func (in survey) hypervisors(cfg Config, about types.AboutInfo) ([]openstack.Hypervisor, error) {
	if _, err := regexp.Compile(cfg.DatastoreRegex); err != nil {
		return nil, openstack.ProviderErrorf("datastore_regex", "%q is not a regular expression: %w", cfg.DatastoreRegex, err)
	}
	out := []openstack.Hypervisor{}
	for _, cluster := range in.clusters {
		zones := cfg.zonesOf(cluster.Name)
		if cluster.Self.Type != "ClusterComputeResource" && cluster.Name != cfg.Cluster && len(zones) == 0 {
			continue
		}
		if len(zones) == 0 {
			zones = []Zone{cfg.ownZone()}
		}
		var members []esx
		var hosts []openstack.Hypervisor
		node := cluster.Self.Value + "." + about.InstanceUuid
		for _, r := range cluster.Host {
			host, ok := in.hosts[r]
			if !ok {
				continue // it was removed during the read
			}
			shown := in.shown(host)
			h := hostFigures(shown, in.spaces(host.Datastore, zones))
			h.ID, h.Hostname, h.Node, h.Cluster, h.HostIP = r.Value, host.Name, node, cluster.Name, addressOf(host)
			if product := host.Summary.Config.Product; product != nil {
				h.Type, h.Version = product.Name, openstack.VersionNumber(product.Version)
			}
			members, hosts = append(members, shown), append(hosts, h)
		}
		h := clusterFigures(members, in.spaces(cluster.Datastore, zones))
		h.ID, h.Hostname, h.Node, h.Cluster, h.HostIP = cluster.Self.Value, node, node, cluster.Name, hostOnly(cfg.Server)
		h.Type, h.Version = about.Name, openstack.VersionNumber(about.Version)
		slices.SortFunc(hosts, func(a, b openstack.Hypervisor) int { return strings.Compare(a.Hostname, b.Hostname) })
		out = append(append(out, h), hosts...)
	}
	return out, nil
}

// shown converts a host to the values for figures.
func (in survey) shown(host mo.HostSystem) esx {
	e := esx{used: int64(host.Summary.QuickStats.OverallMemoryUsage),
		connected:   host.Runtime.ConnectionState == types.HostSystemConnectionStateConnected,
		maintenance: host.Runtime.InMaintenanceMode, running: in.running[host.Self], runningCPUs: in.cpus[host.Self]}
	if hw := host.Summary.Hardware; hw != nil {
		e.threads, e.cores, e.packages, e.model, e.memory = int64(hw.NumCpuThreads), int64(hw.NumCpuCores), int64(hw.NumCpuPkgs), hw.CpuModel,
			hw.MemorySize
	}
	return e
}

// spaces returns the datastores on which an instance of some of the zones may be placed.
func (in survey) spaces(refs []ref, zones []Zone) (out []space) {
	var stores []mo.Datastore
	for _, r := range refs {
		if store, ok := in.stores[r]; ok {
			stores = append(stores, store)
		}
	}
	may := map[ref]bool{}
	for _, zone := range zones {
		chosen := stores
		if len(zone.Datastores) == 0 {
			chosen, _ = eligible(stores, zone.DatastoreRegex, "") // an error means that there is no space
		}
		for _, store := range chosen {
			may[store.Self] = may[store.Self] || len(zone.Datastores) == 0 ||
				slices.ContainsFunc(zone.Datastores, func(written string) bool {
					return written == store.Name ||
						property.UnescapeName(written) == store.Name
				})
		}
	}
	for _, store := range stores {
		if may[store.Self] {
			out = append(out, space{store.Summary.Capacity, store.Summary.FreeSpace})
		}
	}
	return out
}

// addressOf returns the address of a host's first vmkernel adapter, the one for management; empty if it is not shown.
func addressOf(host mo.HostSystem) string {
	if host.Config == nil || host.Config.Network == nil {
		return ""
	}
	for _, nic := range host.Config.Network.Vnic {
		if nic.Spec.Ip != nil && nic.Spec.Ip.IpAddress != "" {
			return nic.Spec.Ip.IpAddress
		}
	}
	return ""
}

// hostOnly returns a server's name without its port.
func hostOnly(server string) string {
	if host, _, err := net.SplitHostPort(server); err == nil {
		return host
	}
	return server
}

// ClusterPart returns the cluster's managed object id, which begins a compute node's name.
func ClusterPart(node string) string {
	cluster, _, _ := strings.Cut(node, ".")
	return cluster
}

// HostKind is the type of an ESX host in vSphere's references.
const HostKind = "HostSystem"
