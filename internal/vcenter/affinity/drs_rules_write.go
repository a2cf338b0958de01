// SPDX-License-Identifier: MPL-2.0

package affinity

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// named returns the names of the rules that are asked for, sorted.
func (v *clusterView) named(asked []Unsettled, wanted map[string]*drsRule) []string {
	names := map[string]bool{}
	for _, u := range asked {
		for _, name := range u.Names {
			names[name] = true
		}
		if !u.Flavors {
			continue
		}
		for name := range wanted {
			names[name] = names[name] || strings.HasPrefix(name, ruleOfFlavor)
		}
		for _, r := range v.rules {
			name := r.GetClusterRuleInfo().Name
			names[name] = names[name] || strings.HasPrefix(name, ruleOfFlavor)
		}
	}
	maps.DeleteFunc(names, func(_ string, asked bool) bool { return !asked })
	return slices.Sorted(maps.Keys(names))
}

// changes returns the next step towards what is wanted of some rules. A rule that refers to groups is added after them, and removed
// before them: how vCenter handles both in one call is not documented.
func (v *clusterView) changes(names []string, wanted map[string]*drsRule) (*types.ClusterConfigSpecEx, map[string]error) {
	spec, hostless := &types.ClusterConfigSpecEx{}, map[string]error{}
	for _, name := range names {
		rule, groups := v.want(name, wanted[name])
		if b := wanted[name]; b != nil && b.policy == bindsToHosts && len(b.hosts) == 0 {
			hostless[name] = fmt.Errorf("the rule %s would leave no host of the cluster %s to run on: see that an aggregate with hosts, or a "+
				"host, has what is asked for", name, v.name)
		}
		have := v.rule(name)
		settled := true
		for _, group := range groupNames(name) {
			change := groupChange(v.group(group), groups[group])
			if change == nil || change.Operation == types.ArrayUpdateOperationRemove && have != nil {
				continue
			}
			spec.GroupSpec = append(spec.GroupSpec, *change)
			settled = settled && change.Operation == types.ArrayUpdateOperationEdit
		}
		if change := ruleChange(have, rule); change != nil && settled {
			spec.RulesSpec = append(spec.RulesSpec, *change)
		}
	}
	return spec, hostless
}

// inForce reports whether a rule is as wanted.
func (v *clusterView) inForce(name string, wanted map[string]*drsRule) bool {
	spec, hostless := v.changes([]string{name}, wanted)
	return len(spec.GroupSpec)+len(spec.RulesSpec)+len(hostless) == 0
}

// want returns what the cluster must have of a rule: the rule, nil for none, and its groups by their names. VMs whose affinity cannot be
// read at the moment stay in it.
func (v *clusterView) want(name string, b *drsRule) (types.BaseClusterRuleInfo, map[string]types.BaseClusterGroupInfo) {
	if b == nil {
		b = &drsRule{policy: policyOf(v.rule(name))}
	}
	vms := append(slices.Clone(b.vms), v.darkIn(name)...)
	info := types.ClusterRuleInfo{Name: name, Enabled: types.NewBool(true),
		Mandatory: types.NewBool(b.policy != openstack.SoftAffinity && b.policy != openstack.SoftAntiAffinity)}
	group := func(suffix string) types.ClusterGroupInfo { return types.ClusterGroupInfo{Name: name + suffix} }
	switch {
	case b.policy == groupsHosts:
		return nil, map[string]types.BaseClusterGroupInfo{name: &types.ClusterHostGroup{ClusterGroupInfo: group(""), Host: b.hosts}}
	case b.policy == bindsToHosts && len(vms) > 0 && len(b.hosts) > 0:
		return &types.ClusterVmHostRuleInfo{ClusterRuleInfo: info, VmGroupName: name + "-vms", AffineHostGroupName: name + "-hosts"},
			map[string]types.BaseClusterGroupInfo{name + "-vms": &types.ClusterVmGroup{ClusterGroupInfo: group("-vms"), Vm: vms},
				name + "-hosts": &types.ClusterHostGroup{ClusterGroupInfo: group("-hosts"), Host: b.hosts}}
	case len(vms) < 2 || b.policy == bindsToHosts:
		return nil, nil
	case b.policy == openstack.Affinity || b.policy == openstack.SoftAffinity:
		return &types.ClusterAffinityRuleSpec{ClusterRuleInfo: info, Vm: vms}, nil
	}
	return &types.ClusterAntiAffinityRuleSpec{ClusterRuleInfo: info, Vm: vms}, nil
}

// policyOf returns the policy that a rule was made with, for members whose affinity cannot be read.
func policyOf(rule types.BaseClusterRuleInfo) string {
	soft := rule != nil && rule.GetClusterRuleInfo().Mandatory != nil && !*rule.GetClusterRuleInfo().Mandatory
	switch rule.(type) {
	case *types.ClusterAffinityRuleSpec:
		return map[bool]string{false: openstack.Affinity, true: openstack.SoftAffinity}[soft]
	case *types.ClusterAntiAffinityRuleSpec:
		return map[bool]string{false: openstack.AntiAffinity, true: openstack.SoftAntiAffinity}[soft]
	}
	return bindsToHosts
}

// darkIn returns the VMs in a rule or its group whose affinity cannot be read.
func (v *clusterView) darkIn(name string) []ref {
	var in []ref
	switch r := v.rule(name).(type) {
	case *types.ClusterAffinityRuleSpec:
		in = r.Vm
	case *types.ClusterAntiAffinityRuleSpec:
		in = r.Vm
	}
	if g, ok := v.group(name + "-vms").(*types.ClusterVmGroup); ok {
		in = append(slices.Clone(in), g.Vm...)
	}
	return slices.DeleteFunc(slices.Clone(in), func(vm ref) bool { return !v.dark[vm] })
}

// groupChange returns the change that makes a group as wanted; nil if it is so already.
func groupChange(have, want types.BaseClusterGroupInfo) *types.ClusterGroupSpec {
	change := &types.ClusterGroupSpec{Info: want}
	switch {
	case have == nil && want == nil || have != nil && want != nil && sameRefs(groupMembers(have), groupMembers(want)):
		return nil
	case want == nil:
		change.Operation, change.RemoveKey = types.ArrayUpdateOperationRemove, have.GetClusterGroupInfo().Name
	case have == nil:
		change.Operation = types.ArrayUpdateOperationAdd
	default:
		change.Operation = types.ArrayUpdateOperationEdit
	}
	return change
}

func groupMembers(g types.BaseClusterGroupInfo) []ref {
	switch g := g.(type) {
	case *types.ClusterVmGroup:
		return g.Vm
	case *types.ClusterHostGroup:
		return g.Host
	}
	return nil
}

// ruleChange is groupChange for a rule. A rule of another type is removed, and the next step adds the new one.
func ruleChange(have, want types.BaseClusterRuleInfo) *types.ClusterRuleSpec {
	change := &types.ClusterRuleSpec{Info: want}
	switch {
	case have == nil && want == nil || have != nil && want != nil && sameRule(have, want):
		return nil
	case have == nil:
		change.Operation = types.ArrayUpdateOperationAdd
	case want == nil || fmt.Sprintf("%T", have) != fmt.Sprintf("%T", want):
		change.Operation, change.RemoveKey, change.Info = types.ArrayUpdateOperationRemove, have.GetClusterRuleInfo().Key, nil
	default:
		change.Operation = types.ArrayUpdateOperationEdit
		info := want.GetClusterRuleInfo()
		info.Key, info.RuleUuid = have.GetClusterRuleInfo().Key, have.GetClusterRuleInfo().RuleUuid
	}
	return change
}

// sameRule reports whether two rules of one name demand the same.
func sameRule(have, want types.BaseClusterRuleInfo) bool {
	a, b := have.GetClusterRuleInfo(), want.GetClusterRuleInfo()
	is := func(flag *bool) bool { return flag != nil && *flag }
	if is(a.Enabled) != is(b.Enabled) || is(a.Mandatory) != is(b.Mandatory) {
		return false
	}
	switch h := have.(type) {
	case *types.ClusterAffinityRuleSpec:
		w, ok := want.(*types.ClusterAffinityRuleSpec)
		return ok && sameRefs(h.Vm, w.Vm)
	case *types.ClusterAntiAffinityRuleSpec:
		w, ok := want.(*types.ClusterAntiAffinityRuleSpec)
		return ok && sameRefs(h.Vm, w.Vm)
	case *types.ClusterVmHostRuleInfo:
		w, ok := want.(*types.ClusterVmHostRuleInfo)
		return ok && h.VmGroupName == w.VmGroupName && h.AffineHostGroupName == w.AffineHostGroupName && h.AntiAffineHostGroupName == ""
	}
	return false
}

// sameRefs reports whether two lists hold the same objects.
func sameRefs(a, b []ref) bool {
	return slices.Equal(sortedRefs(slices.Clone(a)), sortedRefs(slices.Clone(b)))
}
