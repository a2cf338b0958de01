// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

// planMove plans the move of an existing instance, refuses an impossible one, and warns of how it is done.
func planMove(ctx context.Context, in inputs, found *findings) error {
	if found.moving == "" {
		planRecord(ctx, in, found)
		return nil
	}
	at := path.Root(found.moving)
	if !in.plan.LiveMigration.ValueBool() {
		crud.WarnAt(ctx, at, "The instance is elsewhere, and stays there", fmt.Sprintf(
			"%s: somebody moved %s to %s, and it was asked to be in %s. Nothing is changed on it. Write where it is to keep it there, or "+
				"allow_live_migration = true to have it moved back", at, in.state.Name.ValueString(), in.from(), in.to(found.moving)))
		return nil
	}
	in.plan.Host = types.StringUnknown()
	if in.config.Hypervisor.ValueString() == "" && !in.config.Hypervisor.IsUnknown() && !crud.WrittenEmpty(in.config.Hypervisor) {
		in.plan.Hypervisor = types.StringUnknown()
	}
	if in.client == nil || !crud.Known(in.plan.Zone) || in.config.Hypervisor.IsUnknown() {
		return nil
	}
	flavor := in.private.Flavor
	if target := model.TargetFlavor(flavor, found.flavor, in.sameFlavor()); target != nil {
		flavor = *target
	}
	move, err := in.client.Servers.PlanMove(ctx, in.specs, knownServer(in), flavor, in.zone(), in.config.Hypervisor.ValueString())
	if err != nil {
		return err
	}
	if err := checkMovable(in, found.moving, move); err != nil {
		return err
	}
	if in.plan.Hypervisor.IsUnknown() {
		in.plan.Hypervisor = types.StringValue(move.Node)
	}
	warnMove(ctx, in, at, move)
	warnMaintenance(ctx, in)
	return nil
}

// checkMovable refuses to move an instance to another cluster while rules of its own cluster bind it to other instances, which would stay
// behind. A rule about hosts is made anew in the new cluster.
func checkMovable(in inputs, moving string, move servers.Move) error {
	hints := model.HintsOf(in.state.SchedulerHints)
	if move.Node == in.private.At.Node || hints.Empty() {
		return nil
	}
	why := "its scheduler_hints (different_host, same_host) are rules of the cluster that it is on, which is not that of the zone"
	if hints.Group != "" {
		why = "it is a member of the server group " + hints.Group + ", and a group is of one cluster, which is not that of the zone"
	}
	return openstack.AttributeErrorf(moving, "%s cannot be moved to %s: %s. Set allow_live_migration = false to have it made anew there",
		in.state.Name.ValueString(), move.To, why)
}

// knownServer builds the server from state and private state alone, so that the plan costs no call.
func knownServer(in inputs) openstack.Server {
	s := openstack.Server{ServerSpec: openstack.ServerSpec{Name: in.state.Name.ValueString(), PowerState: in.state.Power(),
		ConfigDrive: in.state.ConfigDrive.ValueBool(), Flavor: in.private.Flavor, Properties: in.private.Properties},
		ServerStatus: openstack.ServerStatus{Datastore: in.private.At.Datastore}}
	for _, network := range in.private.At.Networks {
		s.NICs = append(s.NICs, openstack.NIC{NetworkID: network})
	}
	return s
}

// warnMove warns of a move: whether it is live, whether disks are copied, and which rule about hosts is added or removed.
func warnMove(ctx context.Context, in inputs, at path.Path, move servers.Move) {
	summary, how := "The instance will be moved live", "by vMotion: it keeps running"
	switch {
	case move.Node == in.private.At.Node && (move.Host == "" || strings.EqualFold(move.Host, in.private.At.Host)) && !move.Away:
		summary, how = "The instance stays on its host", "without leaving its host"
	case in.state.Power() != openstack.Active:
		summary, how = "The instance will be moved while it does not run", "and is not started for it"
	}
	if move.Away {
		how += fmt.Sprintf(". Its disks go from the datastore %s to one of the zone's, which takes as long as copying them",
			in.private.At.Datastore)
	}
	_, bound := inventory.SplitZone(in.state.Zone.ValueString())
	switch _, binds := inventory.SplitZone(in.zone()); {
	case binds != "":
		how += ". A mandatory rule of the cluster binds it to the host " + binds + " from then on"
	case bound != "":
		how += ". The rule that binds it to the host " + bound + " lets it go"
	}
	crud.WarnAt(ctx, at, summary, fmt.Sprintf("%s goes from %s to %s, %s. It keeps its UUID, its NICs with their "+
		"addresses, and its files", in.state.Name.ValueString(), in.from(), move.To, how))
}

// planRecord plans to record the zone of an instance that is already in its planned zone, while its record names another: an apply ended
// between the move and the record, or the configuration follows a move that was made outside of Terraform.
func planRecord(ctx context.Context, in inputs, found *findings) {
	recorded := in.private.At.Zone
	if recorded == "" || in.adopts() || !crud.Known(in.plan.Zone) || model.SameZone(in.zone(), recorded) ||
		!model.SameZone(in.zone(), in.state.Zone.ValueString()) {
		return
	}
	found.rerecord = true
	crud.WarnAt(ctx, path.Root("availability_zone"), "The instance is there already", fmt.Sprintf(
		"%s is in %s, and its record says %s. Only the record is changed: nothing moves", in.state.Name.ValueString(), in.zone(), recorded))
}
