// SPDX-License-Identifier: MPL-2.0

package actions

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/acts"
)

const (
	powerTimeout = 10 * time.Minute
	// shutdownPatience is how long a guest may take to shut itself down, as for the argument power_state of an instance.
	shutdownPatience = 60 * time.Second
)

// Power is the action that starts, stops, suspends and resumes an instance.
var Power = crud.Action[*vcenter.Client, powerModel]{
	Name: "compute_instance_power", Does: "change the instance's power state", Schema: powerSchema, Check: powerModel.check,
	Plan: func(ctx context.Context, client *vcenter.Client, m powerModel) error {
		return client.Acts.CheckInstance(ctx, m.InstanceID.ValueString())
	},
	Invoke: func(ctx context.Context, client *vcenter.Client, m powerModel, progress crud.Progress) error {
		return client.Acts.Power(ctx, acts.Power{ID: m.InstanceID.ValueString(), State: m.State.ValueString(),
			Graceful: seconds(m.Graceful, shutdownPatience)}, progress)
	},
	Timeout: func(m powerModel) types.String { return m.Timeout }, Limit: powerTimeout, Interrupt: crud.InterruptEndsWait,
}

func powerSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Starts, stops, suspends or resumes an instance, as Nova's verbs do. **`shutoff` ends what the guest does**: " +
			"the guest is asked to shut itself down, and powered off where it takes longer than `graceful_timeout` or VMware Tools do not run. " +
			"An instance that has the state already is left alone, so none is stopped twice. The instance's `power_state` differs then from " +
			"the configuration's, which is `active` where none is written, and the next plan brings it back: this action is for what " +
			"passes, `power_state` for what lasts." + Needs,
		Attributes: map[string]schema.Attribute{
			"instance_id": instanceID(),
			"state": schema.StringAttribute{MarkdownDescription: "`active` starts an instance, or resumes a suspended one. `shutoff` stops it; " +
				"a suspended one loses its memory. `suspended` writes the memory of a running one to its datastore.", Required: true},
			"graceful_timeout": graceful("For `shutoff`: how many seconds the guest may take to shut itself down. Unset: 60. 0: it is powered " +
				"off without being asked."),
			"timeout": crud.InvokeTimeout(powerTimeout),
			"region":  crud.ActionRegion(),
		},
	}
}

type powerModel struct {
	InstanceID types.String `tfsdk:"instance_id"`
	State      types.String `tfsdk:"state"`
	Graceful   types.Int64  `tfsdk:"graceful_timeout"`
	Timeout    types.String `tfsdk:"timeout"`
	Region     types.String `tfsdk:"region"`
}

func (m powerModel) check() error {
	if m.State.IsUnknown() {
		return nil
	}
	switch state := m.State.ValueString(); state {
	case openstack.Shutoff:
		return nil
	case openstack.Active, openstack.Suspended:
		if m.Graceful.ValueInt64() > 0 {
			return openstack.AttributeErrorf("graceful_timeout", "it is for state = %q only: no guest is asked to become "+
				"%s", openstack.Shutoff, state)
		}
		return nil
	case "paused":
		return openstack.AttributeErrorf("state", "vSphere has no pause, and neither has Nova's driver for it: write %q, which frees the "+
			"host's "+
			"memory too", openstack.Suspended)
	default:
		return openstack.AttributeErrorf("state", "%q is none of %q, %q and "+
			"%q", state, openstack.Active, openstack.Shutoff, openstack.Suspended)
	}
}
