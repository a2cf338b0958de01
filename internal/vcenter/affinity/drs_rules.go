// SPDX-License-Identifier: MPL-2.0

// Package affinity keeps the DRS rules of clusters in line with what instances ask for: server groups, scheduler hints, named hosts, and
// the aggregates that flavors choose by.
package affinity

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
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

type ref = types.ManagedObjectReference

// Rules keeps the DRS rules of a datacenter's clusters.
type Rules struct {
	wire      *wire.Conn
	inventory *inventory.Inventory
	records   *records.Stores
	machines  *machine.Machines

	clusters sync.Map // the *clusterRules of each cluster, by its reference
}

// NewRules returns the Rules of a datacenter without reading any.
func NewRules(conn *wire.Conn, at *inventory.Inventory, stores *records.Stores, machines *machine.Machines) *Rules {
	return &Rules{wire: conn, inventory: at, records: stores, machines: machines}
}

// clusterRules keeps the rules of one cluster in line with what is written on its VMs. After a change of a VM, the caller asks it to
// settle the rules that the VM is or was in: it reads the cluster, changes what differs, and repeats that until nothing does. Concurrent
// callers are served together.
type clusterRules struct {
	c       *Rules
	cluster ref
	leaving sync.Map // references of VMs about to be destroyed, which no longer count
	settles wire.Batch[Unsettled, struct{}]
	looks   wire.Batch[struct{}, *clusterView]
}

// Unsettled are rules that may have to change.
type Unsettled struct {
	Names   []string
	Flavors bool // also those of every flavor: an aggregate has changed
	Leaves  bool // a VM leaves them: whether they still have hosts is not checked
}

// rulesOf returns the clusterRules of a cluster.
func (c *Rules) rulesOf(cluster ref) *clusterRules {
	made := &clusterRules{c: c, cluster: cluster}
	made.settles.Do, made.settles.Changes = made.settleMany, true
	made.looks.Do = made.lookFor
	kept, _ := c.clusters.LoadOrStore(cluster, made)
	b, _ := kept.(*clusterRules)
	return b
}

// Settle brings rules in line, and returns once they are.
func (c *Rules) Settle(ctx context.Context, cluster ref, what Unsettled) error {
	if len(what.Names) == 0 && !what.Flavors {
		return nil
	}
	_, err := c.rulesOf(cluster).settles.Ask(ctx, what)
	return err
}

// view reads the cluster; concurrent callers share one call. A cluster that is gone has neither VMs nor rules, which is no error: a
// server group or aggregate recorded on it still exists.
func (c *Rules) view(ctx context.Context, cluster ref) (*clusterView, error) {
	v, err := c.rulesOf(cluster).looks.Ask(ctx, struct{}{})
	if errors.Is(err, openstack.ErrNotFound) {
		return &clusterView{name: cluster.Value}, nil
	}
	return v, err
}

// lookFor reads the cluster once for several callers.
func (b *clusterRules) lookFor(ctx context.Context, askers []struct{}) []wire.Outcome[*clusterView] {
	v, err := readCluster(ctx, b.c.wire, b.c.machines, b.cluster, &b.leaving)
	out := wire.AllFailed[*clusterView](len(askers), err)
	for i := range out {
		out[i].Value = v
	}
	return out
}

// settleMany settles what several callers ask for. If vCenter refuses all of it together, each is tried alone, since only one may be
// wrong.
func (b *clusterRules) settleMany(ctx context.Context, asked []Unsettled) []wire.Outcome[struct{}] {
	out := make([]wire.Outcome[struct{}], len(asked))
	hostless, err := b.settleAll(ctx, asked)
	for i, one := range asked {
		switch {
		case err != nil && len(asked) > 1:
			_, out[i].Err = b.settleAll(ctx, asked[i:i+1])
		default:
			out[i].Err = err
		}
		for _, name := range one.Names {
			if one.Leaves {
				break
			}
			out[i].Err = errors.Join(out[i].Err, hostless[name])
		}
	}
	return out
}

// refusals is how often vCenter may refuse a change that was computed from an earlier state of the cluster, before that is an error.
const refusals = 5

// settleAll changes the cluster until it is as it should be. It returns an error for each rule that has no host to bind to.
func (b *clusterRules) settleAll(ctx context.Context, asked []Unsettled) (map[string]error, error) {
	refused, tries := 0, retry.Backoff{Longest: retry.LongestRace}
	for range retry.WriteAttempts {
		v, err := readCluster(ctx, b.c.wire, b.c.machines, b.cluster, &b.leaving)
		if errors.Is(err, openstack.ErrNotFound) { // a cluster that is gone has no rules left
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

// overtaken reports whether a refusal may come from another client's change between reading and writing.
func overtaken(err error) bool {
	return faults.Is[*types.DuplicateName](err) || faults.Is[*types.InvalidArgument](err) ||
		faults.Is[*types.ManagedObjectNotFound](err) || faults.Stale(err)
}

func (b *clusterRules) reconfigure(ctx context.Context, spec *types.ClusterConfigSpecEx) error {
	return b.c.wire.RunIdempotent(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.ReconfigureComputeResource_Task(ctx, vim,
			&types.ReconfigureComputeResource_Task{This: b.cluster, Spec: spec, Modify: true})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
}

// aggregates returns those of the catalogue, if a rule that follows from them is asked for.
func (b *clusterRules) aggregates(ctx context.Context, asked []Unsettled) ([]openstack.Aggregate, error) {
	follows := func(name string) bool {
		return strings.HasPrefix(name, ruleOfFlavor) || strings.HasPrefix(name, ruleOfAggregate)
	}
	if !slices.ContainsFunc(asked, func(u Unsettled) bool { return u.Flavors || slices.ContainsFunc(u.Names, follows) }) {
		return nil, nil
	}
	return freshAggregates(ctx, b.c.records)
}
