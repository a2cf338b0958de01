package machines

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// fixedWhileRunning says that a change edits what a device keeps as long as its machine runs. The list is that of the vSphere Web Services
// SDK Programming Guide ("Configuring a Virtual Machine"): since 5.5 such a change is an error.
func fixedWhileRunning(have []types.BaseVirtualDevice, changes []types.BaseVirtualDeviceConfigSpec) bool {
	return slices.ContainsFunc(changes, func(c types.BaseVirtualDeviceConfigSpec) bool {
		change := c.GetVirtualDeviceConfigSpec()
		if change.Operation != types.VirtualDeviceConfigSpecOperationEdit {
			return false
		}
		next := change.Device.GetVirtualDevice()
		was := object.VirtualDeviceList(have).FindByKey(next.Key)
		return was != nil && (base.Differs(next.UnitNumber, was.GetVirtualDevice().UnitNumber) || otherCard(was, change.Device) ||
			otherMode(was, change.Device))
	})
}

func otherCard(was, next types.BaseVirtualDevice) bool {
	a, ok := was.(types.BaseVirtualEthernetCard)
	b, is := next.(types.BaseVirtualEthernetCard)
	if !ok || !is {
		return false
	}
	have, want := a.GetVirtualEthernetCard(), b.GetVirtualEthernetCard()
	return want.MacAddress != "" && !strings.EqualFold(want.MacAddress, have.MacAddress) || want.AddressType != "" &&
		!strings.EqualFold(want.AddressType, have.AddressType) ||
		base.Differs(want.WakeOnLanEnabled, have.WakeOnLanEnabled)
}

func otherMode(was, next types.BaseVirtualDevice) bool {
	a, ok := was.(*types.VirtualDisk)
	b, is := next.(*types.VirtualDisk)
	if !ok || !is {
		return false
	}
	want := diskMode(b)
	return want != "" && want != diskMode(a)
}

func diskMode(disk *types.VirtualDisk) string {
	switch b := disk.Backing.(type) {
	case *types.VirtualDiskFlatVer2BackingInfo:
		return b.DiskMode
	case *types.VirtualDiskSeSparseBackingInfo:
		return b.DiskMode
	case *types.VirtualDiskSparseVer2BackingInfo:
		return b.DiskMode
	case *types.VirtualDiskRawDiskMappingVer1BackingInfo:
		return b.DiskMode
	}
	return ""
}
