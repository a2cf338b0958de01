// SPDX-License-Identifier: MPL-2.0

package affinity

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// WriteAffinity writes on a VM what binds it from now on, and settles the rules that it was in and those that it is in. If the VM has
// that already, it only settles the rules, which may lag behind.
func (c *Rules) WriteAffinity(ctx context.Context, vm mo.VirtualMachine, was, now machine.Affinity) (err error) {
	id := strings.ToLower(vm.Config.InstanceUuid)
	tries := retry.Backoff{Longest: retry.LongestRace}
	for range retry.WriteAttempts {
		if err = nil; machine.ReadAffinity(machine.RecordsOn(vm.Config)[machine.AffinityKey]).Text() != now.Text() || machine.Unfinished(vm) {
			changed := machine.Identified(machine.Parameters(vm), id, records.Diff{machine.AffinityKey: now.Text()})
			err = c.machines.Amend(ctx, &wire.TaskRun{Kind: "ReconfigVM_Task"}, vm, types.VirtualMachineConfigSpec{ExtraConfig: changed.Options()})
		}
		if err == nil {
			return c.SettleMachine(ctx, vm.Runtime.Host, id, was, now)
		}
		if !faults.OutcomeUnknown(err) && !faults.Stale(err) || !tries.Wait(ctx) {
			return faults.Explain("writing what binds "+vm.Name+" to hosts", err)
		}
		logging.VCenter.Info(ctx, "a machine is read anew", "name", vm.Name, "object", vm.Self.Value, "reason", faults.Outcome(err))
		if vm, err = c.machines.VM(ctx, machine.Key{ID: id, MoRef: vm.Self.Value}, machine.WholePaths); err != nil {
			return err
		}
	}
	return fmt.Errorf("writing what binds the instance %s to hosts: somebody else changes it all the time", id)
}

// SettleMachine settles the rules that a VM on a host was in, and those that it is in.
func (c *Rules) SettleMachine(ctx context.Context, host *ref, id string, was, now machine.Affinity) error {
	names := append(RulesOf(id, was), RulesOf(id, now)...)
	if len(names) == 0 {
		return nil
	}
	cluster, err := c.clusterOfMachine(ctx, host, id, names)
	if err != nil {
		return err
	}
	return c.Settle(ctx, cluster, Unsettled{Names: names})
}

func (c *Rules) clusterOfMachine(ctx context.Context, host *ref, id string, rules []string) (ref, error) {
	cluster := inventory.ClusterPart(c.inventory.Hosts.Home(ctx, host).Node)
	if cluster == "" {
		return ref{}, fmt.Errorf("the cluster of the instance %s cannot be found, so its rules (%s) are not settled", id,
			strings.Join(rules, ", "))
	}
	return clusterNamed(cluster), nil
}

// DestroyUntied destroys a VM after removing it from its rules: afterwards nothing would name them, and what an outage leaves half done
// would stay for ever. If the VM is not destroyed, it is bound again.
func (c *Rules) DestroyUntied(ctx context.Context, vm mo.VirtualMachine, destroy func() error) error {
	id := strings.ToLower(vm.Config.InstanceUuid)
	rules := RulesOf(id, machine.ReadAffinity(machine.RecordsOn(vm.Config)[machine.AffinityKey]))
	if len(rules) == 0 {
		return destroy()
	}
	cluster, err := c.clusterOfMachine(ctx, vm.Runtime.Host, id, rules)
	if err != nil {
		return err
	}
	book := c.rulesOf(cluster)
	book.leaving.Store(vm.Self, true)
	defer book.leaving.Delete(vm.Self)
	if err = c.Settle(ctx, cluster, Unsettled{Names: rules, Leaves: true}); err == nil {
		err = destroy()
	}
	if err != nil && !faults.OutcomeUnknown(err) {
		book.leaving.Delete(vm.Self)
		err = errors.Join(err, c.Settle(context.WithoutCancel(ctx), cluster, Unsettled{Names: rules}))
	}
	return err
}
