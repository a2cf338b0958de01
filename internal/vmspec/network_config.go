package vmspec

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// NetworkConfig is what a guest is told of its NICs, in cloud-init's network configuration of version 2: each is matched by its MAC
// and keeps the name that the guest gives it. A NIC without a lease asks DHCP. Nil where no NIC has one: guests then do what they
// do anyway.
func NetworkConfig(nics []openstack.NIC) map[string]any {
	if !slices.ContainsFunc(nics, func(n openstack.NIC) bool { return len(n.Guest) > 0 }) {
		return nil
	}
	ethernets, routed := map[string]any{}, map[bool]bool{}
	for i, nic := range nics {
		ethernets[fmt.Sprintf("id%d", i)] = ethernet(nic, routed)
	}
	return map[string]any{"version": 2, "ethernets": ethernets}
}

// ethernet is one NIC. Only the first gateway of each IP version becomes a default route, as Nova has it.
func ethernet(nic openstack.NIC, routed map[bool]bool) map[string]any {
	out := map[string]any{"match": map[string]any{"macaddress": nic.MAC}}
	asks4, asks6 := len(nic.Guest) == 0, false
	var addresses []string
	routes := []any{}
	for _, l := range nic.Guest {
		six := strings.Contains(l.Address, ":")
		asks4, asks6 = asks4 || l.Asks && !six, asks6 || l.Asks && six
		if l.Asks {
			continue
		}
		addresses = append(addresses, l.Address)
		if l.Gateway != "" && !routed[six] {
			routed[six] = true
			routes = append(routes, map[string]any{"to": map[bool]string{false: "0.0.0.0/0", true: "::/0"}[six], "via": l.Gateway})
		}
		for _, r := range l.Routes {
			routes = append(routes, map[string]any{"to": r.Destination, "via": r.NextHop})
		}
	}
	out["dhcp4"], out["dhcp6"] = asks4, asks6
	if len(addresses) > 0 {
		out["addresses"] = addresses
	}
	if len(routes) > 0 {
		out["routes"] = routes
	}
	if servers := nameservers(nic); len(servers) > 0 {
		out["nameservers"] = map[string]any{"addresses": servers}
	}
	return out
}

// WithNetwork is guestinfo.metadata with another "network" part, and all else as it is.
func WithNetwork(value, encoding string, nics []openstack.NIC) (map[string]string, error) {
	network := NetworkConfig(nics)
	return withPart(value, encoding, "network", network, network != nil)
}

// Rewired is guestinfo.metadata for other NICs: who is told something keeps it, who comes with a lease is told that, and all others
// ask DHCP. Nil where nothing would be told differently.
func Rewired(value, encoding string, nics []openstack.NIC) (map[string]string, error) {
	var metadata struct {
		Network struct {
			Ethernets map[string]map[string]any `json:"ethernets"`
		} `json:"network"`
	}
	if raw, err := base64.StdEncoding.DecodeString(value); err == nil && encoding == "base64" {
		_ = json.Unmarshal(raw, &metadata) // what cannot be read tells nothing
	}
	told := map[string]map[string]any{}
	for _, e := range metadata.Network.Ethernets {
		if match, ok := e["match"].(map[string]any); ok {
			told[fmt.Sprint(match["macaddress"])] = e
		}
	}
	if NetworkConfig(nics) == nil && len(told) == 0 {
		return nil, nil
	}
	ethernets, static := map[string]any{}, false
	for i, nic := range nics {
		one := told[nic.MAC]
		if one == nil || len(nic.Guest) > 0 {
			one = ethernet(nic, map[bool]bool{false: i > 0, true: i > 0}) // the default route is the first NIC's
		}
		_, addressed := one["addresses"]
		static = static || addressed || len(nic.Guest) > 0
		ethernets[fmt.Sprintf("id%d", i)] = one
	}
	return withPart(value, encoding, "network", map[string]any{"version": 2, "ethernets": ethernets}, static)
}

// withPart is guestinfo.metadata with another part of a name, or without it. What is there and is not of this form is somebody else's,
// and stays: nothing is to be written then.
func withPart(value, encoding, name string, part any, has bool) (map[string]string, error) {
	metadata, ours := guestMetadata(value, encoding)
	if !ours {
		return nil, nil
	}
	if delete(metadata, name); has {
		metadata[name] = part
	}
	return metadataKeys(metadata)
}

// guestMetadata is what guestinfo.metadata holds, where it has the form that this provider gives it.
func guestMetadata(value, encoding string) (metadata map[string]any, ours bool) {
	if value == "" {
		return map[string]any{}, true
	}
	raw, err := base64.StdEncoding.DecodeString(value)
	ours = err == nil && encoding == "base64" && json.Unmarshal(raw, &metadata) == nil && metadata != nil
	return metadata, ours
}
