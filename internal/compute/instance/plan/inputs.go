// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/ports"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// Request is the request of a verb of an instance.
type Request = *crud.Request[ports.Plugger, model.Instance]

// inputs are what every decision of a plan starts from. Decisions do not change them, except for the model behind plan, which they fill
// in.
type inputs struct {
	client *vcenter.Client  // nil while the provider's configuration is unknown
	net    sdn.Backend      // nil with client
	specs  *vmspec.Compiler // reads each flavor with each image once in a plan

	config      *model.Instance
	plan        *model.Instance
	state       *model.Instance // nil for a new instance; with the ids that an import drops
	private     model.PrivateState
	replacement bool // the instance replaces one whose state was planned before
}

func inputsOf(ctx context.Context, req Request) inputs {
	return inputs{client: req.Client.Client, net: req.Client.Network, specs: vmspec.NewCompiler(ctx), config: req.Config, plan: req.Plan,
		state: req.State, private: model.ReadPrivateState(ctx, req.Private), replacement: req.Replacement}
}

// findings are the results of decisions that the planned model does not show.
type findings struct {
	flavor *openstack.Flavor // the one that the configuration names; nil while unknown
	image  *openstack.Image  // of a new instance; nil while unknown

	replaced   path.Paths // arguments whose change replaces the instance
	moving     string     // the argument that moves the instance; empty: none
	adopted    []string   // arguments that describe a VM without a record, and differ from its state
	mismatches []mismatch // arguments that such a VM shows with another value
	resizing   bool       // the VM does not have the size of its flavor yet
	rerecord   bool       // a repair is due that no argument shows: the zone's record, a link, guestinfo
}

// mismatch is an argument whose written value differs from what a VM without a record shows.
type mismatch struct{ name, written, found string }

// told returns the planned instance with the write-only values of its configuration.
func (in inputs) told() model.Instance { return in.plan.Told(*in.config) }

// otherUserData reports whether the plan changes the user data: its text, or the version of a write-only one.
func (in inputs) otherUserData() bool {
	return !in.plan.UserData.Equal(in.state.UserData) || !in.plan.UserDataWOVer.Equal(in.state.UserDataWOVer)
}

// zone returns the planned zone, once the place is planned.
func (in inputs) zone() string { return in.plan.Zone.ValueString() }

// zoneWritten reports whether the configuration names a zone, even an unknown one.
func (in inputs) zoneWritten() bool {
	return in.config.Zone.IsUnknown() || in.config.Zone.ValueString() != "" || in.config.ZoneHints.IsUnknown() ||
		in.config.ZoneHints.ValueString() != ""
}

// unrecorded reports whether the instance was imported from a VM without a record: see adoption.go.
func (in inputs) unrecorded() bool { return in.state != nil && in.private.Unrecorded }

// adopts reports whether the instance was imported and has not been changed since.
func (in inputs) adopts() bool { return in.private.Imported || in.unrecorded() }

// sameFlavor reports whether the instance exists and keeps its flavor.
func (in inputs) sameFlavor() bool {
	same := func(config, state types.String) bool {
		return config.ValueString() == "" || config.Equal(state)
	}
	return in.state != nil && same(in.config.FlavorID, in.state.FlavorID) && same(in.config.FlavorName, in.state.FlavorName)
}

// from returns the instance's present place, for people.
func (in inputs) from() string {
	return fmt.Sprintf("%s (host %s)", in.state.Zone.ValueString(), in.state.Host.ValueString())
}

// to returns the instance's planned place, for people. moving is the argument that sets it.
func (in inputs) to(moving string) string {
	if moving == "hypervisor_hostname" {
		return fmt.Sprintf("%s (%s)", in.zone(), in.plan.Hypervisor.ValueString())
	}
	return in.zone()
}
