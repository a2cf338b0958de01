package vcenter

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// writeAffinity writes on a machine what binds it from now on, and settles the rules that it was in and those that it is in. What is
// written there already is not written again: its rules may still be as they were.
func (c *Client) writeAffinity(ctx context.Context, vm mo.VirtualMachine, was, now affinity) (err error) {
	id := strings.ToLower(vm.Config.InstanceUuid)
	tries := wire.Backoff{Longest: wire.LongestRace}
	for range wire.WriteAttempts {
		if err = nil; readAffinity(recordedOn(vm.Config)[affinityKey]).text() != now.text() || unfinished(vm) {
			changed := identified(parameters(vm), id, records.Diff{affinityKey: now.text()})
			err = c.amend(ctx, &wire.TaskRun{Kind: "ReconfigVM_Task"}, vm, types.VirtualMachineConfigSpec{ExtraConfig: changed.Options()})
		}
		if err == nil {
			return c.settleMachine(ctx, vm.Runtime.Host, id, was, now)
		}
		if !wire.OutcomeUnknown(err) && !wire.IsFault[*types.ConcurrentAccess](err) || !tries.Wait(ctx) {
			return wire.Explain("writing what binds "+vm.Name+" to hosts", err)
		}
		if vm, err = c.machine(ctx, ServerKey{ID: id, MoRef: vm.Self.Value}, wholePaths); err != nil {
			return err
		}
	}
	return fmt.Errorf("writing what binds the instance %s to hosts: somebody else changes it all the time", id)
}

// settleMachine settles the rules that a machine on a host was in, and is.
func (c *Client) settleMachine(ctx context.Context, host *ref, id string, was, now affinity) error {
	names := append(was.rules(id), now.rules(id)...)
	if len(names) == 0 {
		return nil
	}
	cluster, err := c.clusterOfMachine(ctx, host, id, names)
	if err != nil {
		return err
	}
	return c.settleRules(ctx, cluster, unsettled{names: names})
}

func (c *Client) clusterOfMachine(ctx context.Context, host *ref, id string, rules []string) (ref, error) {
	cluster := inventory.ClusterPart(c.Inventory.Hosts.Home(ctx, host).Node)
	if cluster == "" {
		return ref{}, fmt.Errorf("the cluster of the instance %s cannot be found, so its rules (%s) are not settled", id,
			strings.Join(rules, ", "))
	}
	return clusterNamed(cluster), nil
}

// destroyUntied destroys a machine whose rules let it go first: once it is gone nobody would know them any more, and what an outage leaves
// half done would stay for ever. One that is not destroyed is bound again.
func (c *Client) destroyUntied(ctx context.Context, vm mo.VirtualMachine, destroy func() error) error {
	id := strings.ToLower(vm.Config.InstanceUuid)
	rules := readAffinity(recordedOn(vm.Config)[affinityKey]).rules(id)
	if len(rules) == 0 {
		return destroy()
	}
	cluster, err := c.clusterOfMachine(ctx, vm.Runtime.Host, id, rules)
	if err != nil {
		return err
	}
	book := c.drsRulesOf(cluster)
	book.leaving.Store(vm.Self, true)
	defer book.leaving.Delete(vm.Self)
	if err = c.settleRules(ctx, cluster, unsettled{names: rules, leaves: true}); err == nil {
		err = destroy()
	}
	if err != nil && !wire.OutcomeUnknown(err) {
		book.leaving.Delete(vm.Self)
		err = errors.Join(err, c.settleRules(context.WithoutCancel(ctx), cluster, unsettled{names: rules}))
	}
	return err
}
