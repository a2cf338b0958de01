// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// nestedGuests are guests that are hypervisors themselves. Nova gives them hardware virtualisation.
var nestedGuests = []string{"vmkernel5Guest", "vmkernel6Guest", "vmkernel65Guest", "windowsHyperVGuest"}

func isGuestID(value string) bool {
	return slices.Contains(types.VirtualMachineGuestOsIdentifier("").Strings(), value)
}

func setGuestID(b *builder, value string, _ bool) error {
	if !isGuestID(value) {
		return fmt.Errorf("%q is not a guest id of vSphere: write for example %s", value, strings.Join(nearGuests(value), ", "))
	}
	b.guestID = value
	b.windows = strings.HasPrefix(value, "win")
	if slices.Contains(nestedGuests, value) {
		b.nested = types.NewBool(true)
	}
	return nil
}

// setDistro accepts guest ids only. Nova's VMware driver reads os_distro as the same field, but most images have ubuntu or debian there.
func setDistro(b *builder, value string, image bool) error {
	if isGuestID(value) {
		return setGuestID(b, value, image)
	}
	return nil
}

// nearGuests returns the guest ids that share the longest prefix with a word.
func nearGuests(value string) []string {
	for n := min(len(value), 10); n >= 3; n-- {
		var near []string
		for _, id := range (types.VirtualMachineGuestOsIdentifier("")).Strings() {
			if strings.HasPrefix(strings.ToLower(id), strings.ToLower(value[:n])) {
				near = append(near, id)
			}
		}
		if len(near) > 0 {
			return near[max(0, len(near)-3):]
		}
	}
	return []string{"otherGuest64", "debian12_64Guest", "ubuntu64Guest"}
}

func setOSType(b *builder, value string, _ bool) error {
	b.osType, b.windows = strings.ToLower(value), strings.EqualFold(value, "windows")
	return nil
}

func isWindows(guestID string) bool { return strings.HasPrefix(guestID, "win") }
