// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Source returns the argument of a data source that chooses where it looks. unset describes the behaviour without it.
func Source(unset string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Where to look: `vcenter`, or `openstack`, which is the cloud of the provider's block `openstack`. Unset: " + unset +
			" Not known to the OpenStack provider.",
		Optional: true, Validators: []validator.String{stringvalidator.OneOf(openstack.SourceVCenter, openstack.SourceOpenStack)},
	}
}

// Sourced adds to a data source's attributes where it looks for an object, and where it found it.
func Sourced(attributes map[string]schema.Attribute) map[string]schema.Attribute {
	attributes["source"] = Source("in the vCenter first, and where it is not there and the provider has a block `openstack`, in OpenStack.")
	attributes["found_in"] = schema.StringAttribute{MarkdownDescription: "Where it was found: `vcenter` or `openstack`.", Computed: true}
	return attributes
}
