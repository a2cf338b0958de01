// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"cmp"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// NextNICs returns the NICs that an instance will have: the wanted ones in their order, then those that compute_interface_attach
// plugged.
func NextNICs(have, want []openstack.NIC) []openstack.NIC {
	var out []openstack.NIC
	for _, nic := range want {
		if is := NicOf(have, nic.MAC); is != nil {
			nic.Port, nic.Plug, nic.Fixed, nic.Claimed, nic.Named, nic.Home = is.Port, is.Plug, is.Fixed, is.Claimed, is.Named, ""
			nic.Attachment = cmp.Or(nic.Attachment, is.Attachment)
			nic.NetworkID = cmp.Or(nic.NetworkID, is.NetworkID)
		}
		out = append(out, nic)
	}
	for _, nic := range have {
		if nic.Attached {
			out = append(out, nic)
		}
	}
	return out
}

// GoneNICs returns the MACs of the NICs that an instance has and will not have.
func GoneNICs(have, next []openstack.NIC) (macs []string) {
	for _, nic := range have {
		if NicOf(next, nic.MAC) == nil {
			macs = append(macs, nic.MAC)
		}
	}
	return macs
}

// CutNICs returns the MACs of the NICs that stay and must be connected again. NICs of a VM that this provider did not make are left as they
// are, unless it attached them.
func CutNICs(have openstack.Server, next []openstack.NIC) (macs []string) {
	for _, nic := range have.NICs {
		if nic.Cut && (have.Own() || nic.Attached) && NicOf(next, nic.MAC) != nil {
			macs = append(macs, nic.MAC)
		}
	}
	return macs
}

// GonePorts returns the ports of the NICs that will be removed.
func GonePorts(have, next []openstack.NIC) (ports []string) {
	for _, nic := range have {
		if NicOf(next, nic.MAC) == nil && nic.Port != "" {
			ports = append(ports, nic.Port)
		}
	}
	return ports
}
