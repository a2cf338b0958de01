// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"
	"encoding/json"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// replacedNode is a host or a cluster in private state. Terraform plans a replacement twice, first with the present object and then as if
// there were none, and hands on the private state of the first plan. A tainted object gets only the second plan, after a refresh.
type replacedNode struct {
	ID    string `json:"id"`
	Adopt bool   `json:"adopt,omitempty"`
}

// replacedNodeKey is the key of a replacedNode in private state, named as in older releases.
const replacedNodeKey = "estate"

// planReplacement tells the plan of a host or a cluster which object it replaces. An object whose own block goes is in the way of another
// block until it is gone.
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
