package vmspec

import (
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Allocation reads an allocation off a VM or a spec. Shares of a named level are the server's to compute, and read as 0.
func Allocation(info *types.ResourceAllocationInfo) openstack.Allocation {
	out := openstack.Allocation{Limit: -1, Level: string(types.SharesLevelNormal)}
	if info == nil {
		return out
	}
	if info.Limit != nil {
		out.Limit = *info.Limit
	}
	if info.Reservation != nil {
		out.Reservation = *info.Reservation
	}
	if info.Shares != nil {
		out.Level = string(info.Shares.Level)
		if info.Shares.Level == types.SharesLevelCustom {
			out.Shares = int64(info.Shares.Shares)
		}
	}
	return out
}
