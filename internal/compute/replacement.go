package compute

import (
	"context"
	"encoding/json"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// replacedNode is a host or a cluster, noted beside its plan. Terraform plans what is replaced twice, first with what is there and then
// as if there were nothing, and hands on what the first plan has noted; what is tainted it plans the second way only, after it was read.
type replacedNode struct {
	ID    string `json:"id"`
	Adopt bool   `json:"adopt,omitempty"`
}

// replacedNodeKey keeps a replacedNode in private state, under the name that older releases gave it.
const replacedNodeKey = "estate"

// planReplacement lets the plan of a host or a cluster find the one whose place it takes. One that goes with its block is in the way of
// another block's until it is gone.
func planReplacement(ctx context.Context, client *vcenter.Client, private crud.Private, held *replacedNode) {
	if held != nil {
		client.Planned.Possessions.Own(held.ID, held.Adopt, false)
		crud.Note(ctx, private, replacedNodeKey, held)
		return
	}
	var left replacedNode
	if raw, _ := private.GetKey(ctx, replacedNodeKey); len(raw) > 0 && json.Unmarshal(raw, &left) == nil {
		client.Planned.Possessions.Own(left.ID, left.Adopt, true)
	}
}
