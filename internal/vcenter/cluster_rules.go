package vcenter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// drsRules keeps the rules of one cluster in line with what its machines say. Whoever has changed a machine asks it to settle the
// rules that the machine is or was in: it reads the cluster, changes what differs, and looks again until nothing does. Those who
// ask in the same moment are answered together.
type drsRules struct {
	c       *Client
	cluster ref
	leaving sync.Map // machines that are about to be destroyed, by their references: they bind nobody any more
	settles wire.Batch[unsettled, struct{}]
	looks   wire.Batch[struct{}, *clusterView]
}

// unsettled are rules that may have to change.
type unsettled struct {
	names   []string
	flavors bool // and those of every flavor: an aggregate has changed
	leaves  bool // somebody leaves them: whether they hold for the others is not asked
}

// drsRulesOf is the book of a cluster.
func (c *Client) drsRulesOf(cluster ref) *drsRules {
	made := &drsRules{c: c, cluster: cluster}
	made.settles.Do, made.settles.Changes = made.settleMany, true
	made.looks.Do = made.lookFor
	kept, _ := c.drsRules.LoadOrStore(cluster, made)
	b, _ := kept.(*drsRules)
	return b
}

// settleRules brings rules in line, and says so once they are.
func (c *Client) settleRules(ctx context.Context, cluster ref, what unsettled) error {
	if len(what.names) == 0 && !what.flavors {
		return nil
	}
	_, err := c.drsRulesOf(cluster).settles.Ask(ctx, what)
	return err
}

// view is the cluster as it is now. Those who ask together ask once. One that is gone has neither machines nor rules: who has it on record
// is not gone for that.
func (c *Client) view(ctx context.Context, cluster ref) (*clusterView, error) {
	v, err := c.drsRulesOf(cluster).looks.Ask(ctx, struct{}{})
	if errors.Is(err, openstack.ErrNotFound) {
		return &clusterView{name: cluster.Value}, nil
	}
	return v, err
}

// lookFor looks once for several.
func (b *drsRules) lookFor(ctx context.Context, askers []struct{}) []wire.Outcome[*clusterView] {
	v, err := b.look(ctx)
	out := wire.AllFailed[*clusterView](len(askers), err)
	for i := range out {
		out[i].Value = v
	}
	return out
}

// settleMany settles what several ask for. Where the vCenter refuses all of it together, each is tried alone: one may be wrong.
func (b *drsRules) settleMany(ctx context.Context, asked []unsettled) []wire.Outcome[struct{}] {
	out := make([]wire.Outcome[struct{}], len(asked))
	hostless, err := b.settleAll(ctx, asked)
	for i, one := range asked {
		switch {
		case err != nil && len(asked) > 1:
			_, out[i].Err = b.settleAll(ctx, asked[i:i+1])
		default:
			out[i].Err = err
		}
		for _, name := range one.names {
			if one.leaves {
				break
			}
			out[i].Err = errors.Join(out[i].Err, hostless[name])
		}
	}
	return out
}

// refusals is how often the vCenter may refuse a change that was right a moment ago, before it is an error.
const refusals = 5

// settleAll changes the cluster until it is as it should be. It tells which rules have no host that they could bind to.
func (b *drsRules) settleAll(ctx context.Context, asked []unsettled) (map[string]error, error) {
	refused, tries := 0, retry.Backoff{Longest: retry.LongestRace}
	for range retry.WriteAttempts {
		v, err := b.look(ctx)
		if errors.Is(err, openstack.ErrNotFound) { // a cluster that is gone took its rules along
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		aggregates, err := b.aggregates(ctx, asked)
		if err != nil {
			return nil, err
		}
		wanted := v.wantedRules(aggregates)
		spec, hostless := v.changes(v.named(asked, wanted), wanted)
		if len(spec.GroupSpec)+len(spec.RulesSpec) == 0 {
			return hostless, nil
		}
		logRules(ctx, v, b.cluster, spec, asked)
		err = b.reconfigure(ctx, spec)
		if err != nil && !faults.OutcomeUnknown(err) {
			if refused++; refused == refusals || !overtaken(err) || !tries.Wait(ctx) {
				return nil, faults.Explain("setting the rules of the cluster "+v.name, err)
			}
		}
	}
	return nil, fmt.Errorf("the rules of the cluster %s do not stay as they were set: somebody else changes them all the time",
		b.cluster.Value)
}

// overtaken says that a refusal may come from somebody else's change between reading and writing.
func overtaken(err error) bool {
	return faults.Is[*types.DuplicateName](err) || faults.Is[*types.InvalidArgument](err) ||
		faults.Is[*types.ManagedObjectNotFound](err) || faults.Is[*types.ConcurrentAccess](err)
}

func (b *drsRules) reconfigure(ctx context.Context, spec *types.ClusterConfigSpecEx) error {
	return b.c.wire.RunIdempotent(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.ReconfigureComputeResource_Task(ctx, vim,
			&types.ReconfigureComputeResource_Task{This: b.cluster, Spec: spec, Modify: true})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
}

// aggregates are those of the catalogue, where rules that follow from them are asked for.
func (b *drsRules) aggregates(ctx context.Context, asked []unsettled) ([]openstack.Aggregate, error) {
	follows := func(name string) bool {
		return strings.HasPrefix(name, ruleOfFlavor) || strings.HasPrefix(name, ruleOfAggregate)
	}
	if !slices.ContainsFunc(asked, func(u unsettled) bool { return u.flavors || slices.ContainsFunc(u.names, follows) }) {
		return nil, nil
	}
	return b.c.freshAggregates(ctx)
}

// named are the rules that are asked for, sorted.
func (v *clusterView) named(asked []unsettled, wanted map[string]*drsRule) []string {
	names := map[string]bool{}
	for _, u := range asked {
		for _, name := range u.names {
			names[name] = true
		}
		if !u.flavors {
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

// changes are the next step towards what is wanted of some rules. A rule that binds to groups comes after them, and goes before
// them: what a vCenter does with both in one call is not documented.
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

// inForce says that a rule is as it is wanted.
func (v *clusterView) inForce(name string, wanted map[string]*drsRule) bool {
	spec, hostless := v.changes([]string{name}, wanted)
	return len(spec.GroupSpec)+len(spec.RulesSpec)+len(hostless) == 0
}

// want is a bond as the cluster is to have it: its rule, nil for none, and its groups by their names. Machines that cannot be asked
// at the moment stay where they are.
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

// policyOf is the policy that a rule was made with, for members that cannot be asked.
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

// darkIn are the machines in a rule or its group that cannot be asked what they are bound to.
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

// groupChange is what makes of a group what it is to be; nil where it is that already.
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

// ruleChange is groupChange for a rule. One of another kind goes, and is made anew by the next step.
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

// sameRule says that two rules of one name demand the same.
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

// sameRefs says that two lists hold the same objects.
func sameRefs(a, b []ref) bool {
	return slices.Equal(sortedRefs(slices.Clone(a)), sortedRefs(slices.Clone(b)))
}
