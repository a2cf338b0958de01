// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"testing"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func refs[T mo.Reference](objects ...T) (out []types.ManagedObjectReference) {
	for _, o := range objects {
		out = append(out, o.Reference())
	}
	return out
}

func called(name string, mandatory bool) types.ClusterRuleInfo {
	return types.ClusterRuleInfo{Name: name, Enabled: yes(), Mandatory: &mandatory}
}

func together(name string, mandatory bool, vms ...*object.VirtualMachine) types.BaseClusterRuleInfo {
	return &types.ClusterAffinityRuleSpec{ClusterRuleInfo: called(name, mandatory), Vm: refs(vms...)}
}

func apartRule(name string, mandatory bool, vms ...*object.VirtualMachine) types.BaseClusterRuleInfo {
	return &types.ClusterAntiAffinityRuleSpec{ClusterRuleInfo: called(name, mandatory), Vm: refs(vms...)}
}

func vmGroup(name string, vms ...*object.VirtualMachine) types.BaseClusterGroupInfo {
	return &types.ClusterVmGroup{ClusterGroupInfo: types.ClusterGroupInfo{Name: name}, Vm: refs(vms...)}
}

func hostGroup(name string, hosts ...*object.HostSystem) types.BaseClusterGroupInfo {
	return &types.ClusterHostGroup{ClusterGroupInfo: types.ClusterGroupInfo{Name: name}, Host: refs(hosts...)}
}

// rule changes one rule of the cluster.
func (l *lab) rule(operation types.ArrayUpdateOperation, info types.BaseClusterRuleInfo, key any) error {
	_, err := l.task(l.compute().Reconfigure(l.ctx, &types.ClusterConfigSpecEx{RulesSpec: []types.ClusterRuleSpec{{
		ArrayUpdateSpec: types.ArrayUpdateSpec{Operation: operation, RemoveKey: key}, Info: info,
	}}}, true))
	return err
}

// group changes one group of the cluster.
func (l *lab) group(operation types.ArrayUpdateOperation, info types.BaseClusterGroupInfo, key any) error {
	_, err := l.task(l.compute().Reconfigure(l.ctx, &types.ClusterConfigSpecEx{GroupSpec: []types.ClusterGroupSpec{{
		ArrayUpdateSpec: types.ArrayUpdateSpec{Operation: operation, RemoveKey: key}, Info: info,
	}}}, true))
	return err
}

// rules are those of the cluster, by name.
func (l *lab) rules() map[string]types.BaseClusterRuleInfo {
	l.Helper()
	out := map[string]types.BaseClusterRuleInfo{}
	for _, r := range l.seeCluster(l.compute()).ConfigurationEx.(*types.ClusterConfigInfoEx).Rule {
		out[r.GetClusterRuleInfo().Name] = r
	}
	return out
}

const (
	adds    = types.ArrayUpdateOperationAdd
	edits   = types.ArrayUpdateOperationEdit
	removes = types.ArrayUpdateOperationRemove
)

// Machines start where the rules let them, whatever host they were made on.
func TestRulesHoldAtPowerOn(t *testing.T) {
	t.Parallel()
	l := strict(t)
	one, two := l.esx("esx-1"), l.esx("esx-2")
	start := func(vm *object.VirtualMachine) error { _, err := l.task(vm.PowerOn(l.ctx)); return err }
	var vms []*object.VirtualMachine
	for _, name := range []string{"a", "b", "c", "d"} {
		vms = append(vms, l.mustClone(name, nil, placed(one)))
	}
	l.ok(l.rule(adds, apartRule("apart", true, vms...), nil))
	var used []types.ManagedObjectReference
	for _, vm := range vms[:3] {
		l.ok(start(vm))
		used = append(used, l.runsOn(vm))
	}
	if used[0] != one.Reference() || used[0] == used[1] || used[1] == used[2] || used[0] == used[2] {
		t.Errorf("they run on %v", used)
	}
	err := start(vms[3]) // there is no fourth host
	faults(t, err, &types.NoCompatibleHost{})
	var none *types.NoCompatibleHost
	if _, ok := fault.As(err, &none); ok {
		if len(none.Host) != 3 || len(none.Error) != 3 {
			t.Errorf("%+v", none)
		}
		for _, why := range none.Error {
			if v, ok := why.Fault.(*types.RuleViolation); !ok || v.Rule.GetClusterRuleInfo().Name != "apart" {
				t.Errorf("%+v", why.Fault)
			}
		}
	}
	if l.see(vms[3]).Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff {
		t.Error("it runs")
	}
	to := two.Reference()
	if l.runsOn(vms[0]) != to {
		_, err = l.task(vms[0].Relocate(l.ctx, types.VirtualMachineRelocateSpec{Host: &to}, ""))
		faults(t, err, &types.RuleViolation{})
	}
	// The same rule as a preference lets it start.
	soft := l.rules()["apart"]
	soft.GetClusterRuleInfo().Mandatory = types.NewBool(false)
	l.ok(l.rule(edits, soft, nil))
	l.ok(start(vms[3]))
	// A rule that is off says nothing.
	soft.GetClusterRuleInfo().Mandatory, soft.GetClusterRuleInfo().Enabled = yes(), types.NewBool(false)
	l.ok(l.rule(edits, soft, nil))
	_, err = l.task(vms[0].Relocate(l.ctx, types.VirtualMachineRelocateSpec{Host: &to}, ""))
	l.ok(err)
}

// Two that belong together meet, without a mandatory rule as well.
func TestTogetherAtPowerOn(t *testing.T) {
	t.Parallel()
	l := strict(t)
	one, two := l.esx("esx-1"), l.esx("esx-2")
	start := func(vm *object.VirtualMachine) error { _, err := l.task(vm.PowerOn(l.ctx)); return err }
	for name, mandatory := range map[string]bool{"must": true, "should": false} {
		x, y := l.mustClone(name+"-x", nil, placed(one)), l.mustClone(name+"-y", nil, placed(two))
		l.ok(l.rule(adds, together(name, mandatory, x, y), nil))
		l.ok(start(x))
		l.ok(start(y))
		if l.runsOn(x) != l.runsOn(y) {
			t.Errorf("%s: they run apart", name)
		}
	}

	// The simulator starts them wherever they are; unmodified it takes no wish for a host, so both are brought to one.
	u := unmodified(t)
	x, y, home := u.mustClone("x", nil), u.mustClone("y", nil), u.esx("esx-1").Reference()
	u.ok(u.rule(adds, apartRule("apart", true, x, y), nil))
	for _, vm := range []*object.VirtualMachine{x, y} {
		_, err := u.task(vm.Relocate(u.ctx, types.VirtualMachineRelocateSpec{Host: &home}, ""))
		u.ok(err)
		_, err = u.task(vm.PowerOn(u.ctx))
		u.ok(err)
	}
	if *u.see(x).Runtime.Host != home || *u.see(y).Runtime.Host != home {
		t.Error("the simulator has learnt to keep them apart")
	}
}

func TestHostRulesHoldAtPowerOn(t *testing.T) {
	t.Parallel()
	l := strict(t)
	one, two, three := l.esx("esx-1"), l.esx("esx-2"), l.esx("esx-3")
	start := func(vm *object.VirtualMachine) error { _, err := l.task(vm.PowerOn(l.ctx)); return err }
	stop := func(vm *object.VirtualMachine) { _, err := l.task(vm.PowerOff(l.ctx)); l.ok(err) }
	vm := l.mustClone("a", nil, placed(one))
	l.ok(l.group(adds, vmGroup("vms", vm), nil))
	l.ok(l.group(adds, hostGroup("two", two), nil))
	l.ok(l.group(adds, hostGroup("ends", one, three), nil))
	tie := &types.ClusterVmHostRuleInfo{ClusterRuleInfo: called("tie", true), VmGroupName: "vms", AffineHostGroupName: "two"}
	l.ok(l.rule(adds, tie, nil))
	l.ok(start(vm))
	if l.runsOn(vm) != two.Reference() {
		t.Errorf("it runs on %v", l.runsOn(vm))
	}
	// The rule keeps it there, and so its host out of maintenance.
	faults(t, l.maintain(two), &types.Timedout{})
	stop(vm)
	l.ok(l.maintain(two))
	faults(t, start(vm), &types.NoCompatibleHost{})
	tie = l.rules()["tie"].(*types.ClusterVmHostRuleInfo)
	tie.Mandatory = types.NewBool(false)
	l.ok(l.rule(edits, tie, nil))
	l.ok(start(vm))
	stop(vm)
	_, err := l.task(two.ExitMaintenanceMode(l.ctx, 0))
	l.ok(err)
	tie.Mandatory, tie.AffineHostGroupName, tie.AntiAffineHostGroupName = yes(), "", "ends"
	l.ok(l.rule(edits, tie, nil))
	l.ok(start(vm))
	if l.runsOn(vm) != two.Reference() {
		t.Errorf("it runs on %v", l.runsOn(vm))
	}
	stop(vm)
	// Where DRS only advises, the machine starts on its own host or not at all; where it is off, rules say nothing.
	ref := one.Reference()
	_, err = l.task(vm.Relocate(l.ctx, types.VirtualMachineRelocateSpec{Host: &ref}, ""))
	l.ok(err)
	l.automate(true, types.DrsBehaviorManual)
	faults(t, start(vm), &types.NoCompatibleHost{})
	l.automate(false, "")
	l.ok(start(vm))
	if l.runsOn(vm) != ref {
		t.Errorf("it runs on %v", l.runsOn(vm))
	}
}

// Machines that belong together leave their host together.
func TestAffinityHoldsInMaintenance(t *testing.T) {
	t.Parallel()
	l := strict(t)
	one := l.esx("esx-1")
	a, b := l.mustClone("a", nil, on, placed(one)), l.mustClone("b", nil, on, placed(one))
	l.ok(l.rule(adds, together("pair", true, a, b), nil))
	l.ok(l.maintain(one))
	if x, y := l.runsOn(a), l.runsOn(b); x != y || x == one.Reference() {
		t.Errorf("they run on %v and %v", x, y)
	}
}
