// SPDX-License-Identifier: MPL-2.0

package actions

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

const shelveTimeout = 10 * time.Minute

// Shelve is the action that puts an instance away.
var Shelve = crud.Action[*vcenter.Client, instanceModel]{
	Name: "compute_instance_shelve", Does: "shelve the instance",
	Schema: func(context.Context) schema.Schema {
		return shelvingSchema("Puts an instance away: **the guest is shut down**, powered off where VMware Tools do not run or it takes " +
			"longer than a minute, and the instance is recorded as shelved, which is what `power_state = \"shelved_offloaded\"` does. Its " +
			"files stay on its datastore, under its VM: Nova would make an image of them and destroy the VM. A suspended instance loses what " +
			"it has in memory. One that is shelved already is left alone. The next plan shows `power_state` as `shelved_offloaded`, and " +
			"starts the instance again, unless the configuration says so too.")
	},
	Plan: func(ctx context.Context, client *vcenter.Client, m instanceModel) error {
		return client.Machines.CheckManaged(ctx, m.InstanceID.ValueString())
	},
	Invoke: func(ctx context.Context, client *vcenter.Client, m instanceModel, progress crud.Progress) error {
		return client.Shelving.Shelve(ctx, m.InstanceID.ValueString(), progress)
	},
	Timeout: func(m instanceModel) types.String { return m.Timeout }, Limit: shelveTimeout,
}

// Unshelve is the action that brings a shelved instance back.
var Unshelve = crud.Action[*vcenter.Client, instanceModel]{
	Name: "compute_instance_unshelve", Does: "unshelve the instance",
	Schema: func(context.Context) schema.Schema {
		return shelvingSchema("Starts a shelved instance again. One that is only off is started too, and one that runs is left alone; a " +
			"suspended one is refused. The next plan shows `power_state` as `active`, and shelves the instance again where its configuration " +
			"says `shelved_offloaded`.")
	},
	Plan: func(ctx context.Context, client *vcenter.Client, m instanceModel) error {
		return client.Machines.CheckManaged(ctx, m.InstanceID.ValueString())
	},
	Invoke: func(ctx context.Context, client *vcenter.Client, m instanceModel, progress crud.Progress) error {
		return client.Shelving.Unshelve(ctx, m.InstanceID.ValueString(), progress)
	},
	Timeout: func(m instanceModel) types.String { return m.Timeout }, Limit: shelveTimeout,
}

func shelvingSchema(text string) schema.Schema {
	text += " One of Nova's that nothing has changed here yet has no record to say it in, and is refused until its first change."
	return schema.Schema{MarkdownDescription: text + Needs, Attributes: map[string]schema.Attribute{
		"instance_id": instanceID(),
		"timeout":     crud.InvokeTimeout(shelveTimeout),
		"region":      crud.ActionRegion(),
	}}
}
