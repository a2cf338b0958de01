// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"fmt"
	"strconv"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// allocation holds a resource's reservation, limit and shares: in MHz for CPU, MB for memory, IOPS for a disk, Mbit/s for a NIC. Nova
// reads all four by the same rules (nova.virt.vmwareapi.vm_util, Limits).
type allocation struct {
	limit, reservation int64
	level              types.SharesLevel
	shares             int64 // with level custom only
	levelled           bool  // a level was set
}

func unlimited() allocation { return allocation{limit: -1, level: types.SharesLevelNormal} }

// set reads the value of one quota extra spec. word is limit, reservation, shares_level or shares_share.
func (a *allocation) set(word, value string) error {
	if value == "" {
		return nil // Nova: empty is unset
	}
	if word == "shares_level" {
		switch level := types.SharesLevel(value); level {
		case types.SharesLevelLow, types.SharesLevelNormal, types.SharesLevelHigh, types.SharesLevelCustom:
			a.level, a.levelled = level, true
			return nil
		}
		return fmt.Errorf("%q is not a share level: write low, normal, high or custom", value)
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return fmt.Errorf("%q is not a whole number", value)
	}
	switch word {
	case "limit":
		if a.limit = n; n == 0 {
			a.limit = -1 // Nova: 0 is unset
		}
	case "reservation":
		a.reservation = max(n, 0)
	case "shares_share":
		a.shares = n
	}
	return nil
}

// check refuses values that contradict each other. prefix is the common start of their keys, for example "quota:cpu_".
func (a *allocation) check(prefix string) error {
	if !a.levelled {
		a.shares = 0 // Nova: a share without a level is unset
	}
	if a.shares != 0 && a.level != types.SharesLevelCustom {
		return wrongSpec(prefix+"shares_share", "%sshares_share goes with %sshares_level = \"custom\" only", prefix, prefix)
	}
	if a.limit > 0 && a.reservation > a.limit {
		return wrongSpec(prefix+"reservation", "%sreservation (%d) is above %slimit (%d)", prefix, a.reservation, prefix, a.limit)
	}
	return nil
}

func (a allocation) sharesInfo() types.SharesInfo {
	return types.SharesInfo{Level: a.level, Shares: int32(a.shares)}
}

func (a allocation) info() *types.ResourceAllocationInfo {
	shares := a.sharesInfo()
	return &types.ResourceAllocationInfo{Limit: &a.limit, Reservation: &a.reservation, Shares: &shares}
}

func (a allocation) storage() *types.StorageIOAllocationInfo {
	shares := a.sharesInfo()
	reservation := int32(a.reservation)
	return &types.StorageIOAllocationInfo{Limit: &a.limit, Reservation: &reservation, Shares: &shares}
}

func (a allocation) traffic() *types.VirtualEthernetCardResourceAllocation {
	return &types.VirtualEthernetCardResourceAllocation{Limit: &a.limit, Reservation: &a.reservation, Share: a.sharesInfo()}
}

// Allocation reads an allocation from a VM or a spec. The server computes the shares of a named level, so they read as 0.
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
