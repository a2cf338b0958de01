package protocol

import "github.com/hashicorp/hcl/v2"

// block is a resource or a data source of a configuration.
type block struct {
	address, kind, name string
	data                bool
	body                hcl.Body // less the arguments that are Terraform's own
	count, each         hcl.Expression
	after               []string // what depends_on names
	needs               []string // what it refers to, also by way of locals
}

// own are the arguments of a resource that are Terraform's own.
var own = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "count"}, {Name: "for_each"}, {Name: "depends_on"}}}
