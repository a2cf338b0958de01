// SPDX-License-Identifier: MPL-2.0

// Package rules checks the configuration of an instance, as far as that needs no vCenter.
package rules

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/blockdevices"
)

// CheckConfig refuses at validate a configuration that no vCenter could make.
func CheckConfig(config model.Instance) error {
	return crud.Titled("Cannot use this configuration of a compute instance", Check(config))
}

// Check returns the errors of all rules. Unknown values break no rule, and are checked again once they are known.
func Check(config model.Instance) error {
	var all []error
	for _, rule := range []func(model.Instance) error{powerStateRule, zoneRule, portRule, passwordRule, blockDeviceRule, hintsRule,
		networkModeRule, userDataRule, filesRule} {
		all = append(all, rule(config))
	}
	return errors.Join(all...)
}

func powerStateRule(m model.Instance) error {
	switch state := m.PowerState.ValueString(); state {
	case "", openstack.Active, openstack.Shutoff, openstack.Suspended, openstack.Shelved:
		return nil
	case "paused":
		return openstack.AttributeErrorf("power_state", "vSphere cannot pause a machine, and Nova's VMware driver refuses it too: write "+
			"\"suspended\", which also keeps what is in memory")
	default:
		return openstack.AttributeErrorf("power_state", "%q is no power state: write active, shutoff, suspended or shelved_offloaded", state)
	}
}

// zoneRule refuses a zone that contradicts its hint. Whether the zone exists depends on the provider's configuration.
func zoneRule(m model.Instance) error {
	zone, hint := m.Zone.ValueString(), m.ZoneHints.ValueString()
	if zone != "" && hint != "" && zone != hint {
		return openstack.AttributeErrorf("availability_zone_hints", "it is %q, and availability_zone %q: write only one of them", hint, zone)
	}
	return nil
}

// portRule refuses malformed addresses, and a port or an address of one network that two blocks request.
func portRule(m model.Instance) error {
	blocks := model.Networks(m.Network)
	for i, block := range blocks {
		if err := cmp.Or(checkAddress("fixed_ip_v4", block.FixedV4.ValueString(), false), checkAddress("fixed_ip_v6",
			block.FixedV6.ValueString(), true)); err != nil {
			return openstack.AttributeErrorf(model.NICBlock(i), "%w", err)
		}
		for j, before := range blocks[:i] {
			if port := block.Port.ValueString(); port != "" && port == before.Port.ValueString() {
				return openstack.AttributeErrorf(model.NICBlock(i), "it names the port %s, and so does %s: a port has one NIC. Remove one of the "+
					"blocks, or make another networking_port", port, model.NICBlock(j))
			}
			if same := before.UUID.ValueString() + "/" + before.Name.ValueString(); same != "/" &&
				same == block.UUID.ValueString()+"/"+block.Name.ValueString() {
				if err := TwiceClaimed(before, block, j); err != nil {
					return openstack.AttributeErrorf(model.NICBlock(i), "%w", err)
				}
			}
		}
	}
	return nil
}

// TwiceClaimed refuses an address that another block of the same network claims.
func TwiceClaimed(before, block model.Network, j int) error {
	for _, pair := range [][2]types.String{{before.FixedV4, block.FixedV4}, {before.FixedV6, block.FixedV6}} {
		if address := pair[1].ValueString(); address != "" && address == pair[0].ValueString() { // comparing texts suffices: see checkAddress
			return fmt.Errorf("it claims the address %s, and so does %s on the same network: write another, or leave it out", address,
				model.NICBlock(j))
		}
	}
	return nil
}

func passwordRule(m model.Instance) error {
	if strings.ContainsAny(m.AdminPass.ValueString()+m.AdminPassWO.ValueString(), "\r\n\x00") {
		return openstack.AttributeErrorf("admin_pass", "a password cannot hold a line break")
	}
	return nil
}

// blockDeviceRule refuses blocks that no instance can have, whatever its flavor.
func blockDeviceRule(m model.Instance) error {
	return blockdevices.Check(model.KnownBlocks(m.BlockDevice), !m.ImageID.IsNull() || !m.ImageName.IsNull())
}

// hintsRule refuses hints that have no meaning on vSphere.
func hintsRule(m model.Instance) error {
	all := model.HintBlocks(m.SchedulerHints)
	if len(all) > 1 {
		return openstack.AttributeErrorf("scheduler_hints", "there are %d blocks: write all hints in one", len(all))
	}
	for _, h := range all {
		if len(h.Query.Elements()) > 0 {
			return openstack.AttributeErrorf("scheduler_hints", "query is a question to Nova's scheduler, which is not here: leave it out, or let "+
				"the flavor's aggregate_instance_extra_specs choose hosts")
		}
	}
	return nil
}

// checkAddress refuses a fixed address that is malformed, of the other IP version, or not in its shortest form.
func checkAddress(name, value string, six bool) error {
	if value == "" {
		return nil
	}
	at, err := netip.ParseAddr(value)
	switch {
	case err != nil || at.Is6() != six:
		return fmt.Errorf("%s = %q is not an address of that version", name, value)
	case at.String() != value:
		return fmt.Errorf("%s = %q is written as %s", name, value, at)
	}
	return nil
}

// networkModeRule refuses a network_mode beside network blocks.
func networkModeRule(m model.Instance) error {
	if mode := m.NetworkMode.ValueString(); mode != "" && len(m.Network.Elements()) > 0 {
		return openstack.AttributeErrorf("network_mode", "it is %q, and there are network blocks: write only one of them", mode)
	}
	return nil
}

// CheckNetworkMode refuses network_mode = "auto" at plan: a vCenter has no service that chooses a network.
func CheckNetworkMode(m model.Instance) error {
	if m.NetworkMode.ValueString() == model.NetworkAuto {
		return openstack.AttributeErrorf("network_mode", "it is \"auto\", and a vCenter has nobody to choose a network: write a network block "+
			"that names one")
	}
	return nil
}
