// SPDX-License-Identifier: MPL-2.0

package model

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
)

// Usage returns what an instance uses of its zone, with the disks beside its root disk. Only a running instance reserves anything.
func Usage(m Instance, beside []openstack.Disk) planned.Usage {
	zone, _ := inventory.SplitZone(m.Zone.ValueString())
	u := planned.Usage{Zone: zone, Of: [planned.Scarce]int64{
		planned.VCPUs: m.VCPUs.ValueInt64(), planned.RAM: m.RAM.ValueInt64(), planned.Disk: m.Disk.ValueInt64()}}
	var mb int64
	for _, disk := range beside {
		mb += disk.MB
	}
	u.Of[planned.Disk] += (mb + 1023) >> 10
	if m.Power() == openstack.Active {
		u.Of[planned.MHz], u.Of[planned.Reserved] = reserved(m.CPUAllocation), reserved(m.RAMAllocation)
	}
	return u
}

// reserved returns an allocation's reservation.
func reserved(allocation types.Object) int64 {
	value, _ := allocation.Attributes()["reservation"].(types.Int64)
	return value.ValueInt64()
}
