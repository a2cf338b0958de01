// SPDX-License-Identifier: MPL-2.0

package clusters

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// drs is what a cluster's DRS knows while it looks for a host: how the cluster is configured, and the hosts that take machines. The
// simulator has none: machines stay where they were made, whatever the rules say.
type drs struct {
	clusters  *Clusters
	on        bool
	behavior  types.DrsBehavior
	overrides []types.ClusterDrsVmConfigInfo
	affinity  []types.BaseClusterRuleInfo // those that are enabled
	groups    []types.BaseClusterGroupInfo
	hosts     []candidate // of the cluster; those that take machines
	arrives   bool        // the machine comes from elsewhere, and whether a host sees what it needs is known
}

// drsOf looks at the cluster of a host. A host that stands alone has a DRS that is off.
func (c *Clusters) drsOf(ctx *simulator.Context, host types.ManagedObjectReference) *drs {
	d := &drs{clusters: c}
	members := []types.ManagedObjectReference{host}
	if cluster, ok := ctx.Map.Get(*base.Get[*simulator.HostSystem](ctx, host).Parent).(*simulator.ClusterComputeResource); ok {
		ctx.WithLock(cluster, func() {
			config := cluster.ConfigurationEx.(*types.ClusterConfigInfoEx)
			d.on, d.behavior = base.IsTrue(config.DrsConfig.Enabled), config.DrsConfig.DefaultVmBehavior
			d.overrides, d.groups = slices.Clone(config.DrsVmConfig), slices.Clone(config.Group)
			for _, rule := range config.Rule {
				if base.IsTrue(rule.GetClusterRuleInfo().Enabled) {
					d.affinity = append(d.affinity, rule)
				}
			}
			members = slices.Clone(cluster.Host)
		})
	}
	for _, ref := range members {
		member, ok := ctx.Map.Get(ref).(*simulator.HostSystem)
		if !ok {
			continue
		}
		ctx.WithLock(member, func() {
			if isEffective(member) && !c.entering.holds(ref) {
				d.hosts = append(d.hosts, candidate{ref, slices.Clone(member.Datastore), slices.Clone(member.Network)})
			}
		})
	}
	return d
}

// mayMove reports whether DRS may place or move a machine by itself. While it starts, that needs less automation than while it runs.
func (d *drs) mayMove(vm types.ManagedObjectReference, starting bool) bool {
	on, behavior := d.on, d.behavior
	for _, o := range d.overrides {
		if o.Key == vm {
			on = on && (o.Enabled == nil || *o.Enabled)
			if o.Behavior != "" {
				behavior = o.Behavior
			}
		}
	}
	return on && (behavior == types.DrsBehaviorFullyAutomated || starting && behavior == types.DrsBehaviorPartiallyAutomated)
}

// place chooses a host for a machine, whose lock the caller holds, and notes that it runs there if it is to run. It stays on its
// own host where it can; else it goes where fewest run. Without any host the fault says of each what is against it: NoCompatibleHost
// is what DRS is documented to answer when no host can run the machine, with a RuleViolation for each host and rule.
func (d *drs) place(vm *simulator.VirtualMachine, running, starting bool) (types.ManagedObjectReference, types.BaseMethodFault) {
	u := d.clusters.Usage
	shares := u.on()
	u.mu.Lock()
	defer u.mu.Unlock()
	var best *candidate
	var bestUnmet int
	against := new(types.NoCompatibleHost)
	for i, s := range d.hosts {
		if s.ref != *vm.Runtime.Host && !d.mayMove(vm.Self, starting) {
			continue
		}
		fault, unmet := d.check(vm, s, running)
		if fault != nil {
			against.Host = append(against.Host, s.ref)
			against.Error = append(against.Error, types.LocalizedMethodFault{Fault: fault,
				LocalizedMessage: "the host cannot run the virtual machine"})
			continue
		}
		home := func(s candidate) bool { return s.ref == *vm.Runtime.Host }
		better := best == nil || unmet < bestUnmet
		if !better && unmet == bestUnmet && !home(*best) {
			better = home(s) || shares[s.ref].machines < shares[best.ref].machines
		}
		if better {
			best, bestUnmet = &d.hosts[i], unmet
		}
	}
	if best == nil {
		return types.ManagedObjectReference{}, against
	}
	if running {
		u.running[vm.Self] = load{best.ref, int64(vm.Config.Hardware.NumCPU), int64(vm.Config.Hardware.MemoryMB)}
	}
	return best.ref, nil
}

// check gives what is against a host, and counts how many rules that are not mandatory it would leave unmet. A machine that does not run is
// not bound by rules.
func (d *drs) check(vm *simulator.VirtualMachine, s candidate, running bool) (types.BaseMethodFault, int) {
	for _, store := range vm.Datastore {
		if !d.arrives && !slices.Contains(s.stores, store) {
			return &types.InvalidDatastore{Datastore: &store}, 0
		}
	}
	if s.ref != *vm.Runtime.Host && !d.arrives {
		for _, network := range vm.Network {
			if !slices.Contains(s.networks, network) {
				return &types.CannotAccessNetwork{CannotAccessVmDevice: types.CannotAccessVmDevice{Device: "network", Backing: network.Value},
					Network: &network}, 0
			}
		}
	}
	if !d.on || !running {
		return nil, 0
	}
	if fault := d.brokenRule(vm.Self, s.ref); fault != nil {
		return fault, 0
	}
	unmet := 0
	for _, rule := range d.affinity {
		if !d.keeps(rule, vm.Self, s.ref) {
			unmet++
		}
	}
	return nil, unmet
}

// brokenRule is the first mandatory rule that a machine on a host would break.
func (d *drs) brokenRule(vm, host types.ManagedObjectReference) types.BaseMethodFault {
	for _, rule := range d.affinity {
		if base.IsTrue(rule.GetClusterRuleInfo().Mandatory) && !d.keeps(rule, vm, host) {
			return &types.RuleViolation{Host: &host, Rule: rule}
		}
	}
	return nil
}

// keeps reports whether a rule is kept with a machine on a host. Only machines that run count, and not those that are about to leave
// their host: they follow.
func (d *drs) keeps(rule types.BaseClusterRuleInfo, vm, host types.ManagedObjectReference) bool {
	others := func(members []types.ManagedObjectReference, bad func(on types.ManagedObjectReference) bool) bool {
		return slices.Contains(members, vm) && slices.ContainsFunc(members, func(m types.ManagedObjectReference) bool {
			l, runs := d.clusters.Usage.running[m]
			return runs && m != vm && bad(l.host)
		})
	}
	switch r := rule.(type) {
	case *types.ClusterAffinityRuleSpec:
		return !others(r.Vm, func(on types.ManagedObjectReference) bool { return on != host && !d.clusters.entering.holds(on) })
	case *types.ClusterAntiAffinityRuleSpec:
		return !others(r.Vm, func(on types.ManagedObjectReference) bool { return on == host })
	case *types.ClusterVmHostRuleInfo:
		if !slices.Contains(d.group(r.VmGroupName), vm) {
			return true
		}
		return (r.AffineHostGroupName == "" || slices.Contains(d.group(r.AffineHostGroupName), host)) &&
			(r.AntiAffineHostGroupName == "" || !slices.Contains(d.group(r.AntiAffineHostGroupName), host))
	}
	return true
}

// group gives the members of a group of machines or hosts.
func (d *drs) group(name string) []types.ManagedObjectReference {
	for _, g := range d.groups {
		if g.GetClusterGroupInfo().Name == name {
			return *members(g)
		}
	}
	return nil
}

// members is the list that a group holds.
func members(g types.BaseClusterGroupInfo) *[]types.ManagedObjectReference {
	switch g := g.(type) {
	case *types.ClusterVmGroup:
		return &g.Vm
	case *types.ClusterHostGroup:
		return &g.Host
	}
	return new([]types.ManagedObjectReference)
}

// ChooseHost is the host where nobody names one: DRS finds it for a machine that runs, and without DRS one has to be named; for one that
// does not run any will do.
func (c *Clusters) ChooseHost(ctx *simulator.Context, vm *simulator.VirtualMachine, hosts []types.ManagedObjectReference,
	sees func(host types.ManagedObjectReference) types.BaseMethodFault) (types.ManagedObjectReference, types.BaseMethodFault) {
	if len(hosts) == 0 {
		return types.ManagedObjectReference{}, new(types.NoCompatibleHost)
	}
	d := c.drsOf(ctx, hosts[0])
	if running := vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn; running {
		if !d.on && len(hosts) > 1 {
			return types.ManagedObjectReference{}, &types.InvalidArgument{InvalidProperty: "spec.host"}
		}
		d.hosts = slices.DeleteFunc(d.hosts, func(s candidate) bool { return sees(s.ref) != nil })
		d.arrives = true
		return d.place(vm, true, true)
	}
	against := new(types.NoCompatibleHost)
	for _, ref := range hosts {
		fault := c.CheckHost(ctx, ref)
		if fault == nil {
			fault = sees(ref)
		}
		if fault == nil {
			return ref, nil
		}
		against.Host = append(against.Host, ref)
		against.Error = append(against.Error, types.LocalizedMethodFault{Fault: fault})
	}
	return types.ManagedObjectReference{}, against
}

// CheckMove refuses to move a machine to a host.
func (c *Clusters) CheckMove(ctx *simulator.Context, vm *simulator.VirtualMachine, to types.ManagedObjectReference) types.BaseMethodFault {
	if fault := c.CheckHost(ctx, to); fault != nil {
		return fault
	}
	d := c.drsOf(ctx, to)
	if !d.on || vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		return nil
	}
	c.Usage.mu.Lock()
	defer c.Usage.mu.Unlock()
	return d.brokenRule(vm.Self, to)
}

// PlaceForStart brings a machine that is about to start to the host it starts on.
func (c *Clusters) PlaceForStart(ctx *simulator.Context, vm *simulator.VirtualMachine) types.BaseMethodFault {
	if ctx.Map.Get(vm.Self) == nil {
		return &types.ManagedObjectNotFound{Obj: vm.Self}
	}
	d := c.drsOf(ctx, *vm.Runtime.Host)
	if !d.mayMove(vm.Self, true) {
		if fault := c.CheckHost(ctx, *vm.Runtime.Host); fault != nil {
			return fault
		}
	}
	to, fault := d.place(vm, true, true)
	if fault == nil {
		moveTo(ctx, vm, to)
	}
	return fault
}
