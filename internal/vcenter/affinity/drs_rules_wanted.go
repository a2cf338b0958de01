// SPDX-License-Identifier: MPL-2.0

package affinity

import (
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// drsRule is one rule, as VMs and aggregates want it.
type drsRule struct {
	policy string // a server group's, or one of the two below
	vms    []ref
	hosts  []ref
}

const (
	bindsToHosts = "hosts"     // the VMs run on the hosts
	groupsHosts  = "aggregate" // the hosts form a group, without a rule
)

// wantedRules returns all rules that VMs and aggregates want, by their names.
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
		if t := vm.affinity; t.Group != "" {
			one := at(ruleOfGroup(t.Group), t.Policy)
			one.vms = append(one.vms, vm.ref)
		}
		pair("apart", openstack.AntiAffinity, vm, vm.affinity.DifferentHost)
		pair("together", openstack.Affinity, vm, vm.affinity.SameHost)
		if len(vm.affinity.Aggregates) > 0 {
			one := at(ruleOfSpecs(vm.affinity.Aggregates), bindsToHosts)
			one.vms, one.hosts = append(one.vms, vm.ref), v.fitting(vm.affinity.Aggregates, aggregates)
		}
		if vm.affinity.Pin.Name != "" {
			one := at(vm.affinity.Pin.Name, bindsToHosts)
			one.vms, one.hosts = append(one.vms, vm.ref), v.present(vm.affinity.Pin.Hosts)
		}
	}
	for _, a := range aggregates {
		if hosts := v.hostsOf(a); len(hosts) > 0 && a.Cluster == v.cluster.Value {
			at(ruleOfAggregate+a.ID, groupsHosts).hosts = hosts
		}
	}
	return out
}

// fitting returns the hosts whose aggregates satisfy some extra specs.
func (v *clusterView) fitting(specs map[string]string, aggregates []openstack.Aggregate) (out []ref) {
	for host := range v.hosts {
		in := slices.DeleteFunc(slices.Clone(aggregates), func(a openstack.Aggregate) bool { return !slices.Contains(v.hostsOf(a), host) })
		if vmspec.HostSatisfies(specs, in) {
			out = append(out, host)
		}
	}
	return sortedRefs(out)
}

// hostsOf returns the hosts of an aggregate that are in the cluster.
func (v *clusterView) hostsOf(a openstack.Aggregate) (out []ref) {
	for host, name := range v.hosts {
		if slices.ContainsFunc(a.Hosts, func(written string) bool { return isHost(written, host.Value, name) }) {
			out = append(out, host)
		}
	}
	return sortedRefs(out)
}

// present returns those of some hosts that are in the cluster.
func (v *clusterView) present(ids []string) (out []ref) {
	for host := range v.hosts {
		if slices.Contains(ids, host.Value) {
			out = append(out, host)
		}
	}
	return sortedRefs(out)
}
