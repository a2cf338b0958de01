// SPDX-License-Identifier: MPL-2.0

// Package plan decides what the plan of an instance shows, warns of and refuses. Decisions are functions of inputs, one file for each
// noun; Plan calls them in order.
package plan

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/rules"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Plan resolves names, fills in the flavor's values, and refuses what would fail, before anything is made. Without a client in the
// request it plans what needs no vCenter.
func Plan(ctx context.Context, req Request) error {
	in := inputsOf(ctx, req)
	imported := restoreIDs(&in)
	if err := checkRead(crud.OriginOf(ctx, req.Private)); err != nil {
		return err
	}
	found, err := decide(ctx, in)
	if err != nil {
		return atHint(in.config, err)
	}
	if in.unrecorded() && len(found.replaced) == 0 {
		if err := adopt(ctx, req, in, found); err != nil {
			return err
		}
	}
	countUsage(ctx, in, found)
	req.Replace(found.replaced...)
	return settle(ctx, req, in, found, imported)
}

// decide makes the decisions in order: the place first, since the zone decides which networks and hosts there are, then the flavor, then
// what depends on both.
func decide(ctx context.Context, in inputs) (found findings, err error) {
	if err := rules.Check(*in.config); err != nil {
		return found, err
	}
	if err := rules.CheckNetworkMode(*in.config); err != nil {
		return found, err
	}
	keepWritten(in)
	derive(in)
	if in.client != nil {
		if err := in.client.Inventory.CheckZones(ctx); err != nil {
			return found, err
		}
	}
	if err := planZone(ctx, in); err != nil {
		return found, err
	}
	if err := checkGuest(in); err != nil {
		return found, err
	}
	warnFiles(ctx, in)
	warnMetadataService(ctx, in)
	if found.flavor, err = planFlavor(ctx, in); err != nil {
		return found, err
	}
	if in.state != nil {
		err = decideUpdate(ctx, in, &found)
	} else {
		err = decideCreate(ctx, in, &found)
	}
	return found, err
}

// decideCreate makes the remaining decisions for a new instance.
func decideCreate(ctx context.Context, in inputs, found *findings) (err error) {
	warnHints(ctx, in.config.SchedulerHints)
	warnVolumesStay(ctx, in)
	if in.client == nil {
		return nil
	}
	if err := claimName(ctx, in); err != nil {
		return err
	}
	if found.image, err = planImage(ctx, in); err != nil {
		return err
	}
	networks, err := planNetworks(ctx, in)
	if err != nil {
		return err
	}
	if err := warnUnresolved(ctx, in); err != nil {
		return err
	}
	if err := planGroups(ctx, in); err != nil {
		return err
	}
	if err := checkHints(ctx, in.client, in.plan); err != nil {
		return err
	}
	if err := checkKeyPair(ctx, in.client, in.plan.KeyPair); err != nil {
		return err
	}
	if err := planSize(ctx, in, found.flavor, found.image); err != nil {
		return err
	}
	return checkPlace(ctx, in, networks)
}

// decideUpdate makes the remaining decisions for an existing instance.
func decideUpdate(ctx context.Context, in inputs, found *findings) error {
	holdPorts(in.net, in.state.Network)
	if err := claimName(ctx, in); err != nil {
		return err
	}
	if planReplacement(ctx, in, found); len(found.replaced) > 0 {
		warnReplaced(ctx, in, found.replaced)
		return nil
	}
	if err := planMove(ctx, in, found); err != nil {
		return err
	}
	if err := checkUserData(in); err != nil {
		return err
	}
	if err := planNICs(ctx, in); err != nil {
		return err
	}
	repair(ctx, in, found)
	if err := planGroups(ctx, in); err != nil {
		return err
	}
	if err := planResize(ctx, in, found); err != nil {
		return err
	}
	if !in.adopts() {
		warnPassword(ctx, in.plan, in.state)
	}
	planRetelling(ctx, in, found)
	return planPower(in.plan, in.state, in.private.Shared)
}

// derive fills in values that follow from the rest of the plan.
func derive(in inputs) {
	if in.plan.AllMetadata = in.plan.Metadata; in.plan.Metadata.IsNull() {
		in.plan.AllMetadata = crud.MapOf(nil)
	}
	if in.plan.AllTags = in.plan.Tags; in.plan.Tags.IsNull() {
		in.plan.AllTags = crud.SetOf(nil)
	}
	switch {
	case !in.config.Zone.IsNull(): // as written
	case in.config.ZoneHints.ValueString() != "" || in.config.ZoneHints.IsUnknown():
		in.plan.Zone = in.config.ZoneHints
	case in.state != nil && !in.state.Zone.IsNull():
		in.plan.Zone = in.state.Zone
	}
}

// settle makes the time of the last change unknown where anything else changes, and only there: the framework looks at the plan before
// its defaults are settled, and would do so for every imported instance.
func settle(ctx context.Context, req Request, in inputs, found findings, imported *model.Instance) error {
	if in.state == nil {
		return nil
	}
	in.plan.Updated = in.state.Updated
	if imported != nil && !found.rerecord {
		if unchanged := withoutRestoredIDs(in, imported); !req.Changes(ctx, unchanged) {
			*in.plan = unchanged
			return nil
		}
	}
	if !found.rerecord && !req.Changes(ctx, *in.plan) {
		return nil
	}
	in.plan.Updated = types.StringUnknown()
	if len(found.replaced) > 0 { // the VM is only deleted
		return nil
	}
	return crud.Titled("Cannot change compute instance "+in.state.Name.ValueString(), checkChangeable(in))
}

// checkChangeable refuses to change a VM that cannot be changed in place. The plan before a destroy contains the change, too.
func checkChangeable(in inputs) error {
	if in.private.Stuck == "" {
		return nil
	}
	err := fmt.Errorf("%s %s. %s", in.state.Name.ValueString(), in.private.Stuck, crud.WayOut)
	if !in.plan.PowerState.Equal(in.state.PowerState) {
		return openstack.AttributeErrorf("power_state", "%w", err)
	}
	return err
}

// checkRead refuses to plan a moved instance before its VM was read, because another provider's values do not show what differs.
func checkRead(from *crud.Origin) error {
	if from == nil {
		return nil
	}
	return openstack.AttributeErrorf("id", "the instance was moved from %s, and its VM has not been read since, so what differs is not "+
		"known: plan and apply once without -refresh=false", from.Type)
}
