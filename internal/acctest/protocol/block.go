// SPDX-License-Identifier: MPL-2.0

package protocol

import "github.com/hashicorp/hcl/v2"

// block is a resource or a data source of a configuration.
type block struct {
	address, kind, name string
	data                bool
	body                hcl.Body // without Terraform's own arguments
	count, each         hcl.Expression
	after               []string // the addresses in depends_on
	needs               []string // the addresses that it refers to, also through locals
}

// own are Terraform's own arguments of a resource.
var own = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "count"}, {Name: "for_each"}, {Name: "depends_on"}}}
