// SPDX-License-Identifier: MPL-2.0

// Package actions is Terraform's side of the compute service's actions: what is done to an instance or a compute node at apply -invoke, or
// at the events of an action_trigger. None of them has a state.
package actions

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Needs ends the description of each action.
const Needs = " Actions need Terraform 1.14 or later; OpenTofu has none."

// instanceID returns the argument that names the instance.
func instanceID() schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: "The id of the instance. A VM that neither this provider nor Nova has recorded as " +
		"an instance is refused.", Required: true}
}

// graceful returns the argument of how long a guest may take.
func graceful(text string) schema.Int64Attribute {
	return schema.Int64Attribute{MarkdownDescription: text, Optional: true, Validators: []validator.Int64{int64validator.Between(0, 86400)}}
}

// seconds returns an argument as a duration, and usual where it is not written.
func seconds(written types.Int64, usual time.Duration) time.Duration {
	if written.IsNull() || written.IsUnknown() {
		return usual
	}
	return time.Duration(written.ValueInt64()) * time.Second
}
