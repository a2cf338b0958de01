package servers

import (
	"cmp"
	"context"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// nextNICs returns the NICs that an instance will have: the wanted ones in their order, then those that compute_interface_attach
// plugged.
func nextNICs(have, want []openstack.NIC) []openstack.NIC {
	var out []openstack.NIC
	for _, nic := range want {
		if is := machine.NicOf(have, nic.MAC); is != nil {
			nic.Port, nic.Plug, nic.Fixed, nic.Claimed, nic.Named, nic.Home = is.Port, is.Plug, is.Fixed, is.Claimed, is.Named, ""
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

// gone returns the MACs of the NICs that an instance has and will not have.
func gone(have, next []openstack.NIC) (macs []string) {
	for _, nic := range have {
		if machine.NicOf(next, nic.MAC) == nil {
			macs = append(macs, nic.MAC)
		}
	}
	return macs
}

// cut returns the MACs of the NICs that stay and must be connected again. NICs of a VM that this provider did not make are left as they
// are, unless it attached them.
func cut(have openstack.Server, next []openstack.NIC) (macs []string) {
	for _, nic := range have.NICs {
		if nic.Cut && (have.Own() || nic.Attached) && machine.NicOf(next, nic.MAC) != nil {
			macs = append(macs, nic.MAC)
		}
	}
	return macs
}

// gonePorts returns the ports of the NICs that will be removed.
func gonePorts(have, next []openstack.NIC) (ports []string) {
	for _, nic := range have {
		if machine.NicOf(next, nic.MAC) == nil && nic.Port != "" {
			ports = append(ports, nic.Port)
		}
	}
	return ports
}

// cards returns the NICs as they should be. A NIC that stays needs no look at its network: its device names it. Networks that are looked
// up are written into next, which is recorded.
func (c *Servers) cards(ctx context.Context, vm mo.VirtualMachine, have, next []openstack.NIC) ([]vmspec.NIC, error) {
	out := make([]vmspec.NIC, len(next))
	for i, nic := range next {
		out[i] = vmspec.NIC{Port: nic.Port, MAC: nic.MAC, SwitchPort: nic.SwitchPort}
		is := machine.NicOf(have, nic.MAC)
		if is != nil && (is.Attached || is.NetworkID == nic.NetworkID) {
			out[i].Network = machine.NetworkAt(vm.Config.Hardware.Device, nic.MAC)
			continue
		}
		network, err := c.networks.Network(ctx, nic.NetworkID, nic.NetworkName)
		if err != nil {
			return nil, openstack.AttributeErrorf("network", "%w", err)
		}
		out[i].Network = network
		next[i].NetworkID, next[i].NetworkName, next[i].Plug = network.ID, network.Name, machine.PlugOfNetwork(network)
	}
	return out, nil
}
