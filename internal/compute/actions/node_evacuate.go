// SPDX-License-Identifier: MPL-2.0

package actions

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/acts"
)

const evacuationTimeout = 4 * time.Hour

// Evacuate is the action that moves the instances off a compute node.
var Evacuate = crud.Action[*vcenter.Client, evacuateModel]{
	Name: "compute_node_evacuate", Does: "evacuate the compute node", Schema: evacuateSchema,
	Plan: func(ctx context.Context, client *vcenter.Client, m evacuateModel) error {
		return client.Acts.CheckEvacuation(ctx, m.evacuation())
	},
	Invoke:  evacuate,
	Timeout: func(m evacuateModel) types.String { return m.Timeout }, Limit: evacuationTimeout, Interrupt: crud.InterruptEndsStep,
}

func evacuateSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Moves the instances off an ESX host to others of their availability zones, up to four at a time, as Nova's " +
			"client does with `host-evacuate-live`. **Running guests keep running** (vMotion). It needs no DRS, and the host stays in service: " +
			"where DRS runs, it may move instances back, so set `status = \"disabled\"` on the `novasphere_compute_node` next, which then has " +
			"nothing left to wait for. An instance that cannot leave, such as one that its zone binds to the host, is an error, and keeps no " +
			"other from leaving. Machines that are nobody's instances stay, with a warning. The next plan shows nothing. Interrupted, it ends " +
			"after the moves that are under way; invoked again, it goes on." + Needs,
		Attributes: map[string]schema.Attribute{
			"node_id": schema.StringAttribute{MarkdownDescription: "The id of the `novasphere_compute_node`, or the ESX host's " +
				"name.", Required: true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)}},
			"evacuate_powered_off": schema.BoolAttribute{MarkdownDescription: "Whether instances that are off or suspended leave too. Unset: no.",
				Optional: true},
			"block_migration": schema.BoolAttribute{MarkdownDescription: "Whether disks may be copied to other datastores where another host " +
				"does not mount their own (storage vMotion). Unset: no.", Optional: true},
			"timeout": crud.InvokeTimeout(evacuationTimeout),
			"region":  crud.ActionRegion(),
		},
	}
}

type evacuateModel struct {
	NodeID  types.String `tfsdk:"node_id"`
	Off     types.Bool   `tfsdk:"evacuate_powered_off"`
	Disks   types.Bool   `tfsdk:"block_migration"`
	Timeout types.String `tfsdk:"timeout"`
	Region  types.String `tfsdk:"region"`
}

func (m evacuateModel) evacuation() acts.Evacuation {
	return acts.Evacuation{Node: m.NodeID.ValueString(), Off: m.Off.ValueBool(), Disks: m.Disks.ValueBool()}
}

func evacuate(ctx context.Context, client *vcenter.Client, m evacuateModel, progress crud.Progress) error {
	strangers, err := client.Acts.Evacuate(ctx, m.evacuation(), progress)
	if len(strangers) > 0 {
		crud.Warn(ctx, "Machines stay on the compute node", fmt.Sprintf("Neither this provider nor Nova has recorded instances on %s, so they "+
			"were not moved. Maintenance waits for them: move or stop them in vCenter", strings.Join(strangers, ", ")))
	}
	return err
}
