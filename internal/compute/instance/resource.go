// SPDX-License-Identifier: MPL-2.0

// Package instance is the resource compute_instance: its schema, a file for each verb, import, and moves from other providers. Package
// plan holds the decisions of a plan, package model the models.
package instance

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/plan"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/ports"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/rules"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// Resource is compute_instance: a virtual machine as Nova's VMware driver would make it.
var Resource = crud.Resource[ports.Plugger, model.Instance]{
	Name: "compute_instance", Schema: instanceSchema, Check: rules.CheckConfig, Plan: plan.Plan, PlanUnconfigured: plan.Plan,
	PlanDelete: plan.Delete, Create: createInstance, Read: readInstance, Update: updateInstance, Delete: deleteInstance,
	Import: importInstance, Timeouts: func(m *model.Instance) timeouts.Value { return m.Timeouts }, Timeout: instanceTimeout,
	Interrupt: crud.InterruptEndsWait, Title: func(m *model.Instance) string { return m.Name.ValueString() },
	Private: []string{model.PrivateStateKey}, Moves: instanceMoves, Upgrades: instanceUpgrades, Universal: true, Renews: true,
}
