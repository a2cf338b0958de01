// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// The arguments about networks, and the environment variables that stand in for them.
const (
	vlanRanges       = "network_vlan_ranges"
	vlanRangesEnv    = "NOVASPHERE_NETWORK_VLAN_RANGES"
	physicalNetworks = "physical_networks"
	physicalEnv      = "NOVASPHERE_PHYSICAL_NETWORKS"
	tenantTypes      = "tenant_network_types"
	tenantTypesEnv   = "NOVASPHERE_TENANT_NETWORK_TYPES"
)

// networkArguments are the arguments about physical networks, their VLANs, and what networks are.
func networkArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		vlanRanges: schema.ListAttribute{Optional: true, ElementType: types.StringType,
			MarkdownDescription: "The VLANs that networks get which name none, in the order in which they are used: " +
				"`physical_network:first:last`, as Neutron writes them. A name alone is a physical network whose networks name their VLANs. A " +
				"network gets a VLAN that no portgroup of its switch has, trunks of parts of the VLANs and private VLANs included; write VLANs " +
				"outside of the ranges where a network is to have a certain one. Environment: `" + vlanRangesEnv + "`, with commas between them."},
		physicalNetworks: schema.MapAttribute{Optional: true, ElementType: types.StringType,
			MarkdownDescription: "The distributed switch of each physical network, by its name or UUID, as Neutron's `bridge_mappings` are. A " +
				"physical network that is not in the map is the switch of that name. Environment: `" + physicalEnv + "`, for example " +
				"`physnet1:dvs-a,physnet2:dvs-b`."},
		tenantTypes: schema.ListAttribute{Optional: true, ElementType: types.StringType,
			MarkdownDescription: "What a network is whose `segments` say nothing, as in Neutron's configuration: `vlan`, a portgroup with a free " +
				"VLAN of `network_vlan_ranges`, or `geneve`, `vxlan`, `gre` or `stt`, which are all overlays and each a segment of NSX (block " +
				"`nsx`). The first that can be had is taken: `vlan` cannot while the ranges are missing or exhausted. Unset: `geneve` with the block " +
				"`nsx`, else `vlan`. Environment: `" + tenantTypesEnv + "`, with commas between them."},
	}
}

// tenantTypes returns the types of networks whose segments say nothing: the written ones, or the environment's, or those of what there is.
func (m configModel) tenantTypes() ([]string, error) {
	all, from := listOr(m.TenantTypes, tenantTypesEnv)
	for i, one := range all {
		switch overlay := openstack.Overlay(one); {
		case !overlay && one != openstack.SegmentVLAN:
			return nil, openstack.AttributeErrorf(tenantTypes, "%s has %q, which networks cannot be by themselves: write vlan, or an overlay: "+
				"geneve, vxlan, gre or stt", from, one)
		case overlay && m.NSX.IsNull():
			return nil, openstack.AttributeErrorf(tenantTypes, "%s has %q, and an overlay is a segment of NSX: write the block nsx as well, or "+
				"vlan instead", from, one)
		case slices.Contains(all[:i], one):
			return nil, openstack.AttributeErrorf(tenantTypes, "%s has %q twice: write it once", from, one)
		}
	}
	switch {
	case len(all) > 0:
		return all, nil
	case m.NSX.IsNull():
		return []string{openstack.SegmentVLAN}, nil
	}
	return []string{openstack.SegmentGeneve}, nil
}

// physicalNetworks returns the written ranges and switches, or the environment's. It refuses what cannot be meant.
func (m configModel) physicalNetworks() ([]openstack.VLANRange, map[string]string, error) {
	switches, err := m.switches()
	if err != nil {
		return nil, nil, err
	}
	texts, from := listOr(m.VLANRanges, vlanRangesEnv)
	var out []openstack.VLANRange
	for _, text := range texts {
		one, err := vlanRange(from, text)
		if err != nil {
			return nil, nil, err
		}
		for _, other := range out {
			if other.First == 0 || one.First == 0 || cmp.Or(switches[one.PhysicalNetwork], one.PhysicalNetwork) !=
				cmp.Or(switches[other.PhysicalNetwork], other.PhysicalNetwork) {
				continue
			}
			if one.Has(other.First) || other.Has(one.First) {
				return nil, nil, openstack.AttributeErrorf(vlanRanges, "%s has %q, which overlaps %s:%d:%d on the same switch: shorten one of "+
					"them, because a VLAN is in one range only", from, text, other.PhysicalNetwork, other.First, other.Last)
			}
		}
		out = append(out, one)
	}
	return out, switches, nil
}

// vlanRange reads a range.
func vlanRange(from, text string) (out openstack.VLANRange, err error) {
	wrong := func(why string) error {
		return openstack.AttributeErrorf(vlanRanges, "%s has %q, %s: write physical_network:first:last, for example \"physnet1:100:199\", or a "+
			"name alone", from, text, why)
	}
	parts := strings.Split(text, ":")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	out.PhysicalNetwork = parts[0]
	switch {
	case out.PhysicalNetwork == "":
		return out, wrong("which names no physical network")
	case len(parts) == 1:
		return out, nil
	case len(parts) != 3:
		return out, wrong("which is no range")
	}
	first, err1 := strconv.ParseInt(parts[1], 10, 64)
	last, err2 := strconv.ParseInt(parts[2], 10, 64)
	switch out.First, out.Last = first, last; {
	case err1 != nil || err2 != nil:
		return out, wrong("which is no range")
	case first < 1 || last < 1 || first > openstack.MaxVLAN || last > openstack.MaxVLAN:
		return out, wrong("and VLANs are 1 to " + strconv.Itoa(openstack.MaxVLAN))
	case first > last:
		return out, wrong("which ends before it begins")
	}
	return out, nil
}

// switches returns the switch of each physical network that is not called as its switch is.
func (m configModel) switches() (map[string]string, error) {
	if text := os.Getenv(physicalEnv); m.Physical.IsNull() && text != "" {
		return switchesOf(text)
	}
	out := crud.StringMap(m.Physical)
	for name, on := range out {
		if strings.TrimSpace(name) == "" || strings.ContainsAny(name, ":,") || strings.TrimSpace(on) == "" {
			return nil, openstack.AttributeErrorf(physicalNetworks, "it has %q = %q: a physical network has a name without a colon and a comma, "+
				"and the name or UUID of a switch. Write both, as in { physnet1 = \"dvs-a\" }", name, on)
		}
	}
	return out, nil
}

// switchesOf reads the environment's form.
func switchesOf(text string) (map[string]string, error) {
	out := map[string]string{}
	for _, one := range separated(text) {
		name, on, found := strings.Cut(one, ":")
		name, on = strings.TrimSpace(name), strings.TrimSpace(on)
		if _, twice := out[name]; !found || name == "" || on == "" || twice {
			return nil, openstack.AttributeErrorf(physicalNetworks, "the environment variable %s has %q: write each physical network once, with "+
				"its switch, as in physnet1:dvs-a,physnet2:dvs-b", physicalEnv, one)
		}
		out[name] = on
	}
	return out, nil
}

// listOr returns the written texts, or those of an environment variable, and the place where they are written, for errors.
func listOr(written types.List, variable string) (texts []string, from string) {
	if text := os.Getenv(variable); written.IsNull() && text != "" {
		return separated(text), "the environment variable " + variable
	}
	for _, v := range written.Elements() {
		if text, is := v.(types.String); is {
			texts = append(texts, text.ValueString())
		}
	}
	return texts, "it"
}

// separated returns the parts of a text with commas between them, without blanks around them.
func separated(text string) (out []string) {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
