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

// Request is what a verb of an instance works with.
type Request = *crud.Request[ports.Plugger, model.Instance]

// inputs are what every decision of a plan starts from. Nothing in them changes while decisions are made, but for the model behind plan,
// which each of them fills in further.
type inputs struct {
	client *vcenter.Client  // nil while the provider's configuration is not known
	net    sdn.Backend      // nil with client
	specs  *vmspec.Compiler // reads each flavor with each image once in a plan

	config      *model.Instance
	plan        *model.Instance
	state       *model.Instance // nil where there is no instance yet; with the ids that an import leaves out
	private     model.PrivateState
	replacement bool // the instance takes the place of one that was planned with its state before
}

func inputsOf(ctx context.Context, req Request) inputs {
	return inputs{client: req.Client.Client, net: req.Client.Network, specs: vmspec.NewCompiler(ctx), config: req.Config, plan: req.Plan,
		state: req.State, private: model.ReadPrivateState(ctx, req.Private), replacement: req.Replacement}
}

// findings are what decisions have found that the planned model does not show.
type findings struct {
	flavor *openstack.Flavor // as the configuration names it; nil while it is not known
	image  *openstack.Image  // for an instance that is to be made; nil while it is not known

	replaced   path.Paths // arguments whose values only another instance can have
	moving     string     // the argument by which the instance is to be elsewhere; empty: none
	adopted    []string   // arguments that describe a machine without a record, and differ from its state
	mismatches []mismatch // what such a machine shows, and is written otherwise
	resizing   bool       // the machine is to be as large as its flavor, and is not
	rerecord   bool       // something is to be put right that no argument shows: the zone's record, a link, what the guest is told
}

// mismatch is an argument that says something else than what is read off a machine without a record.
type mismatch struct{ name, written, found string }

// zone is where the instance is to be, once the place is planned.
func (in inputs) zone() string { return in.plan.Zone.ValueString() }

// zoneWritten reports whether the configuration names a zone, known yet or not.
func (in inputs) zoneWritten() bool {
	return in.config.Zone.IsUnknown() || in.config.Zone.ValueString() != "" || in.config.ZoneHints.IsUnknown() ||
		in.config.ZoneHints.ValueString() != ""
}

// unrecorded reports whether the instance was imported from a machine without a record: see adoption.go.
func (in inputs) unrecorded() bool { return in.state != nil && in.private.Unrecorded }

// adopts reports whether the instance was imported, and has not been changed since.
func (in inputs) adopts() bool { return in.private.Imported || in.unrecorded() }

// sameFlavor reports whether the instance exists and keeps its flavor.
func (in inputs) sameFlavor() bool {
	same := func(config, state types.String) bool {
		return config.ValueString() == "" || config.Equal(state)
	}
	return in.state != nil && same(in.config.FlavorID, in.state.FlavorID) && same(in.config.FlavorName, in.state.FlavorName)
}

// from is where the instance is, for people.
func (in inputs) from() string {
	return fmt.Sprintf("%s (host %s)", in.state.Zone.ValueString(), in.state.Host.ValueString())
}

// to is where the instance is to be, for people. moving is the argument that says so.
func (in inputs) to(moving string) string {
	if moving == "hypervisor_hostname" {
		return fmt.Sprintf("%s (%s)", in.zone(), in.plan.Hypervisor.ValueString())
	}
	return in.zone()
}
