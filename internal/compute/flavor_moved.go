// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// flavorMoves accepts OpenStack's flavors. A flavor keeps Nova's id, which instances refer to.
var flavorMoves = []crud.StateMove[flavorModel]{{From: "openstack_compute_flavor_v2", Convert: flavorFromPriorState}}

func flavorFromPriorState(old crud.PriorState) (flavorModel, error) {
	m := flavorModel{ID: old.Text("id"), FlavorID: old.Text("id"), Name: old.Text("name"), Description: old.Text("description"),
		VCPUs: old.Int("vcpus"), RAM: old.Int("ram"), Disk: old.Int("disk"), Ephemeral: types.Int64Value(old.Int("ephemeral").ValueInt64()),
		Swap: types.Int64Value(old.Int("swap").ValueInt64()), RxTxFactor: old.Float("rx_tx_factor"), IsPublic: old.Or("is_public", false),
		ExtraSpecs: old.Map("extra_specs"), Region: old.Text("region")}
	if m.RxTxFactor.ValueFloat64() == 0 {
		m.RxTxFactor = types.Float64Value(1)
	}
	return m, nil
}
