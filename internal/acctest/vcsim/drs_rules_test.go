// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"slices"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// ruled is a lab whose first cluster has a group of each kind, a rule between two machines, and one between the groups.
type ruled struct {
	*lab
	a, b, x, gone *object.VirtualMachine // x lies in another cluster, and gone does not exist
	stranger      *object.HostSystem     // of another cluster
	pair          *types.ClusterRuleInfo
}

func newRuled(t *testing.T) ruled {
	t.Helper()
	l := strict(t)
	s := ruled{lab: l}
	other := l.newCluster("edge", types.ClusterConfigSpecEx{DrsConfig: &types.ClusterDrsConfigInfo{Enabled: yes()}})
	s.stranger = l.addHost(other, "esx-9")
	pool, err := other.ResourcePool(l.ctx)
	l.ok(err)
	made, err := l.task(l.folder.CreateVM(l.ctx, types.VirtualMachineConfigSpec{Name: "x",
		Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"}}, pool, s.stranger))
	l.ok(err)
	s.x = object.NewVirtualMachine(l.c.Client, made)
	s.gone = object.NewVirtualMachine(l.c.Client, types.ManagedObjectReference{Type: "VirtualMachine", Value: "vm-999"})
	s.a, s.b = l.mustClone("a", nil), l.mustClone("b", nil)
	l.ok(l.group(adds, vmGroup("vms", s.a), nil))
	l.ok(l.group(adds, hostGroup("hosts", l.esx("esx-1")), nil))
	l.ok(l.rule(adds, together("pair", false, s.a, s.b), nil))
	l.ok(l.rule(adds, tiedRule("tied", "vms", "hosts", ""), nil))
	s.pair = l.rules()["pair"].GetClusterRuleInfo()
	return s
}

// tiedRule ties a group of machines to a group of hosts, or keeps it away from one.
func tiedRule(name, vms, hosts, not string) types.BaseClusterRuleInfo {
	return &types.ClusterVmHostRuleInfo{ClusterRuleInfo: called(name, true), VmGroupName: vms, AffineHostGroupName: hosts,
		AntiAffineHostGroupName: not}
}

// keyed is a rule that is meant to replace the one of a key.
func keyed(rule types.BaseClusterRuleInfo, key int32) types.BaseClusterRuleInfo {
	rule.GetClusterRuleInfo().Key = key
	return rule
}

func TestGroupsAreChecked(t *testing.T) {
	t.Parallel()
	l := newRuled(t)
	bad := &types.InvalidArgument{}
	for name, one := range map[string]struct {
		err  error
		want types.BaseMethodFault
	}{
		"group's name is taken":   {l.group(adds, hostGroup("vms"), nil), &types.DuplicateName{}},
		"group of a stranger":     {l.group(adds, vmGroup("g", l.x), nil), bad},
		"group of a foreign host": {l.group(adds, hostGroup("g", l.stranger), nil), bad},
		"group of nothing":        {l.group(adds, vmGroup("g", l.gone), nil), &types.ManagedObjectNotFound{}},
		"group without a name":    {l.group(adds, vmGroup(""), nil), bad},
		"edit of no group":        {l.group(edits, vmGroup("g"), nil), bad},
		"another kind of group":   {l.group(edits, hostGroup("vms"), nil), bad},
		"removal of no group":     {l.group(removes, nil, "g"), bad},
	} {
		t.Log(name)
		faults(t, one.err, one.want)
	}
}

func TestRulesAreChecked(t *testing.T) {
	t.Parallel()
	l := newRuled(t)
	bad := &types.InvalidArgument{}
	for name, one := range map[string]struct {
		err  error
		want types.BaseMethodFault
	}{
		"rule's name is taken":     {l.rule(adds, apartRule("pair", false, l.a, l.b), nil), &types.DuplicateName{}},
		"one machine":              {l.rule(adds, together("r", false, l.a), nil), bad},
		"the same machine twice":   {l.rule(adds, together("r", false, l.a, l.a), nil), bad},
		"a stranger":               {l.rule(adds, together("r", false, l.a, l.x), nil), bad},
		"nothing":                  {l.rule(adds, together("r", false, l.a, l.gone), nil), &types.ManagedObjectNotFound{}},
		"no name":                  {l.rule(adds, together("", false, l.a, l.b), nil), bad},
		"no such group":            {l.rule(adds, tiedRule("r", "none", "hosts", ""), nil), bad},
		"hosts for machines":       {l.rule(adds, tiedRule("r", "hosts", "hosts", ""), nil), bad},
		"no such hosts":            {l.rule(adds, tiedRule("r", "vms", "none", ""), nil), bad},
		"no such hosts to avoid":   {l.rule(adds, tiedRule("r", "vms", "", "none"), nil), bad},
		"no hosts":                 {l.rule(adds, tiedRule("r", "vms", "", ""), nil), bad},
		"edit without a key":       {l.rule(edits, together("pair", true, l.a, l.b), nil), bad},
		"edit of no rule":          {l.rule(edits, keyed(together("pair", true, l.a, l.b), 999), nil), bad},
		"another kind of rule":     {l.rule(edits, keyed(apartRule("pair", true, l.a, l.b), l.pair.Key), nil), bad},
		"edit to a name of others": {l.rule(edits, keyed(together("tied", true, l.a, l.b), l.pair.Key), nil), &types.DuplicateName{}},
		"removal of no rule":       {l.rule(removes, nil, int32(999)), bad},
		"removal by another key":   {l.rule(removes, nil, "pair"), bad},
	} {
		t.Log(name)
		faults(t, one.err, one.want)
	}
	if got := l.rules(); len(got) != 2 {
		t.Errorf("rules %v", got)
	}

	u := unmodified(t)
	if err := u.rule(adds, together("r", true, u.mustClone("a", nil)), nil); err != nil {
		t.Errorf("the simulator has learnt: %v", err)
	}
}

func TestRulesFollowChanges(t *testing.T) {
	t.Parallel()
	l := newRuled(t)
	l.ok(l.rule(edits, keyed(together("renamed", true, l.a, l.b), l.pair.Key), nil))
	got := l.rules()["renamed"].GetClusterRuleInfo()
	if got.Key != l.pair.Key || l.pair.Key == 0 || got.RuleUuid != l.pair.RuleUuid || !*got.Mandatory {
		t.Errorf("%+v became %+v", l.pair, got)
	}
	res, err := methods.FindRulesForVm(l.ctx, l.c.Client, &types.FindRulesForVm{This: l.compute().Reference(), Vm: l.a.Reference()})
	if err != nil || len(res.Returnval) != 2 {
		t.Errorf("rules of a: %v, %v", res, err)
	}

	// A machine that is destroyed leaves its rules and groups; a rule without its group goes.
	_, err = l.task(l.a.Destroy(l.ctx))
	l.ok(err)
	if vms := l.rules()["renamed"].(*types.ClusterAffinityRuleSpec).Vm; !slices.Equal(vms, refs(l.b)) {
		t.Errorf("left in the rule: %v", vms)
	}
	l.ok(l.group(removes, nil, "hosts"))
	if got := l.rules(); len(got) != 1 {
		t.Errorf("rules %v", got)
	}
	// What is not an incremental change replaces everything.
	_, err = l.task(l.compute().Reconfigure(l.ctx, &types.ClusterConfigSpecEx{}, false))
	l.ok(err)
	config := l.seeCluster(l.compute()).ConfigurationEx.(*types.ClusterConfigInfoEx)
	if len(config.Rule)+len(config.Group) != 0 || *config.DrsConfig.Enabled || *config.DasConfig.Enabled {
		t.Errorf("left: %+v", config)
	}
}
