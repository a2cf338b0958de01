// SPDX-License-Identifier: MPL-2.0

package affinity

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// clusterView is what the rules of a cluster follow from, and the rules that it has.
type clusterView struct {
	cluster ref
	name    string
	rules   []types.BaseClusterRuleInfo
	groups  []types.BaseClusterGroupInfo
	hosts   map[ref]string // names
	vms     []drsMember
	dark    map[ref]bool // VMs whose configuration vCenter does not show while their host is away
}

// drsMember is a VM of the cluster with what binds it.
type drsMember struct {
	ref      ref
	id, name string // the instance's UUID, and its name
	affinity machine.Affinity

	keys map[string]string // the values of machine.AffinityPaths
}

// readCluster reads a cluster, its hosts and its VMs' affinities, in one call. VMs in leaving are left out.
func readCluster(ctx context.Context, conn *wire.Conn, machines *machine.Machines, cluster ref, leaving *sync.Map) (*clusterView, error) {
	step := func(kind, path string, then ...types.BaseSelectionSpec) *types.TraversalSpec {
		return &types.TraversalSpec{Type: kind, Path: path, SelectSet: then}
	}
	pools := step("ResourcePool", "resourcePool", &types.SelectionSpec{Name: "pools"}, step("ResourcePool", "vm"))
	pools.Name = "pools"
	from := types.ObjectSpec{Obj: cluster, SelectSet: []types.BaseSelectionSpec{
		step("ComputeResource", "host"), step("ComputeResource", "resourcePool", pools, step("ResourcePool", "vm"))}}
	objects, err := conn.Collect(ctx, from, map[string][]string{
		"ClusterComputeResource": {"name", "configurationEx"}, "HostSystem": {"name"},
		"VirtualMachine": append([]string{"name", "config.instanceUuid"}, slices.Sorted(maps.Keys(machine.AffinityPaths))...)})
	if err != nil {
		return nil, faults.Explain("reading the rules of the cluster", err)
	}
	v := &clusterView{cluster: cluster, hosts: map[ref]string{}, dark: map[ref]bool{}}
	for _, o := range objects {
		if _, leaves := leaving.Load(o.Obj); !leaves {
			v.add(o)
		}
	}
	for i := range v.vms {
		vm := &v.vms[i]
		if vm.affinity, err = machines.PendingAffinity(ctx, vm.id, vm.keys, vm.affinity); err != nil {
			return nil, faults.Explain("reading the rules of the cluster", err)
		}
	}
	if v.name == "" {
		return nil, fmt.Errorf("the cluster %s is not there, or is no cluster, or this user may not read its configuration: rules need a cluster",
			cluster.Value)
	}
	return v, nil
}

// add takes over one object of the answer.
func (v *clusterView) add(o types.ObjectContent) {
	var name, id string
	keys := map[string]string{}
	for _, p := range o.PropSet {
		switch p.Name {
		case "name":
			name, _ = p.Val.(string)
		case "config.instanceUuid":
			id, _ = p.Val.(string)
		case "configurationEx":
			if config, ok := p.Val.(types.ClusterConfigInfoEx); ok {
				v.rules, v.groups = config.Rule, config.Group
			}
		default:
			keys[machine.AffinityPaths[p.Name]] = optionText(p.Val)
		}
	}
	switch {
	case o.Obj == v.cluster:
		v.name = name
	case o.Obj.Type == "HostSystem":
		v.hosts[o.Obj] = name
	case id == "":
		v.dark[o.Obj] = true
	default:
		v.vms = append(v.vms, drsMember{o.Obj, strings.ToLower(id), name, machine.AffinityOn(id, keys[machine.AffinityKey]), keys})
	}
}

// optionText returns the value of one advanced parameter.
func optionText(value types.AnyType) (text string) {
	if option, ok := value.(types.BaseOptionValue); ok && option != nil {
		text, _ = option.GetOptionValue().Value.(string)
	} else if option, ok := value.(types.OptionValue); ok {
		text, _ = option.Value.(string)
	}
	return text
}

// members returns the instances of a server group, in the order of their names.
func (v *clusterView) members(group string) (out []drsMember) {
	for _, vm := range v.vms {
		if vm.affinity.Group == group {
			out = append(out, vm)
		}
	}
	slices.SortFunc(out, func(a, b drsMember) int { return strings.Compare(a.name+a.id, b.name+b.id) })
	return out
}

func sortedRefs(refs []ref) []ref {
	slices.SortFunc(refs, func(a, b ref) int { return strings.Compare(a.Value, b.Value) })
	return refs
}

// rule returns the cluster's rule of a name; nil if it has none.
func (v *clusterView) rule(name string) types.BaseClusterRuleInfo {
	for _, r := range v.rules {
		if r.GetClusterRuleInfo().Name == name {
			return r
		}
	}
	return nil
}

// group returns the cluster's group of a name; nil if it has none.
func (v *clusterView) group(name string) types.BaseClusterGroupInfo {
	for _, g := range v.groups {
		if g.GetClusterGroupInfo().Name == name {
			return g
		}
	}
	return nil
}

// clusterNamed returns a cluster's reference by its managed object id.
func clusterNamed(id string) ref { return ref{Type: "ClusterComputeResource", Value: id} }
