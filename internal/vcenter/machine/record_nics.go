// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// hasCard reports whether a VM has a NIC with a MAC.
func hasCard(devices []types.BaseVirtualDevice, mac string) bool {
	return slices.ContainsFunc(devices, func(device types.BaseVirtualDevice) bool {
		card, ok := device.(types.BaseVirtualEthernetCard)
		return ok && strings.EqualFold(card.GetVirtualEthernetCard().MacAddress, mac)
	})
}

// DropRemoved removes from a record the attached NICs whose device was removed outside Terraform, and returns their ports.
func DropRemoved(record *Record, devices []types.BaseVirtualDevice) (gone []string) {
	record.NICs = slices.DeleteFunc(record.NICs, func(n openstack.NIC) bool {
		removed := n.Attached && !hasCard(devices, n.MAC)
		if removed {
			gone = append(gone, n.Port)
		}
		return removed
	})
	return gone
}

// PortsIn returns the ports of a VM: those in its extraConfig, Nova's included, without those that are gone, and those of its record.
func PortsIn(keys map[string]string, record Record, gone []string) (ports []string) {
	for _, port := range vmspec.NovaPorts(keys) {
		if !slices.Contains(gone, port) {
			ports = append(ports, port)
		}
	}
	for _, nic := range record.NICs {
		if !slices.Contains(ports, nic.Port) {
			ports = append(ports, nic.Port)
		}
	}
	return ports
}

// RecordToKeep returns the instance's record, to be changed in nothing but its NICs. A VM that this provider did not make gets a record
// of its NICs alone: what it was made from stays open until it is adopted.
func RecordToKeep(text string, s openstack.Server) (r Record, err error) {
	if text == "" {
		return Record{Schema: records.Schema, NICs: s.NICs}, nil
	}
	err = json.Unmarshal([]byte(text), &r) // InstanceOf has read it before
	return r, err
}
