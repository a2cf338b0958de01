// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// keyPairMoves accepts OpenStack's key pairs, whose id is the name in both providers.
var keyPairMoves = []crud.StateMove[keyPairModel]{{From: "openstack_compute_keypair_v2", Convert: keyPairFromPriorState}}

func keyPairFromPriorState(old crud.PriorState) (keyPairModel, error) {
	return keyPairModel{ID: old.Text("name"), Name: old.Text("name"), PublicKey: old.Text("public_key"), Fingerprint: old.Text("fingerprint"),
		PrivateKey: types.StringValue(old.Text("private_key").ValueString()), Region: old.Text("region"), UserID: old.Text("user_id"),
		ValueSpecs: old.Map("value_specs")}, nil
}
