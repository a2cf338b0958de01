// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"net/netip"
	"path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// The most address bindings of a port (vmware-nsxlib's nsx_constants.py; the schema of 9.1 has 512 of both together).
const (
	mostBindings4 = 128
	mostBindings6 = 15
)

// checkPort refuses what a port may not say. The name of a port with a NIC in it stays the system's, whatever is sent.
func (c *cards) checkPort(o *policy.Objects, x *policy.Object, body map[string]any) *policy.Refusal {
	if id := attachmentOf(body); id != "" {
		for _, other := range o.Each("SegmentPort") {
			if other.Path != x.Path && attachmentOf(other.Body) == id {
				return policy.Invalid("the attachment %s is that of path=[%s] already", id, other.Path)
			}
		}
	}
	count := map[bool]int{}
	for _, binding := range objects(body["address_bindings"]) {
		text, _ := binding["ip_address"].(string)
		if text == "" {
			continue
		}
		address, refusal := boundAddress(text)
		if refusal != nil {
			return refusal
		}
		count[address.Is4()]++
	}
	if count[true] > mostBindings4 || count[false] > mostBindings6 {
		return policy.Invalid("address_bindings has more than %d IPv4 or %d IPv6 addresses", mostBindings4, mostBindings6)
	}
	if c.state(o, x) == attached {
		body["display_name"] = x.Body["display_name"]
	}
	fewer := len(objects(body["address_bindings"])) < len(objects(x.Body["address_bindings"]))
	if fewer && c.state(o, x) == attached && !c.manager.options.Unbind {
		return policy.Invalid("CIF_LOGICALPORT_CANNOT_MODIFY_ADDRESS_BINDING: address bindings of path=[%s] cannot be removed", x.Path)
	}
	return nil
}

// boundAddress is the address of a binding: one, or a whole subnet.
func boundAddress(text string) (netip.Addr, *policy.Refusal) {
	prefix, err := netip.ParsePrefix(text)
	address := prefix.Addr()
	if err != nil {
		if address, err = netip.ParseAddr(text); err != nil {
			return address, policy.Invalid("address_bindings has %q, which is no address", text)
		}
	} else if prefix != prefix.Masked() {
		return address, policy.Invalid("address_bindings has %s, whose host bits are not zero", text)
	}
	if address.IsUnspecified() || address == netip.MustParseAddr("127.0.0.0") {
		return address, policy.Invalid("address_bindings has %s, which no port can have", text)
	}
	return address, nil
}

func attachmentOf(body map[string]any) string {
	attachment, _ := body["attachment"].(map[string]any)
	id, _ := attachment["id"].(string)
	return id
}

// checkPortDeletion takes down that a port is deleted while a NIC is plugged into it: NSX allows it, and the vCenter keeps its half.
func (c *cards) checkPortDeletion(o *policy.Objects, x *policy.Object) *policy.Refusal {
	if c.state(o, x) == attached {
		c.manager.misuse("the port %s is deleted, and a NIC is plugged into it", x.Path)
	}
	return nil
}

// portState is what is realized of a port, and what is plugged into it.
func (c *cards) portState(o *policy.Objects, x *policy.Object) any {
	bindings, duplicates := []any{}, []any{}
	for _, binding := range objects(x.Body["address_bindings"]) {
		bindings = append(bindings, map[string]any{"binding": binding, "source": "USER_SPECIFIED"})
		for _, other := range o.Below(path.Dir(x.Path)) {
			for _, theirs := range objects(other.Body["address_bindings"]) {
				if other != x && o.Get(other.Path) != nil && theirs["ip_address"] == binding["ip_address"] {
					duplicates = append(duplicates, map[string]any{"binding": binding, "source": "USER_SPECIFIED",
						"conflicting_port": other.ID()})
				}
			}
		}
	}
	state := map[string]any{"realized_bindings": bindings, "discovered_bindings": []any{}, "duplicate_bindings": duplicates,
		"transport_node_ids": []any{}}
	if id := attachmentOf(x.Body); id != "" {
		state["attachment"] = map[string]any{"id": id, "state": c.state(o, x)}
	}
	if c.state(o, x) == attached {
		state["transport_node_ids"] = []any{transportNode}
	}
	return state
}
