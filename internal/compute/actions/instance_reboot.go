// SPDX-License-Identifier: MPL-2.0

package actions

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/acts"
)

// rebootTimeout is how long a reboot may take, the guest's start included where it is waited for.
const rebootTimeout = 10 * time.Minute

// The types of a reboot, by Nova's names in lower case.
const (
	soft = "soft"
	hard = "hard"
)

// Reboot is the action that restarts an instance.
var Reboot = crud.Action[*vcenter.Client, rebootModel]{
	Name: "compute_instance_reboot", Does: "reboot the instance", Schema: rebootSchema, Check: rebootModel.check,
	Plan: func(ctx context.Context, client *vcenter.Client, m rebootModel) error {
		return client.Acts.CheckInstance(ctx, m.InstanceID.ValueString())
	},
	Invoke: func(ctx context.Context, client *vcenter.Client, m rebootModel, progress crud.Progress) error {
		return client.Acts.Reboot(ctx, acts.Reboot{ID: m.InstanceID.ValueString(), Hard: m.Type.ValueString() == hard,
			Graceful: seconds(m.Graceful, 0)}, progress)
	},
	Timeout: func(m rebootModel) types.String { return m.Timeout }, Limit: rebootTimeout,
}

func rebootSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Restarts a running instance, as Nova's driver for vSphere does. **The guest goes down**: softly, by itself, " +
			"where VMware Tools run, and at once, as by a reset button, for `hard` or where they do not run. An instance that does not run is " +
			"refused. The next plan shows nothing: the instance stays `active` throughout. Invoked twice, it restarts twice." +
			Needs,
		Attributes: map[string]schema.Attribute{
			"instance_id": instanceID(),
			"type": schema.StringAttribute{MarkdownDescription: "`soft` (the guest restarts itself, through VMware Tools) or `hard` (a reset). " +
				"Unset: `soft`.", Optional: true, Validators: []validator.String{stringvalidator.OneOf(soft, hard)}},
			"graceful_timeout": graceful("For `soft`: the seconds within which the guest must begin to restart; one that shows no sign of it " +
				"is reset, and then the action waits until VMware Tools run again in one that restarts. A guest that has gone down is never " +
				"reset. Unset or 0: the guest is asked, and not waited for, as Nova does."),
			"timeout": crud.InvokeTimeout(rebootTimeout),
			"region":  crud.ActionRegion(),
		},
	}
}

type rebootModel struct {
	InstanceID types.String `tfsdk:"instance_id"`
	Type       types.String `tfsdk:"type"`
	Graceful   types.Int64  `tfsdk:"graceful_timeout"`
	Timeout    types.String `tfsdk:"timeout"`
	Region     types.String `tfsdk:"region"`
}

func (m rebootModel) check() error {
	if m.Type.ValueString() == hard && m.Graceful.ValueInt64() > 0 {
		return openstack.AttributeErrorf("graceful_timeout", "a hard reboot asks no guest, so there is nothing to wait for: remove "+
			"graceful_timeout, or write type = \"soft\"")
	}
	return nil
}
