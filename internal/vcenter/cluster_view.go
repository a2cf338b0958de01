package vcenter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// clusterView is what the rules of a cluster follow from, and the rules that it has.
type clusterView struct {
	cluster ref
	name    string
	rules   []types.BaseClusterRuleInfo
	groups  []types.BaseClusterGroupInfo
	hosts   map[ref]string // names
	vms     []drsMember
	dark    map[ref]bool // machines whose configuration the vCenter does not show while their host is away
}

// drsMember is a machine of the cluster and what is written on it.
type drsMember struct {
	ref      ref
	id, name string // the instance's UUID, and its name
	ties     affinity

	keys map[string]string // those of pendingPaths
}

// affinityPath asks a machine for one of its parameters, as Nova's driver asks for nvp.vm-uuid.
const affinityPath = `config.extraConfig["` + affinityKey + `"]`

// pendingPaths tell whether something is pending that says otherwise.
var pendingPaths = map[string]string{`config.extraConfig["` + generationKey + `"]`: generationKey, `config.extraConfig["` + hintKey +
	`"]`: hintKey, affinityPath: affinityKey}

// look reads a cluster, its hosts and what its machines say, in one call.
func (b *drsRules) look(ctx context.Context) (*clusterView, error) {
	step := func(kind, path string, then ...types.BaseSelectionSpec) *types.TraversalSpec {
		return &types.TraversalSpec{Type: kind, Path: path, SelectSet: then}
	}
	pools := step("ResourcePool", "resourcePool", &types.SelectionSpec{Name: "pools"}, step("ResourcePool", "vm"))
	pools.Name = "pools"
	from := types.ObjectSpec{Obj: b.cluster, SelectSet: []types.BaseSelectionSpec{
		step("ComputeResource", "host"), step("ComputeResource", "resourcePool", pools, step("ResourcePool", "vm"))}}
	objects, err := b.c.wire.Collect(ctx, from, map[string][]string{
		"ClusterComputeResource": {"name", "configurationEx"}, "HostSystem": {"name"},
		"VirtualMachine": append([]string{"name", "config.instanceUuid"}, slices.Sorted(maps.Keys(pendingPaths))...)})
	if err != nil {
		return nil, faults.Explain("reading the rules of the cluster", err)
	}
	v := &clusterView{cluster: b.cluster, hosts: map[ref]string{}, dark: map[ref]bool{}}
	for _, o := range objects {
		if _, leaves := b.leaving.Load(o.Obj); !leaves {
			v.add(o)
		}
	}
	for i := range v.vms {
		if err := b.c.tieAsPending(ctx, &v.vms[i]); err != nil {
			return nil, faults.Explain("reading the rules of the cluster", err)
		}
	}
	if v.name == "" {
		return nil, fmt.Errorf("the cluster %s is not there, or is no cluster, or this user may not read its configuration: rules need a cluster",
			b.cluster.Value)
	}
	return v, nil
}

// add takes in one object of the answer.
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
			keys[pendingPaths[p.Name]] = optionText(p.Val)
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
		v.vms = append(v.vms, drsMember{o.Obj, strings.ToLower(id), name, affinityOn(id, keys[affinityKey]), keys})
	}
}

// optionText is the value of one advanced parameter.
func optionText(value types.AnyType) (text string) {
	if option, ok := value.(types.BaseOptionValue); ok && option != nil {
		text, _ = option.GetOptionValue().Value.(string)
	} else if option, ok := value.(types.OptionValue); ok {
		text, _ = option.Value.(string)
	}
	return text
}

// tieAsPending has a machine bound as is pending for it, where that counts.
func (c *Client) tieAsPending(ctx context.Context, vm *drsMember) error {
	p, err := c.pendingOf(ctx, vm.id, hinted(vm.keys[hintKey], vm.id))
	if c.unconcerned(vm.keys, err) {
		return nil
	}
	if err != nil || p.Generation <= number(vm.keys[generationKey]) {
		return err
	}
	if text, set := p.counting(vm.keys)[affinityKey]; set {
		vm.ties = affinityOn(vm.id, text)
	}
	return nil
}

// members are the instances of a server group, in the order of their names.
func (v *clusterView) members(group string) (out []drsMember) {
	for _, vm := range v.vms {
		if vm.ties.Group == group {
			out = append(out, vm)
		}
	}
	slices.SortFunc(out, func(a, b drsMember) int { return strings.Compare(a.name+a.id, b.name+b.id) })
	return out
}

// drsRule is one rule, as machines and aggregates want it.
type drsRule struct {
	policy string // a server group's, or one of the two below
	vms    []ref
	hosts  []ref
}

const (
	bindsToHosts = "hosts"     // the machines run on the hosts
	groupsHosts  = "aggregate" // the hosts are a group, and nothing more
)

// wantedRules are all that are wanted, by the names of their rules.
func (v *clusterView) wantedRules(aggregates []openstack.Aggregate) map[string]*drsRule {
	out := map[string]*drsRule{}
	at := func(name, policy string) *drsRule {
		if out[name] == nil {
			out[name] = &drsRule{policy: policy}
		}
		return out[name]
	}
	byID := map[string]ref{}
	for _, vm := range v.vms {
		byID[vm.id] = vm.ref
	}
	pair := func(relation, policy string, vm drsMember, others []string) {
		for _, other := range others {
			if r, ok := byID[strings.ToLower(other)]; ok && r != vm.ref {
				at(ruleOfPair(relation, vm.id, other), policy).vms = []ref{vm.ref, r}
			}
		}
	}
	for _, vm := range v.vms {
		if t := vm.ties; t.Group != "" {
			one := at(ruleOfGroup(t.Group), t.Policy)
			one.vms = append(one.vms, vm.ref)
		}
		pair("apart", openstack.AntiAffinity, vm, vm.ties.DifferentHost)
		pair("together", openstack.Affinity, vm, vm.ties.SameHost)
		if len(vm.ties.Aggregates) > 0 {
			one := at(ruleOfSpecs(vm.ties.Aggregates), bindsToHosts)
			one.vms, one.hosts = append(one.vms, vm.ref), v.fitting(vm.ties.Aggregates, aggregates)
		}
		if vm.ties.Pin.Name != "" {
			one := at(vm.ties.Pin.Name, bindsToHosts)
			one.vms, one.hosts = append(one.vms, vm.ref), v.present(vm.ties.Pin.Hosts)
		}
	}
	for _, a := range aggregates {
		if hosts := v.hostsOf(a); len(hosts) > 0 && a.Cluster == v.cluster.Value {
			at(ruleOfAggregate+a.ID, groupsHosts).hosts = hosts
		}
	}
	return out
}

// fitting are the hosts whose aggregates have what is wanted.
func (v *clusterView) fitting(specs map[string]string, aggregates []openstack.Aggregate) (out []ref) {
	for host := range v.hosts {
		in := slices.DeleteFunc(slices.Clone(aggregates), func(a openstack.Aggregate) bool { return !slices.Contains(v.hostsOf(a), host) })
		if vmspec.HostSatisfies(specs, in) {
			out = append(out, host)
		}
	}
	return sortedRefs(out)
}

// hostsOf are the hosts of an aggregate that are in the cluster.
func (v *clusterView) hostsOf(a openstack.Aggregate) (out []ref) {
	for host, name := range v.hosts {
		if slices.ContainsFunc(a.Hosts, func(written string) bool { return isHost(written, host.Value, name) }) {
			out = append(out, host)
		}
	}
	return sortedRefs(out)
}

// isHost says that what is written names a host: by its managed object id, or by its name.
func isHost(written, id, name string) bool { return written == id || strings.EqualFold(written, name) }

// present are those of some hosts that are in the cluster.
func (v *clusterView) present(ids []string) (out []ref) {
	for host := range v.hosts {
		if slices.Contains(ids, host.Value) {
			out = append(out, host)
		}
	}
	return sortedRefs(out)
}

func sortedRefs(refs []ref) []ref {
	slices.SortFunc(refs, func(a, b ref) int { return strings.Compare(a.Value, b.Value) })
	return refs
}

// rule is the cluster's rule of a name; nil where it has none.
func (v *clusterView) rule(name string) types.BaseClusterRuleInfo {
	for _, r := range v.rules {
		if r.GetClusterRuleInfo().Name == name {
			return r
		}
	}
	return nil
}

// group is the cluster's group of a name, likewise.
func (v *clusterView) group(name string) types.BaseClusterGroupInfo {
	for _, g := range v.groups {
		if g.GetClusterGroupInfo().Name == name {
			return g
		}
	}
	return nil
}

// clusterNamed is a cluster's reference by its managed object id.
func clusterNamed(id string) ref { return ref{Type: "ClusterComputeResource", Value: id} }

// WithoutDRS are the clusters of some zones, where DRS is off in every one of them: nobody follows rules without it. They are asked
// together, and once. A zone that has no cluster says nothing, unless none has.
func (c *Client) WithoutDRS(ctx context.Context, zones ...string) (clusters []string, err error) {
	off, on, failed := make([]string, len(zones)), make([]bool, len(zones)), make([]error, len(zones))
	var all sync.WaitGroup
	for i, zone := range zones {
		all.Go(func() {
			cluster, err := c.Inventory.ClusterOf(ctx, zone)
			if err == nil {
				on[i], err = c.Inventory.Places.Zones[zone].Drs(ctx)
			}
			if failed[i] = err; err == nil {
				off[i] = cluster.Name
			}
		})
	}
	all.Wait()
	if slices.Contains(on, true) {
		return nil, nil
	}
	if !slices.Contains(failed, nil) {
		return nil, failed[0]
	}
	slices.Sort(off)
	return slices.DeleteFunc(slices.Compact(off), func(name string) bool { return name == "" }), nil
}

// CheckOthers refuses instances to keep apart from that are nowhere. One in another cluster is apart already.
func (c *Client) CheckOthers(ctx context.Context, zone string, ids []string) error {
	for _, id := range ids {
		err := c.CheckCompanions(ctx, zone, []string{id})
		if !errors.Is(err, openstack.ErrNotFound) {
			if err != nil {
				return err
			}
			continue
		}
		if _, err := c.findUUID(ctx, id); errors.Is(err, openstack.ErrNotFound) {
			return openstack.NotFound("no instance has the id %s: leave it out, or write the id of one that is there", id)
		} else if err != nil {
			return faults.Explain("looking for the instance "+id, err)
		}
	}
	return nil
}

// CheckCompanions refuses an instance of a zone beside others that the zone's cluster does not have.
func (c *Client) CheckCompanions(ctx context.Context, zone string, ids []string) error {
	own, err := c.Inventory.ClusterOf(ctx, zone)
	if err != nil || len(ids) == 0 {
		return err
	}
	v, err := c.view(ctx, own.Self)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(v.vms, func(vm drsMember) bool { return strings.EqualFold(vm.id, id) }) {
			return openstack.NotFound("no instance of the cluster %s has the id %s", v.name, id)
		}
	}
	return nil
}
