// SPDX-License-Identifier: MPL-2.0

package gateways

import (
	"net/netip"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// lastSequence is the highest sequence_number of the section USER (API of NSX 4.1, PolicyNatRule).
const lastSequence = 2147481599

// actions are those of a NAT rule that are carried out here, with what each has to say (API of NSX 4.1, PolicyNatRule).
var actions = map[string]struct {
	mandatory  []string
	translates bool
	inbound    bool
}{
	"SNAT":    {mandatory: []string{"source_network", "translated_network"}, translates: true},
	"DNAT":    {mandatory: []string{"destination_network", "translated_network"}, translates: true, inbound: true},
	"NO_SNAT": {mandatory: []string{"source_network"}},
	"NO_DNAT": {mandatory: []string{"destination_network"}, inbound: true},
}

// checkNATRule refuses what a NAT rule may not say, and completes how the firewall sees what it translates.
func checkNATRule(o *policy.Objects, x *policy.Object, body map[string]any) *policy.Refusal {
	name, _ := body["action"].(string)
	action, ok := actions[name]
	if !ok {
		return policy.Invalid("action %q is none that this manager carries out for a tier-1 gateway", name)
	}
	for _, property := range action.mandatory {
		if text, _ := body[property].(string); text == "" {
			return policy.Invalid("a rule with the action %s has to have %s", name, property)
		}
	}
	if mode := body["policy_based_vpn_mode"]; mode != nil && !action.inbound {
		return policy.Invalid("policy_based_vpn_mode is not for a rule with the action %s", name)
	}
	if number, ok := body["sequence_number"].(float64); ok && (number < 0 || number > lastSequence) {
		return policy.Invalid("sequence_number %.0f is not from 0 to %d", number, lastSequence)
	}
	if refusal := checkNATNetworks(name, body); refusal != nil {
		return refusal
	}
	for _, path := range policy.Strings(body, "scope") {
		if routerOf(path) != routerOf(x.Path) {
			return policy.Invalid("scope has path=[%s], which is an interface of another gateway", path)
		}
	}
	if !action.translates {
		return checkUntranslated(name, body)
	}
	if body["firewall_match"] == nil {
		body["firewall_match"] = "MATCH_INTERNAL_ADDRESS"
	}
	return checkTranslating(o, routerOf(x.Path), body)
}

// checkUntranslated refuses what only a rule that translates can say.
func checkUntranslated(action string, body map[string]any) *policy.Refusal {
	for _, property := range []string{"translated_network", "translated_ports"} {
		if body[property] != nil {
			return policy.Invalid("%s is not for a rule with the action %s", property, action)
		}
	}
	if match := body["firewall_match"]; match != nil && match != "BYPASS" {
		return policy.Invalid("firewall_match of a rule with the action %s has to be BYPASS", action)
	}
	return nil
}

// checkTranslating refuses a rule that keeps states where both edge nodes are active, one that came before the edge cluster is ready, and
// ports that are none.
func checkTranslating(o *policy.Objects, router string, body map[string]any) *policy.Refusal {
	if o.Get(router).String("ha_mode") == "ACTIVE_ACTIVE" {
		return policy.Invalid("path=[%s] has ha_mode ACTIVE_ACTIVE, and translates neither sources nor destinations", router)
	}
	if text, ok := body["translated_ports"].(string); ok {
		if _, ok := parsePorts(text); !ok {
			return policy.Invalid("translated_ports %q is no port and no range of ports", text)
		}
	}
	for _, services := range o.Below(router + "/locale-services") {
		if services.String("edge_cluster_path") != "" && !o.IsRealized(services) {
			return policy.NotReady("path=[%s] is not realized yet", services.Path)
		}
	}
	return nil
}

// checkNATNetworks refuses lists of networks with something else in them, or of both versions of IP, and a destination to choose from.
func checkNATNetworks(action string, body map[string]any) *policy.Refusal {
	var all []netip.Prefix
	for _, property := range []string{"source_network", "destination_network", "translated_network"} {
		text, _ := body[property].(string)
		prefixes, ok := parseNetworks(text)
		if !ok {
			return policy.Invalid("%s %q is no list of addresses and networks", property, text)
		}
		if action == "DNAT" && property == "translated_network" && len(prefixes) > 1 {
			return policy.Invalid("translated_network of a rule with the action DNAT is one, and not %q", text)
		}
		all = append(all, prefixes...)
	}
	for _, prefix := range all {
		if prefix.Addr().Is4() != all[0].Addr().Is4() {
			return policy.Invalid("a rule has addresses of IPv4 and IPv6: %s and %s", all[0], prefix)
		}
	}
	return nil
}

// parseNetworks reads addresses and networks that commas are between; none where the text is empty.
func parseNetworks(text string) ([]netip.Prefix, bool) {
	if text == "" {
		return nil, true
	}
	var all []netip.Prefix
	for part := range strings.SplitSeq(text, ",") {
		prefix, err := netip.ParsePrefix(part)
		if address, err2 := netip.ParseAddr(part); err2 == nil {
			prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil || prefix != prefix.Masked() {
			return nil, false
		}
		all = append(all, prefix)
	}
	return all, true
}

// translatesNothing is the fault of a rule that needs a service router, and has none.
func translatesNothing(o *policy.Objects, x *policy.Object) *policy.Fault {
	if !actions[x.String("action")].translates {
		return nil
	}
	return withoutServiceRouter(o, x)
}
