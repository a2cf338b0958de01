// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
)

// Service is the body of a protocol with a port (NSX API, Service).
type Service struct {
	DisplayName    string         `json:"display_name"`
	ServiceEntries []ServiceEntry `json:"service_entries"`
	Tags           []policy.Tag   `json:"tags"`
}

// ServiceEntry is one of a service's protocols (NSX API, L4PortSetServiceEntry).
type ServiceEntry struct {
	ResourceType     string   `json:"resource_type"`
	ID               string   `json:"id"`
	DisplayName      string   `json:"display_name"`
	L4Protocol       string   `json:"l4_protocol"` // TCP or UDP
	DestinationPorts []string `json:"destination_ports"`
}

// ForwardingRuleID returns the id of a forwarding's rule and of its service.
func ForwardingRuleID(id string) string { return "F-" + id }

// ForwardingService returns the body of the service of a forwarding, which must exist as long as its rule does. Its port is the one behind
// the gateway (NSX API, PolicyNatRule: the translated port of DNAT). The protocol is tcp or udp: Neutron's nouns have no other.
func ForwardingService(w policy.Owner, f openstack.Forwarding) Service {
	id := ForwardingRuleID(f.ID)
	return Service{DisplayName: id, Tags: w.Tags(id, ""), ServiceEntries: []ServiceEntry{{ResourceType: "L4PortSetServiceEntry", ID: id,
		DisplayName: id, L4Protocol: strings.ToUpper(f.Protocol), DestinationPorts: []string{strconv.FormatInt(f.Internal, 10)}}}}
}

// MergeForwardingService changes a forwarding's service as it was read. It refuses one that somebody else made, and reports whether
// anything differed.
func MergeForwardingService(w policy.Owner, o policy.Object, s Service) (changed bool, err error) {
	if changed, err = w.Merge("port forwarding", o, s, s.Tags); err != nil {
		return false, err
	}
	have, _ := json.Marshal(policy.As[Service](o).ServiceEntries) // bodies always encode
	want, _ := json.Marshal(s.ServiceEntries)
	if string(have) == string(want) { // NSX adds fields to an entry
		return changed, nil
	}
	return o.Set(s, "service_entries") || changed, nil
}

// ForwardingRule returns the rule of a forwarding of a floating IP with an address. In a DNAT rule with a service, translated_ports is the
// port in front of the gateway (NSX API, PolicyNatRule).
func ForwardingRule(w policy.Owner, root policy.Root, f openstack.Forwarding, address string) NATRule {
	return rule(w, NATRule{ID: ForwardingRuleID(f.ID), Action: "DNAT", DestinationNetwork: address, TranslatedNetwork: f.Address,
		Service: ServicePath(root, f.ID), TranslatedPorts: strconv.FormatInt(f.External, 10), SequenceNumber: forwardingFirst})
}
