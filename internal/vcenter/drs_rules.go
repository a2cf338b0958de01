package vcenter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
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
	refused, tries := 0, wire.Backoff{Longest: wire.LongestRace}
	for range wire.WriteAttempts {
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
		err = b.reconfigure(ctx, spec)
		if err != nil && !wire.OutcomeUnknown(err) {
			if refused++; refused == refusals || !overtaken(err) || !tries.Wait(ctx) {
				return nil, wire.Explain("setting the rules of the cluster "+v.name, err)
			}
		}
	}
	return nil, fmt.Errorf("the rules of the cluster %s do not stay as they were set: somebody else changes them all the time",
		b.cluster.Value)
}

// overtaken says that a refusal may come from somebody else's change between reading and writing.
func overtaken(err error) bool {
	return wire.IsFault[*types.DuplicateName](err) || wire.IsFault[*types.InvalidArgument](err) ||
		wire.IsFault[*types.ManagedObjectNotFound](err) || wire.IsFault[*types.ConcurrentAccess](err)
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
