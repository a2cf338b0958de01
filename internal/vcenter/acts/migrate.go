// SPDX-License-Identifier: MPL-2.0

package acts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// Migration is where an instance is to go.
type Migration struct {
	ID    string
	Host  string // an ESX host of its zone's cluster; empty: another than its own, with the most free memory
	Disks bool   // its disks may move to another datastore, where the host does not mount its own
}

// journey is a migration that is under way.
type journey struct {
	Migration
	vm mo.VirtualMachine
	s  openstack.Server
}

// CheckMigration refuses a migration that is impossible.
func (c *Acts) CheckMigration(ctx context.Context, m Migration) error {
	j, err := c.journey(ctx, m)
	if err == nil && !j.arrived() {
		_, err = c.destinations(ctx, j)
	}
	return err
}

// Migrate moves a running instance to another ESX host of its zone, as Nova's verb os-migrateLive does.
func (c *Acts) Migrate(ctx context.Context, m Migration, tell machine.Telling) error {
	ctx, end := c.underway(ctx)
	defer end()
	j, err := c.journey(ctx, m)
	if err != nil {
		return err
	}
	switch {
	case j.arrived():
		tell("%s is on %s already", j.s.Name, j.s.Host)
		return nil
	case j.s.PowerState != openstack.Active:
		return openstack.AttributeErrorf("instance_id", "%s is %s, and only a running instance is migrated live. It starts on any host of its "+
			"zone that has room", j.s.Name, j.s.PowerState)
	}
	return c.travel(ctx, j, tell)
}

// journey reads the instance of a migration. One that its zone binds to a host stays there, and one that is in another zone than it is to
// be in is for its resource to bring back.
func (c *Acts) journey(ctx context.Context, m Migration) (j journey, err error) {
	j.Migration = m
	if j.vm, _, err = c.machines.Actable(ctx, m.ID); err != nil {
		return j, err
	}
	if j.s, err = c.machines.Instance(ctx, j.vm); err != nil {
		return j, err
	}
	return j, bound(j.s)
}

// bound returns why an instance may not leave its host, or its zone; nil if it may.
func bound(s openstack.Server) error {
	zone, host := inventory.SplitZone(s.Zone)
	switch {
	case host != "":
		return openstack.AttributeErrorf("instance_id", "%s is bound to the host %s by its availability zone %s: change availability_zone of "+
			"its resource", s.Name, host, s.Zone)
	case s.ActualZone != "":
		return openstack.AttributeErrorf("instance_id", "%s runs in the zone %s and belongs into %s: its resource brings it there, or accepts "+
			"where it is", s.Name, s.ActualZone, zone)
	}
	return nil
}

// arrived reports whether the instance is where it is to go.
func (j journey) arrived() bool { return j.Host != "" && strings.EqualFold(j.Host, j.s.Host) }

// destinations returns the names of the hosts that can take an instance, those with the most free memory first, or why there are none.
func (c *Acts) destinations(ctx context.Context, j journey) ([]string, error) {
	specs := vmspec.NewCompiler(ctx)
	to, err := c.inventory.Target(ctx, j.s.Zone, "")
	if err != nil {
		return nil, atArgument(err)
	}
	members, err := c.roomiest(ctx, to.Cluster.Host)
	if err != nil {
		return nil, err
	}
	if j.Host != "" {
		if !slices.ContainsFunc(members, func(host string) bool { return strings.EqualFold(host, j.Host) }) {
			return nil, c.noMember(to, j.Host, members)
		}
		return []string{j.Host}, c.fits(ctx, specs, j, j.Host)
	}
	var names []string
	var why []error
	for _, host := range members {
		if strings.EqualFold(host, j.s.Host) {
			continue
		}
		if err := c.fits(ctx, specs, j, host); err != nil {
			why = append(why, err)
			continue
		}
		names = append(names, host)
	}
	if len(names) == 0 && len(why) == 0 {
		return nil, openstack.AttributeErrorf("instance_id", "%s cannot leave %s: the cluster %s has no other host", j.s.Name, j.s.Host,
			to.Cluster.Name)
	}
	if len(names) == 0 {
		return nil, why[0]
	}
	return names, nil
}

// noMember returns the error for what is no host of the zone's cluster. The cluster itself is a compute node of Nova's, and no place to
// migrate to: every instance of the zone is on it.
func (c *Acts) noMember(to inventory.Target, host string, members []string) error {
	slices.Sort(members)
	err := fmt.Errorf("there is no %q in the cluster %s, which is that of the zone %s: its ESX hosts are %s", host, to.Cluster.Name,
		to.Zone.Name, faults.Quoted(members))
	return openstack.AttributeErrorf("host", "%w", c.wire.Gaps.Nameless(err, inventory.HostKind))
}

// fits refuses a host that cannot take the instance.
func (c *Acts) fits(ctx context.Context, specs *vmspec.Compiler, j journey, host string) error {
	plan, err := c.servers.PlanMove(ctx, specs, j.s, j.s.Flavor, j.s.Zone, host)
	if err != nil {
		return atArgument(err)
	}
	if plan.Away && !j.Disks {
		return openstack.AttributeErrorf("host", "the host %s does not mount the datastore %s, which %s is on: choose another host, or let "+
			"its disks move too (block_migration = true)", host, j.s.Datastore, j.s.Name)
	}
	return nil
}

// roomPaths are the host properties that tell how much memory is free.
var roomPaths = []string{"name", "summary.hardware.memorySize", "summary.quickStats.overallMemoryUsage"}

// roomiest returns the names of some hosts, those with the most free memory first.
func (c *Acts) roomiest(ctx context.Context, members []ref) ([]string, error) {
	questions := make([]property.Query, len(members))
	for i, host := range members {
		questions[i] = property.Query{Object: host, Paths: roomPaths}
	}
	found, err := c.wire.Retrieve(ctx, questions)
	if err != nil {
		return nil, faults.Explain("reading how much room the hosts have", err)
	}
	free := map[string]int64{}
	var names []string
	for _, content := range found {
		var host mo.HostSystem
		if property.Load(content, &host) != nil || host.Name == "" {
			continue // what is not shown cannot be chosen
		}
		names = append(names, host.Name)
		if host.Summary.Hardware != nil {
			free[host.Name] = host.Summary.Hardware.MemorySize>>20 - int64(host.Summary.QuickStats.OverallMemoryUsage)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(free[b], free[a]), strings.Compare(a, b)) })
	return names, nil
}

// travel moves an instance. A host that vCenter refuses, such as for a rule, is passed over where another can
// take the instance.
func (c *Acts) travel(ctx context.Context, j journey, tell machine.Telling) error {
	hosts, err := c.destinations(ctx, j)
	if err != nil {
		return err
	}
	for i, host := range hosts {
		tell("%s moves from %s to %s", j.s.Name, j.s.Host, host)
		told := wire.WithPercent(ctx, func(percent int32) { tell("%s moves to %s: %d%%", j.s.Name, host, percent) })
		_, err = c.servers.Migrate(told, j.vm, j.s, host)
		if faults.OutcomeUnknown(err) {
			err = c.lost(ctx, j, host, err)
		}
		if err == nil || errors.Is(err, wire.ErrInterrupted) { // interrupted, and done all the same
			tell("%s is on %s", j.s.Name, host)
			return nil
		}
		if i+1 == len(hosts) || !passes(err) || ctx.Err() != nil {
			break
		}
		tell("%s is not taken by %s: %s", j.s.Name, host, err)
	}
	return atArgument(err)
}

// lost looks where an instance is whose migration was not answered, once no task is at work on it.
func (c *Acts) lost(ctx context.Context, j journey, host string, why error) error {
	c.wire.AwaitOthers(ctx, j.vm.Self)
	now, err := c.journey(context.WithoutCancel(ctx), j.Migration)
	if err == nil && strings.EqualFold(now.s.Host, host) {
		return nil
	}
	return faults.NotKnown(j.s.Name+" moves to "+host, "look where it is, and invoke the action again if it is not there", why)
}

// passes reports whether another host may take an instance that one was refused on.
func passes(err error) bool {
	var field *openstack.FieldError
	return faults.DefiniteFault(err) && !faults.Is[*types.NoPermission](err) || errors.As(err, &field)
}

// atArgument moves an error about an argument of the instance's resource to the one of the action that it is about.
func atArgument(err error) error {
	var field *openstack.FieldError
	if !errors.As(err, &field) || field.Setting {
		return err
	}
	switch field.Field {
	case "hypervisor_hostname":
		return openstack.AttributeErrorf("host", "%w", field.Err)
	case "availability_zone":
		return openstack.AttributeErrorf("instance_id", "%w", field.Err)
	}
	return err
}

// described joins a name and an error, for one of several instances.
func described(name string, err error) error {
	var field *openstack.FieldError
	if errors.As(err, &field) && !field.Setting {
		err = field.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// nameOf returns a machine's name, as an instance's where it is one.
func nameOf(vm mo.VirtualMachine) string {
	s, err := machine.InstanceOf(vm)
	if err != nil {
		return vm.Name
	}
	return s.Name
}
