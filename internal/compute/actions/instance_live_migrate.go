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
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/acts"
)

const migrationTimeout = time.Hour

// LiveMigrate is the action that moves a running instance to another host.
var LiveMigrate = crud.Action[*vcenter.Client, migrateModel]{
	Name: "compute_instance_live_migrate", Does: "migrate the instance", Schema: migrateSchema,
	Plan: func(ctx context.Context, client *vcenter.Client, m migrateModel) error {
		return client.Acts.CheckMigration(ctx, m.migration())
	},
	Invoke: func(ctx context.Context, client *vcenter.Client, m migrateModel, progress crud.Progress) error {
		return client.Acts.Migrate(ctx, m.migration(), progress)
	},
	Timeout: func(m migrateModel) types.String { return m.Timeout }, Limit: migrationTimeout,
}

func migrateSchema(context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Moves a running instance to another ESX host of its availability zone with vMotion, as Nova's live migration " +
			"does. **The guest keeps running.** An instance that is on the host already stays. One that its zone binds to a host (`zone:host`) " +
			"is refused, and so is one that does not run: its resource moves both. The next plan shows nothing, even where " +
			"`hypervisor_hostname` of the resource names the former host, which is where the instance was made. DRS may move the instance on." +
			Needs,
		Attributes: map[string]schema.Attribute{
			"instance_id": instanceID(),
			"host": schema.StringAttribute{MarkdownDescription: "The name of the ESX host to go to, one of the zone's cluster. Unset: of the " +
				"others that can take it, with its networks, datastore and aggregates, the one with the most free memory.", Optional: true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)}},
			"block_migration": schema.BoolAttribute{MarkdownDescription: "Whether its disks may be copied to another datastore where the host " +
				"does not mount their own (storage vMotion). Unset: no.", Optional: true},
			"timeout": crud.InvokeTimeout(migrationTimeout),
			"region":  crud.ActionRegion(),
		},
	}
}

type migrateModel struct {
	InstanceID types.String `tfsdk:"instance_id"`
	Host       types.String `tfsdk:"host"`
	Disks      types.Bool   `tfsdk:"block_migration"`
	Timeout    types.String `tfsdk:"timeout"`
	Region     types.String `tfsdk:"region"`
}

func (m migrateModel) migration() acts.Migration {
	return acts.Migration{ID: m.InstanceID.ValueString(), Host: m.Host.ValueString(), Disks: m.Disks.ValueBool()}
}
