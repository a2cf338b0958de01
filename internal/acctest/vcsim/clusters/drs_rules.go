// SPDX-License-Identifier: MPL-2.0

package clusters

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// ReconfigureComputeResourceTask changes a cluster as a whole or not at all. Groups and rules must have names of their own, exist
// where they are edited or named, and hold machines and hosts of this cluster. The simulator takes rules about nothing, finds them
// by name where it should by key, and takes any change for an incremental one.
func (c *clusterRules) ReconfigureComputeResourceTask(ctx *simulator.Context, req *types.ReconfigureComputeResource_Task) soap.HasFault {
	cluster := base.Get[*simulator.ClusterComputeResource](ctx, req.This)
	task := c.Unlocked(ctx, cluster, "reconfigureCluster", func() (_ types.AnyType, fault types.BaseMethodFault) {
		spec, ok := req.Spec.(*types.ClusterConfigSpecEx)
		if !ok {
			return nil, &types.InvalidArgument{InvalidProperty: "spec"}
		}
		if fault := c.checkMembers(ctx, cluster, spec); fault != nil {
			return nil, fault
		}
		ctx.WithLock(cluster, func() { fault = c.reconfigure(ctx, cluster, spec, req.Modify) })
		c.Usage.Outdate()
		return nil, fault
	})
	return &methods.ReconfigureComputeResource_TaskBody{Res: &types.ReconfigureComputeResource_TaskResponse{Returnval: task}}
}

// checkMembers finds what is to be in a group or rule and is no machine or host of the cluster.
func (c *clusterRules) checkMembers(ctx *simulator.Context, cluster *simulator.ClusterComputeResource,
	spec *types.ClusterConfigSpecEx) types.BaseMethodFault {
	var hosts []types.ManagedObjectReference
	ctx.WithLock(cluster, func() { hosts = slices.Clone(cluster.Host) })
	isHost := func(ref types.ManagedObjectReference) bool { return slices.Contains(hosts, ref) }
	isMachine := func(ref types.ManagedObjectReference) (ours bool) {
		if vm, ok := ctx.Map.Get(ref).(*simulator.VirtualMachine); ok {
			ctx.WithLock(vm, func() { ours = vm.Runtime.Host != nil && isHost(*vm.Runtime.Host) })
		}
		return ours
	}
	all := func(refs []types.ManagedObjectReference, is func(types.ManagedObjectReference) bool, property string) types.BaseMethodFault {
		for _, ref := range refs {
			if !is(ref) {
				return &types.InvalidArgument{InvalidProperty: property}
			}
		}
		return nil
	}
	var faults []types.BaseMethodFault
	for _, s := range spec.GroupSpec {
		switch g := s.Info.(type) {
		case *types.ClusterVmGroup:
			faults = append(faults, all(g.Vm, isMachine, "spec.groupSpec.info.vm"))
		case *types.ClusterHostGroup:
			faults = append(faults, all(g.Host, isHost, "spec.groupSpec.info.host"))
		}
	}
	for _, s := range spec.RulesSpec {
		faults = append(faults, all(machinesOf(s.Info), isMachine, "spec.rulesSpec.info.vm"))
	}
	return cmp.Or(faults...)
}

// machinesOf are the machines that a rule names itself.
func machinesOf(rule types.BaseClusterRuleInfo) []types.ManagedObjectReference {
	switch r := rule.(type) {
	case *types.ClusterAffinityRuleSpec:
		return r.Vm
	case *types.ClusterAntiAffinityRuleSpec:
		return r.Vm
	}
	return nil
}

// reconfigure changes a cluster that is locked.
func (c *clusterRules) reconfigure(ctx *simulator.Context, cluster *simulator.ClusterComputeResource, spec *types.ClusterConfigSpecEx,
	modify bool) types.BaseMethodFault {
	config := cluster.ConfigurationEx.(*types.ClusterConfigInfoEx)
	groups, rules := slices.Clone(config.Group), slices.Clone(config.Rule)
	if !modify { // the specification is the whole of it
		groups, rules = nil, nil
	}
	groups, fault := changeGroups(cluster.Self, groups, spec.GroupSpec)
	if fault != nil {
		return fault
	}
	next := func() int32 { return int32(c.Next()) }
	if rules, fault = changeRules(cluster.Self, rules, groups, spec.RulesSpec, next); fault != nil {
		return fault
	}
	rest := *spec
	rest.GroupSpec, rest.RulesSpec = nil, nil
	if _, fault := base.Wait(ctx, base.TaskOf(cluster.ReconfigureComputeResourceTask(ctx,
		&types.ReconfigureComputeResource_Task{This: cluster.Self, Spec: &rest, Modify: true}))); fault != nil {
		return fault
	}
	configure(cluster, &rest, modify)
	config.Group, config.Rule = groups, rules
	return nil
}

// configure sets what a specification says of DRS, HA and power management. Without modify the rest is as in a cluster that is new:
// all of it off.
func configure(cluster *simulator.ClusterComputeResource, spec *types.ClusterConfigSpecEx, modify bool) {
	config := cluster.ConfigurationEx.(*types.ClusterConfigInfoEx)
	drs, ha, power := &config.DrsConfig, &config.DasConfig, config.DpmConfigInfo
	if !modify {
		drs = &types.ClusterDrsConfigInfo{Enabled: types.NewBool(false), DefaultVmBehavior: types.DrsBehaviorFullyAutomated, VmotionRate: 3}
		ha, power = &types.ClusterDasConfigInfo{Enabled: types.NewBool(false)}, nil
	}
	config.DrsConfig, config.DasConfig, config.DpmConfigInfo = *base.Merge(drs, spec.DrsConfig), *base.Merge(ha, spec.DasConfig),
		base.Merge(power, spec.DpmConfig)
}

// changeGroups applies changes to a list of groups. A name that is taken is DuplicateName; everything else that is wrong is an
// invalid argument.
func changeGroups(cluster types.ManagedObjectReference, have []types.BaseClusterGroupInfo,
	specs []types.ClusterGroupSpec) ([]types.BaseClusterGroupInfo, types.BaseMethodFault) {
	for _, s := range specs {
		var name string
		if s.Operation == types.ArrayUpdateOperationRemove {
			name, _ = s.RemoveKey.(string)
		} else if s.Info != nil {
			name = s.Info.GetClusterGroupInfo().Name
		}
		i := slices.IndexFunc(have, func(g types.BaseClusterGroupInfo) bool { return g.GetClusterGroupInfo().Name == name })
		switch {
		case name == "":
			return nil, &types.InvalidArgument{InvalidProperty: "spec.groupSpec.info.name"}
		case s.Operation == types.ArrayUpdateOperationAdd && i >= 0:
			return nil, &types.DuplicateName{Name: name, Object: cluster}
		case s.Operation == types.ArrayUpdateOperationAdd:
			s.Info.GetClusterGroupInfo().UserCreated = types.NewBool(true)
			have = append(have, s.Info)
		case i < 0, s.Operation == types.ArrayUpdateOperationEdit && reflect.TypeOf(have[i]) != reflect.TypeOf(s.Info):
			return nil, &types.InvalidArgument{InvalidProperty: "spec.groupSpec.info.name"}
		case s.Operation == types.ArrayUpdateOperationEdit:
			s.Info.GetClusterGroupInfo().UserCreated = have[i].GetClusterGroupInfo().UserCreated
			have[i] = s.Info
		case s.Operation == types.ArrayUpdateOperationRemove:
			have = slices.Delete(have, i, i+1)
		default:
			return nil, &types.InvalidArgument{InvalidProperty: "spec.groupSpec.operation"}
		}
	}
	return have, nil
}

// changeRules applies changes to a list of rules. Rules whose groups are gone go with them: what a real server does with these has
// not been measured, but it keeps no rule that names nothing.
func changeRules(cluster types.ManagedObjectReference, have []types.BaseClusterRuleInfo, groups []types.BaseClusterGroupInfo,
	specs []types.ClusterRuleSpec, next func() int32) ([]types.BaseClusterRuleInfo, types.BaseMethodFault) {
	have = slices.DeleteFunc(have, func(r types.BaseClusterRuleInfo) bool { return checkRule(r, groups) != nil && len(machinesOf(r)) == 0 })
	for _, s := range specs {
		if s.Operation == types.ArrayUpdateOperationRemove {
			key, _ := s.RemoveKey.(int32)
			i := ruleOf(have, key)
			if i < 0 {
				return nil, &types.InvalidArgument{InvalidProperty: "spec.rulesSpec.removeKey"}
			}
			have = slices.Delete(have, i, i+1)
			continue
		}
		fault := checkRule(s.Info, groups)
		if fault == nil {
			have, fault = putRule(cluster, have, s, next)
		}
		if fault != nil {
			return nil, fault
		}
	}
	return have, nil
}

// ruleOf finds a rule by its key, which the server gave it; 0 is none.
func ruleOf(have []types.BaseClusterRuleInfo, key int32) int {
	return slices.IndexFunc(have, func(r types.BaseClusterRuleInfo) bool { return r.GetClusterRuleInfo().Key == key })
}

// putRule adds a rule, or replaces the one that has its key.
func putRule(cluster types.ManagedObjectReference, have []types.BaseClusterRuleInfo, s types.ClusterRuleSpec,
	next func() int32) ([]types.BaseClusterRuleInfo, types.BaseMethodFault) {
	info, add := s.Info.GetClusterRuleInfo(), s.Operation == types.ArrayUpdateOperationAdd
	i := ruleOf(have, info.Key)
	switch {
	case !add && s.Operation != types.ArrayUpdateOperationEdit:
		return nil, &types.InvalidArgument{InvalidProperty: "spec.rulesSpec.operation"}
	case !add && (i < 0 || reflect.TypeOf(have[i]) != reflect.TypeOf(s.Info)):
		return nil, &types.InvalidArgument{InvalidProperty: "spec.rulesSpec.info.key"}
	case slices.ContainsFunc(have, func(r types.BaseClusterRuleInfo) bool {
		other := r.GetClusterRuleInfo()
		return other.Name == info.Name && (add || other.Key != info.Key)
	}):
		return nil, &types.DuplicateName{Name: info.Name, Object: cluster}
	}
	info.Enabled, info.Mandatory = types.NewBool(base.IsTrue(info.Enabled)), types.NewBool(base.IsTrue(info.Mandatory))
	if add {
		info.Key, info.RuleUuid, info.UserCreated, info.Status = next(), uuid.NewString(), types.NewBool(true), types.ManagedEntityStatusGreen
		return append(have, s.Info), nil
	}
	old := have[i].GetClusterRuleInfo()
	info.RuleUuid, info.UserCreated, info.Status = old.RuleUuid, old.UserCreated, old.Status
	have[i] = s.Info
	return have, nil
}

// checkRule refuses a rule without a name, about fewer than two machines, or about groups that are not there.
func checkRule(rule types.BaseClusterRuleInfo, groups []types.BaseClusterGroupInfo) types.BaseMethodFault {
	wrong := func(property string) types.BaseMethodFault {
		return &types.InvalidArgument{InvalidProperty: "spec.rulesSpec.info" + property}
	}
	if rule == nil || rule.GetClusterRuleInfo().Name == "" {
		return wrong(".name")
	}
	r, ok := rule.(*types.ClusterVmHostRuleInfo)
	if !ok {
		if vms := machinesOf(rule); len(vms) < 2 || slices.Contains(vms[1:], vms[0]) {
			return wrong(".vm")
		}
		return nil
	}
	there := func(name string, kind types.BaseClusterGroupInfo) bool {
		return slices.ContainsFunc(groups, func(g types.BaseClusterGroupInfo) bool {
			return g.GetClusterGroupInfo().Name == name && reflect.TypeOf(g) == reflect.TypeOf(kind)
		})
	}
	switch {
	case !there(r.VmGroupName, new(types.ClusterVmGroup)):
		return wrong(".vmGroupName")
	case r.AffineHostGroupName == "" && r.AntiAffineHostGroupName == "":
		return wrong(".affineHostGroupName")
	case r.AffineHostGroupName != "" && !there(r.AffineHostGroupName, new(types.ClusterHostGroup)):
		return wrong(".affineHostGroupName")
	case r.AntiAffineHostGroupName != "" && !there(r.AntiAffineHostGroupName, new(types.ClusterHostGroup)):
		return wrong(".antiAffineHostGroupName")
	}
	return nil
}

// forgetMissing takes machines that are gone and hosts that left out of a cluster's groups and rules, and rules that are left with no
// machine. The cluster is locked.
func forgetMissing(ctx *simulator.Context, cluster *simulator.ClusterComputeResource) {
	config, ok := cluster.ConfigurationEx.(*types.ClusterConfigInfoEx)
	if !ok {
		return
	}
	left := func(refs []types.ManagedObjectReference) []types.ManagedObjectReference {
		return slices.DeleteFunc(slices.Clone(refs), func(ref types.ManagedObjectReference) bool { return ctx.Map.Get(ref) == nil })
	}
	stay := func(refs []types.ManagedObjectReference) []types.ManagedObjectReference {
		return slices.DeleteFunc(slices.Clone(refs), func(ref types.ManagedObjectReference) bool { return !slices.Contains(cluster.Host, ref) })
	}
	groups := slices.Clone(config.Group)
	for i, group := range groups {
		switch g := group.(type) {
		case *types.ClusterVmGroup:
			groups[i] = &types.ClusterVmGroup{ClusterGroupInfo: g.ClusterGroupInfo, Vm: left(g.Vm)}
		case *types.ClusterHostGroup:
			groups[i] = &types.ClusterHostGroup{ClusterGroupInfo: g.ClusterGroupInfo, Host: stay(g.Host)}
		}
	}
	var rules []types.BaseClusterRuleInfo
	for _, rule := range config.Rule {
		switch r := rule.(type) {
		case *types.ClusterAffinityRuleSpec:
			rule = &types.ClusterAffinityRuleSpec{ClusterRuleInfo: r.ClusterRuleInfo, Vm: left(r.Vm)}
		case *types.ClusterAntiAffinityRuleSpec:
			rule = &types.ClusterAntiAffinityRuleSpec{ClusterRuleInfo: r.ClusterRuleInfo, Vm: left(r.Vm)}
		}
		if _, named := rule.(*types.ClusterVmHostRuleInfo); named || len(machinesOf(rule)) > 0 {
			rules = append(rules, rule)
		}
	}
	config.Group, config.Rule = groups, rules
	config.DrsVmConfig = slices.DeleteFunc(slices.Clone(config.DrsVmConfig),
		func(o types.ClusterDrsVmConfigInfo) bool { return ctx.Map.Get(o.Key) == nil })
}

// FindRulesForVm gives the rules that a machine is in, by itself or by a group. The simulator has no such method.
func (c *clusterRules) FindRulesForVm(ctx *simulator.Context, req *types.FindRulesForVm) soap.HasFault {
	cluster := base.Get[*simulator.ClusterComputeResource](ctx, req.This)
	body := &methods.FindRulesForVmBody{Res: new(types.FindRulesForVmResponse)}
	ctx.WithLock(cluster, func() {
		config := cluster.ConfigurationEx.(*types.ClusterConfigInfoEx)
		d := &drs{groups: config.Group}
		for _, rule := range config.Rule {
			vms := machinesOf(rule)
			if r, ok := rule.(*types.ClusterVmHostRuleInfo); ok {
				vms = d.group(r.VmGroupName)
			}
			if slices.Contains(vms, req.Vm) {
				body.Res.Returnval = append(body.Res.Returnval, rule)
			}
		}
	})
	return body
}
