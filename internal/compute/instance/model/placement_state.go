// SPDX-License-Identifier: MPL-2.0

package model

import (
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
)

// placementState holds in private state where an instance is, and where it was requested to be.
type placementState struct {
	Zone      string   `json:"zone,omitempty"`  // as recorded on the machine
	Node      string   `json:"node,omitempty"`  // the compute node that it is on
	Host      string   `json:"host,omitempty"`  // the ESX host
	Home      string   `json:"home,omitempty"`  // the compute node that it was on at the last request
	Asked     string   `json:"asked,omitempty"` // hypervisor_hostname at the last request
	Datastore string   `json:"datastore,omitempty"`
	Networks  []string `json:"networks,omitempty"` // of all its NICs
}

func placementStateOf(s openstack.Server) placementState {
	w := placementState{Node: s.Hypervisor, Host: s.Host, Datastore: s.Datastore}
	if s.ImageID != "" || s.ImageName != "" { // otherwise nothing is recorded
		w.Zone = zoneOr(s.Zone)
	}
	for _, nic := range s.NICs {
		if !slices.Contains(w.Networks, nic.NetworkID) {
			w.Networks = append(w.Networks, nic.NetworkID)
		}
	}
	return w
}

// zoneOr returns a zone's name, or the default zone for "".
func zoneOr(zone string) string {
	if zone == "" {
		return inventory.DefaultZone
	}
	return zone
}

// Asked records where the instance was requested to be. Where an apply leaves the instance in the place that it was moved to outside of
// Terraform, the earlier request stays.
func (a PrivateState) Asked(m Instance, had PrivateState) PrivateState {
	a.At.Asked, a.At.Home = m.Hypervisor.ValueString(), a.At.Node
	if had.At.Home != "" && had.At.Home != a.At.Node && strings.EqualFold(had.At.Asked, a.At.Asked) {
		a.At.Home = had.At.Home
	}
	return a
}

// ShowRequestedNode shows the compute node as written while the instance is in that cluster, and the present one once it has left it. For
// an import it records in at which node counts as requested.
func (m Instance) ShowRequestedNode(at *placementState) Instance {
	switch {
	case at.Node == "":
	case at.Home == "": // an import, or a state older than this field
		if !strings.EqualFold(m.Hypervisor.ValueString(), at.Host) {
			m.Hypervisor = crud.Written(m.Hypervisor, at.Node)
		}
		at.Home, at.Asked = at.Node, m.Hypervisor.ValueString()
	case at.Asked == "": // an empty string is written
	case at.Home != at.Node:
		m.Hypervisor = types.StringValue(at.Node)
	default:
		m.Hypervisor = types.StringValue(at.Asked)
	}
	return m
}

// SameZone reports whether two zones are the same, and their hosts too if one is named (zone:host).
func SameZone(a, b string) bool {
	zone, host := inventory.SplitZone(a)
	other, on := inventory.SplitZone(b)
	return zone == other && strings.EqualFold(host, on)
}
