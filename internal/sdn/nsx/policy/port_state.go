// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// PortState is what NSX has seen of a segment port (NSX API, SegmentPortState).
type PortState struct {
	Attachment struct {
		State string `json:"state"` // FREE, ATTACHED, ATTACHED_PENDING_CONF, ATTACHED_IN_MOTION or DETACHED
	} `json:"attachment"`
	Duplicates []DuplicateBinding `json:"duplicate_bindings"`
}

// DuplicateBinding is an address of a port that another one uses too.
type DuplicateBinding struct {
	Binding         AddressBinding `json:"binding"`
	ConflictingPort string         `json:"conflicting_port"`
}

// Free reports whether no NIC hangs on the port. NSX lets one be deleted that is not free, and vCenter keeps its part of it.
func (s PortState) Free() bool { return s.Attachment.State == "" || s.Attachment.State == "FREE" }

// Conflicts returns a sentence for each address of the port that another one uses too.
func (s PortState) Conflicts() (out []string) {
	for _, d := range s.Duplicates {
		out = append(out, fmt.Sprintf("NSX has seen the address %s at the port %s too: one of the two guests does not get its traffic. Give one "+
			"of them another address", d.Binding.IPAddress, d.ConflictingPort))
	}
	return out
}

// ShrinkRefused returns the error about a port whose addresses NSX does not take away while a machine has it. err is NSX's.
func ShrinkRefused(p openstack.Port, err error) error {
	return openstack.AttributeErrorf("fixed_ip", "NSX does not take addresses away from the port %s while an instance has it: %w. Unplug the "+
		"port from the instance and apply again, or replace the port", label(p.Name, p.ID), err)
}
