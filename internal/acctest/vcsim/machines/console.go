// SPDX-License-Identifier: MPL-2.0

package machines

import (
	"fmt"
	"net"
	"strconv"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// consoleThumbprint stands for that of every host's certificate.
const consoleThumbprint = "5A:1D:9F:07:33:C2:64:8E:B0:11:7C:D5:F2:40:96:AB:EE:03:58:71"

// consolePorts are where a host answers, by the type of ticket.
var consolePorts = map[string]int32{"webmks": 443, "mks": 902}

// AcquireTicket gives a ticket for the console of a running machine, which the simulator does not know. Nothing answers at
// the place that it names.
func (m *machineRules) AcquireTicket(ctx *simulator.Context, req *types.AcquireTicket) soap.HasFault {
	vm := base.Get[*simulator.VirtualMachine](ctx, req.This)
	body := new(methods.AcquireTicketBody)
	port, ok := consolePorts[req.TicketType]
	var state types.VirtualMachinePowerState
	var host types.ManagedObjectReference
	ctx.WithLock(vm, func() { state, host = vm.Runtime.PowerState, *vm.Runtime.Host })
	switch {
	case !ok:
		body.Fault_ = simulator.Fault("", &types.InvalidArgument{InvalidProperty: "ticketType"})
	case state != types.VirtualMachinePowerStatePoweredOn:
		body.Fault_ = simulator.Fault("", &types.InvalidPowerState{RequestedState: types.VirtualMachinePowerStatePoweredOn, ExistingState: state})
	default:
		ticket := types.VirtualMachineTicket{Ticket: fmt.Sprintf("cst-%s-%d", vm.Self.Value, m.Next()), Port: port,
			SslThumbprint: consoleThumbprint, Host: base.Get[*simulator.HostSystem](ctx, host).Name, CfgFile: vm.Config.Files.VmPathName}
		if req.TicketType == "webmks" {
			ticket.Url = "wss://" + net.JoinHostPort(ticket.Host, strconv.Itoa(int(port))) + "/ticket/" + ticket.Ticket
		}
		body.Res = &types.AcquireTicketResponse{Returnval: ticket}
	}
	return body
}
