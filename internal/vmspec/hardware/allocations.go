// SPDX-License-Identifier: MPL-2.0

package hardware

import "github.com/vmware/govmomi/vim25/types"

// SameAllocation reports whether a server's allocation is the wanted one. The server computes the shares of a named level.
func SameAllocation(have, want *types.ResourceAllocationInfo) bool {
	if have == nil {
		have = &types.ResourceAllocationInfo{}
	}
	return equal(have.Limit, want.Limit, -1) && equal(have.Reservation, want.Reservation, 0) && sameShares(have.Shares, want.Shares)
}

// SameStorage is SameAllocation for a disk.
func SameStorage(have, want *types.StorageIOAllocationInfo) bool {
	if have == nil {
		have = &types.StorageIOAllocationInfo{}
	}
	return equal(have.Limit, want.Limit, -1) && equal(have.Reservation, want.Reservation, 0) && sameShares(have.Shares, want.Shares)
}

// UnlimitedTraffic returns the allocation of a NIC without limits.
func UnlimitedTraffic() *types.VirtualEthernetCardResourceAllocation {
	none, unlimited := int64(0), int64(-1)
	return &types.VirtualEthernetCardResourceAllocation{Limit: &unlimited, Reservation: &none,
		Share: types.SharesInfo{Level: types.SharesLevelNormal}}
}

// SameTraffic is SameAllocation for a NIC.
func SameTraffic(have, want *types.VirtualEthernetCardResourceAllocation) bool {
	if have == nil {
		have = UnlimitedTraffic()
	}
	return equal(have.Limit, want.Limit, -1) && equal(have.Reservation, want.Reservation, 0) && sameShares(&have.Share, &want.Share)
}

func equal[T comparable](a, b *T, unset T) bool {
	if a == nil {
		a = &unset
	}
	if b == nil {
		b = &unset
	}
	return *a == *b
}

func sameShares(have, want *types.SharesInfo) bool {
	normal := &types.SharesInfo{Level: types.SharesLevelNormal}
	if have == nil {
		have = normal
	}
	if want == nil {
		want = normal
	}
	return have.Level == want.Level && (want.Level != types.SharesLevelCustom || have.Shares == want.Shares)
}
