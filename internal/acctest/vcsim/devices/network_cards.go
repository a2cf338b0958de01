// SPDX-License-Identifier: MPL-2.0

package devices

import (
	"net"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// checkNIC sees that there is a network to join, and gives the NIC an address of its own: the simulator's come from
// four thousand values, so that two machines in ten meet.
func (b changeCheck) checkNIC(ctx *simulator.Context, c *types.VirtualEthernetCard) types.BaseMethodFault {
	if fault := b.checkNetwork(ctx, c); fault != nil {
		return fault
	}
	if fault := b.switches.Segments.CheckAttachment(ctx, b.have, b.adding, c); fault != nil {
		return fault
	}
	if c.MacAddress == "" {
		c.MacAddress = b.nextMAC()
		c.AddressType = string(types.VirtualEthernetCardMacTypeAssigned)
		return nil
	}
	mac, err := net.ParseMAC(c.MacAddress)
	if err != nil || len(mac) != 6 || mac[0]&1 != 0 {
		return base.InvalidDevice("macAddress")
	}
	if c.AddressType == "" {
		c.AddressType = string(types.VirtualEthernetCardMacTypeManual)
	}
	return nil
}

// nextMAC is the next of the range that vCenter assigns from.
func (d *Devices) nextMAC() string {
	n := d.Next()
	return net.HardwareAddr{0x00, 0x50, 0x56, 0x80 + byte(n>>16)&0x3f, byte(n >> 8), byte(n)}.String()
}

func (b changeCheck) checkNetwork(ctx *simulator.Context, c *types.VirtualEthernetCard) types.BaseMethodFault {
	switch backing := c.Backing.(type) {
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		ref := types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: backing.Port.PortgroupKey}
		pg, ok := ctx.Map.Get(ref).(*simulator.DistributedVirtualPortgroup)
		if !ok || base.IsTrue(pg.Config.Uplink) {
			return base.InvalidBacking("port.portgroupKey")
		}
		dvs := base.Get[*simulator.DistributedVirtualSwitch](ctx, *pg.Config.DistributedVirtualSwitch)
		if dvs.Uuid != backing.Port.SwitchUuid {
			return base.InvalidBacking("port.switchUuid")
		}
		return b.switches.Ports.Check(ctx, b.have, backing.Port)
	case *types.VirtualEthernetCardNetworkBackingInfo:
		if n, ok := refOf(ctx, backing.Network).(*mo.Network); ok && backing.DeviceName == "" {
			backing.DeviceName = n.Name
		}
		dc := base.DatacenterOf(ctx, b.host)
		if _, ok := ctx.Map.FindByName(backing.DeviceName, dc.Network).(*mo.Network); !ok {
			return base.InvalidBacking("deviceName")
		}
	case *types.VirtualEthernetCardOpaqueNetworkBackingInfo:
		plugged, fault := b.switches.Segments.Plug(ctx, b.host, backing)
		if fault != nil {
			return fault
		}
		c.Backing = plugged
	default:
		return base.InvalidBacking("network")
	}
	return nil
}

func refOf(ctx *simulator.Context, ref *types.ManagedObjectReference) mo.Reference {
	if ref == nil {
		return nil
	}
	return ctx.Map.Get(*ref)
}
