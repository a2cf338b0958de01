// SPDX-License-Identifier: MPL-2.0

package switches

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// AllocateIpv4Address refuses a user's session: only an extension of the vCenter may ask, which the simulator does not look at.
func (p *ipPoolRules) AllocateIpv4Address(_ *simulator.Context, req *types.AllocateIpv4Address) soap.HasFault {
	return &methods.AllocateIpv4AddressBody{Fault_: extensionsOnly(req.This)}
}

// AllocateIpv6Address does the same.
func (p *ipPoolRules) AllocateIpv6Address(_ *simulator.Context, req *types.AllocateIpv6Address) soap.HasFault {
	return &methods.AllocateIpv6AddressBody{Fault_: extensionsOnly(req.This)}
}

func extensionsOnly(manager types.ManagedObjectReference) *soap.Fault {
	return simulator.Fault("", &types.NoPermission{Object: &manager})
}
