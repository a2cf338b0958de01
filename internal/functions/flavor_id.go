// SPDX-License-Identifier: MPL-2.0

package functions

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/catalogue"
)

func newFlavorID() function.Function { return flavorID{} }

// flavorID returns the id that compute_flavor chooses for a name.
type flavorID struct{}

// Metadata sets the name of the function.
func (flavorID) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "flavor_id"
}

// Definition says what it takes and returns.
func (flavorID) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "The id of the flavor of a name",
		MarkdownDescription: "Returns the id that `novasphere_compute_flavor` gives a flavor of this name where its `flavor_id` is left out. " +
			"The id follows from the name alone, so it is the same in every vCenter and known at plan: a module can name a flavor of another " +
			"workspace in `flavor_id`, in an output or as the key of a `for_each` without a data source that asks for it. It does not say that " +
			"there is such a flavor, and a flavor that was given an id of its own, or that comes from OpenStack, has that one: for those there is " +
			"the data source `novasphere_compute_flavor`.",
		Parameters: []function.Parameter{function.StringParameter{Name: "name", MarkdownDescription: "The flavor's name."}},
		Return:     function.StringReturn{},
	}
}

// Run computes the id.
func (flavorID) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var name string
	if resp.Error = req.Arguments.Get(ctx, &name); resp.Error != nil {
		return
	}
	if resp.Error = atArgument(openstack.FlavorName.Check(name)); resp.Error == nil {
		resp.Error = resp.Result.Set(ctx, catalogue.FlavorID(name))
	}
}
